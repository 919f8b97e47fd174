"""The PDS as the bridge watches it: its firehose, its blobs, its accounts, and how they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bridge.atproto.blobs import Blobs
from bridge.atproto.firehose import Firehose
from bridge.atproto.health import Health
from bridge.atproto.listing import Listing
from bridge.atproto.pds import Pds
from bridge.pipeline import Pipeline
from bridge.settings import PdsSettings
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

    @classmethod
    def over(cls, settings: PdsSettings, store: Store, pipeline: Pipeline) -> Guard:
        """Raises SettingsError where `pds.url` is no address."""
        pds = Pds(settings.url)
        blobs = Blobs(store, pipeline, pds)
        listing = Listing(store, pds, blobs)
        return cls(store, pds, Health(pds), blobs, listing, Firehose(store, pds, blobs, listing))

    async def try_again(self) -> int:
        """All that waits for the PDS is tried now; how many files that are. Raises StoreError."""
        number = await self.store.write(hurry_all, ())
        self.blobs.hurry()
        self.listing.try_now()
        return number

    def state(self, connection: Connection) -> dict[str, Any]:
        """What the status says of it; reads the store."""
        waiting, listed_at = waiting_blobs(connection), position(connection, LISTED_AT)
        return {
            "url": self.pds.url,
            "version": self.health.version,
            "firehose": self.firehose.state.value,
            "since": self.firehose.since,
            "seq": self.firehose.seq,
            "frame_at": self.firehose.frame_at,
            "fault": self.firehose.fault or self.blobs.fault or self.listing.fault,
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
