"""Telling a list's owner how an entry fared: of which lists it can be done, and how it is asked of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from bridge.banks.exchanges.exchange import ExchangeError, Setting
from bridge.catalogue import ListKind
from bridge.signals import Signal
from bridge.store.feedbacks import Opinion

SETTING = "feedback"
_TAKEN_BY = frozenset({ListKind.NCMEC, ListKind.STOPNCII, ListKind.THREATEXCHANGE})


class NotTaken(ExchangeError):
    """The owner knows nothing of the entry, or wants to hear nothing: asking again changes nothing."""


@runtime_checkable
class TakesFeedback(Protocol):
    """An exchange whose owner wants to hear of its entries."""

    async def tell(self, key: str, signal: Signal, opinion: Opinion) -> None:
        """Telling it twice is as telling it once. Raises ExchangeError, NotTaken."""
        ...


def setting(usual: str) -> Setting:
    """Whether the owner of a list is told."""
    return Setting(("yes", "no").__contains__, "yes or no: is its owner told what you decide", usual)


def takes_feedback(kind: str, settings: Mapping[str, str]) -> bool:
    return kind in _TAKEN_BY and settings.get(SETTING, "yes") == "yes"
