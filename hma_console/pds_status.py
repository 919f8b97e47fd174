"""The PDS as the bridge's status tells it: a value, parsed strictly."""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import Body


@dataclass(frozen=True, slots=True)
class BackfillStatus:
    """The last look through all accounts; `ended_at` is None while accounts are still listed.

    `blobs_found` is what the PDS listed so far, `blobs_to_fetch` what of it is not fetched yet.
    """

    begun_at: int
    ended_at: int | None
    accounts_listed: int
    blobs_found: int
    blobs_to_fetch: int

    @classmethod
    def parse(cls, body: Body) -> BackfillStatus:
        return cls(
            begun_at=body.number("begun_at"),
            ended_at=body.maybe("ended_at"),
            accounts_listed=body.number("accounts_listed"),
            blobs_found=body.number("blobs_found"),
            blobs_to_fetch=body.number("blobs_to_fetch"),
        )

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None or bool(self.blobs_to_fetch)

    @property
    def fetched(self) -> int:
        """Those found that wait no more; what no run found may wait too, so never less than none."""
        return max(0, self.blobs_found - self.blobs_to_fetch)


@dataclass(frozen=True, slots=True)
class GateStatus:
    """What it does with matches, with what cannot be checked, and did since the bridge started."""

    mode: str
    fail: str
    let_in: int
    held: int
    blocked: int
    unchecked: int
    refused_by_pds: int

    @classmethod
    def parse(cls, body: Body) -> GateStatus:
        return cls(
            mode=body.text("mode"),
            fail=body.text("fail"),
            let_in=body.number("let_in"),
            held=body.number("held"),
            blocked=body.number("blocked"),
            unchecked=body.number("unchecked"),
            refused_by_pds=body.number("refused_by_pds"),
        )

    @property
    def has_seen_any(self) -> bool:
        return bool(self.let_in or self.held or self.blocked or self.refused_by_pds)


@dataclass(frozen=True, slots=True)
class Takedowns:
    """Counts; `planned` are those under way, `remembered` the pictures that may not come back."""

    confirmed: int
    planned: int
    failed: int
    remembered: int | None

    @classmethod
    def parse(cls, body: Body) -> Takedowns:
        return cls(
            confirmed=body.number("confirmed"),
            planned=body.number("planned"),
            failed=body.number("failed"),
            remembered=body.maybe("remembered"),
        )

    @property
    def number(self) -> int:
        return self.confirmed + self.planned + self.failed


@dataclass(frozen=True, slots=True)
class PdsStatus:
    """The PDS that is watched; `firehose` is connecting, live or down, `since` when it became so.

    `seq` is the firehose's cursor, `frame_at` when its newest event came, `version` the PDS's own
    where it says one, `listed_at` when all accounts were last looked through.
    """

    url: str
    version: str
    firehose: str
    since: int
    seq: int | None
    frame_at: int | None
    fault: str
    to_fetch: int
    to_fetch_oldest_at: int | None
    accounts_to_list: int
    is_listing: bool
    listed_at: int | None
    backfill: BackfillStatus | None
    gate: GateStatus | None
    takedowns: Takedowns
    can_take_down: bool

    @classmethod
    def parse(cls, body: Body) -> PdsStatus:
        return cls(
            url=body.text("url"),
            version=body.text("version"),
            firehose=body.text("firehose"),
            since=body.number("since"),
            seq=body.maybe("seq"),
            frame_at=body.maybe("frame_at"),
            fault=body.text("fault"),
            to_fetch=body.number("to_fetch"),
            to_fetch_oldest_at=body.maybe("to_fetch_oldest_at"),
            accounts_to_list=body.number("accounts_to_list"),
            is_listing=body.flag("is_listing"),
            listed_at=body.maybe("listed_at"),
            backfill=BackfillStatus.parse(body.one("backfill")) if body.has("backfill") else None,
            gate=GateStatus.parse(body.one("gate")) if body.has("gate") else None,
            takedowns=Takedowns.parse(body.one("takedowns")),
            can_take_down=body.flag("can_take_down"),
        )

    @property
    def host(self) -> str:
        return self.url.partition("://")[2].partition("/")[0]
