"""What the console's parts tell each other. None bubbles: the app hands each to the shown screen.

A later message of a kind replaces an earlier one that still waits, wherever it carries the whole
truth; batches of arrivals add up and never replace each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from bridge.errors import BridgeError
from hma_console.answers import UploadRow
from hma_console.status import Status


class _Latest(Message, bubble=False):
    def can_replace(self, message: Message) -> bool:
        return isinstance(message, type(self))


@dataclass
class StatusRead(_Latest, bubble=False):
    status: Status


@dataclass
class LinkUp(_Latest, bubble=False):
    """The event stream stands: what is shown may be read anew."""


@dataclass
class LinkLost(_Latest, bubble=False):
    """The bridge does not answer since `since`; it is tried again in `retry_in` seconds."""

    since: int
    retry_in: int
    fault: BridgeError


@dataclass
class UploadsArrived(Message, bubble=False):
    """What came within one gathering, oldest first."""

    uploads: tuple[UploadRow, ...]

    def can_replace(self, message: Message) -> bool:
        return False


@dataclass
class CasesChanged(_Latest, bubble=False):
    pass


@dataclass
class BanksChanged(_Latest, bubble=False):
    pass


@dataclass
class PolicyChanged(_Latest, bubble=False):
    pass


@dataclass
class ActionsChanged(_Latest, bubble=False):
    pass


@dataclass
class SettingsChanged(_Latest, bubble=False):
    pass


class Posting:
    """Makes a message of each thing that a link hears, and hands it to `say`."""

    def __init__(self, say: Callable[[Message], object]) -> None:
        self._say = say

    def status_read(self, status: Status) -> None:
        self._say(StatusRead(status))

    def link_up(self) -> None:
        self._say(LinkUp())

    def link_lost(self, since: int, retry_in: int, fault: BridgeError) -> None:
        self._say(LinkLost(since, retry_in, fault))

    def uploads_arrived(self, uploads: tuple[UploadRow, ...]) -> None:
        self._say(UploadsArrived(uploads))

    def cases_changed(self) -> None:
        self._say(CasesChanged())

    def banks_changed(self) -> None:
        self._say(BanksChanged())

    def policy_changed(self) -> None:
        self._say(PolicyChanged())

    def actions_changed(self) -> None:
        self._say(ActionsChanged())

    def settings_changed(self) -> None:
        self._say(SettingsChanged())
