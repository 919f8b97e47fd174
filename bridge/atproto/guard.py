"""The PDS as the bridge watches it: its firehose, its blobs, its accounts, and how they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bridge.atproto.blobs import Blobs
from bridge.atproto.by_hand import ByHand
from bridge.atproto.firehose import Firehose
from bridge.atproto.handles import Handles
from bridge.atproto.health import Health
from bridge.atproto.labelers import LabelWatch
from bridge.atproto.labels import labeler_of
from bridge.atproto.listing import Listing
from bridge.atproto.pds import Pds
from bridge.pipeline import Pipeline
from bridge.settings import Settings
from bridge.store.backfill import ACCOUNTS, LISTED_AT, Run, count_to_fetch, hurry_all, last_run
from bridge.store.store import Store
from bridge.store.wanted import count_repos_due, position, waiting_blobs


@dataclass(frozen=True, slots=True)
class Guard:
    store: Store
    pds: Pds
    health: Health
    blobs: Blobs
    listing: Listing
    firehose: Firehose
    labelers: tuple[LabelWatch, ...]
    by_hand: ByHand
    handles: Handles

    @classmethod
    def over(cls, settings: Settings, store: Store, pipeline: Pipeline) -> Guard:
        """Raises SettingsError where `pds.url` is no address, or `labels.watch` names what is no labeler."""
        pds = Pds(settings.pds.url)
        blobs = Blobs(store, pipeline, pds)
        listing = Listing(store, pds, blobs)
        labelers = tuple(LabelWatch(store, pds, labeler_of(each)) for each in settings.labels.watch)
        firehose = Firehose(store, pds, blobs, listing)
        by_hand = ByHand(store, pipeline, pds)
        return cls(store, pds, Health(pds), blobs, listing, firehose, labelers, by_hand, Handles(pds))

    async def close(self) -> None:
        await self.handles.close()
        await self.pds.close()

    async def try_again(self) -> int:
        """All that waits for the PDS is tried now; how many files that are. Raises StoreError."""
        number = await self.store.write(hurry_all, ())
        self.blobs.hurry()
        self.listing.try_now()
        return number

    def state(self, connection: Connection) -> dict[str, Any]:
        """What the status says of it; reads the store."""
        faults = (self.firehose.stream.fault, self.blobs.fault, self.listing.fault)
        elsewhere = (labeler.stream.fault for labeler in self.labelers)
        waiting, listed_at = waiting_blobs(connection), position(connection, LISTED_AT)
        return {
            "url": self.pds.url,
            "version": self.health.version,
            "firehose": self.firehose.stream.state.value,
            "since": self.firehose.stream.since,
            "seq": self.firehose.seq,
            "frame_at": self.firehose.frame_at,
            "fault": next((fault for fault in (*faults, *elsewhere) if fault), ""),
            "to_fetch": waiting.count,
            "to_fetch_oldest_at": waiting.oldest_at,
            "accounts_to_list": count_repos_due(connection),
            "is_listing": position(connection, ACCOUNTS) is not None,
            "listed_at": int(listed_at) if listed_at else None,
            "backfill": _backfill(connection, last_run(connection)),
        }


def _backfill(connection: Connection, run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "begun_at": run.begun_at,
        "ended_at": run.ended_at,
        "accounts_listed": run.accounts,
        "blobs_found": run.blobs,
        "blobs_to_fetch": count_to_fetch(connection, run),
    }
