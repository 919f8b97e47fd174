"""The PDS as the bridge watches it: its firehose, its blobs, its accounts, and how they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bridge.atproto.blobs import Blobs
from bridge.atproto.firehose import Firehose
from bridge.atproto.labelers import LabelWatch
from bridge.atproto.labels import labeler_of
from bridge.atproto.listing import ACCOUNTS, LISTED_AT, Listing
from bridge.atproto.pds import Pds
from bridge.pipeline import Pipeline
from bridge.settings import Settings
from bridge.store.store import Store
from bridge.store.wanted import count_repos_due, position, waiting_blobs


@dataclass(frozen=True, slots=True)
class Guard:
    pds: Pds
    blobs: Blobs
    listing: Listing
    firehose: Firehose
    labelers: tuple[LabelWatch, ...]

    @classmethod
    def over(cls, settings: Settings, store: Store, pipeline: Pipeline) -> Guard:
        """Raises SettingsError where `pds.url` is no address, or `labels.watch` names what is no labeler."""
        pds = Pds(settings.pds.url)
        blobs = Blobs(store, pipeline, pds)
        listing = Listing(store, pds, blobs)
        labelers = tuple(LabelWatch(store, pds, labeler_of(each)) for each in settings.labels.watch)
        return cls(pds, blobs, listing, Firehose(store, pds, blobs, listing), labelers)

    def state(self, connection: Connection) -> dict[str, Any]:
        """What the status says of it; reads the store."""
        faults = (self.firehose.stream.fault, self.blobs.fault, self.listing.fault)
        elsewhere = (labeler.stream.fault for labeler in self.labelers)
        waiting, listed_at = waiting_blobs(connection), position(connection, LISTED_AT)
        return {
            "url": self.pds.url,
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
        }
