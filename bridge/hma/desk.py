"""What can be done in an HMA, in one place: for a bridge that has one."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.hma.banks import HmaBanks
from bridge.hma.contents import Contents
from bridge.hma.mirror import Mirror
from bridge.hma.pull import Pull
from bridge.matching.hma_client import HmaClient
from bridge.store.store import Store


@dataclass(frozen=True, slots=True)
class HmaDesk:
    """`takes_new_banks` where a bank that is made is one of HMA's unless it is said otherwise."""

    banks: HmaBanks
    mirror: Mirror
    pull: Pull
    takes_new_banks: bool

    @classmethod
    def of(cls, store: Store, client: HmaClient, *, takes_new_banks: bool) -> HmaDesk:
        contents = Contents(store, client)
        banks = HmaBanks(store, contents)
        return cls(banks, Mirror(store, contents, banks), Pull(store, contents), takes_new_banks)
