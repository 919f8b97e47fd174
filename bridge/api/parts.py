"""What the endpoints work with, and who calls them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from bridge.actions.asked import AskedActions
from bridge.actions.callbacks import Callbacks
from bridge.actions.outbox import Outbox
from bridge.banks.banks import Banks
from bridge.banks.exchanges.exchanges import Exchanges
from bridge.banks.policies import Policies
from bridge.compliance.erasure import Erasures
from bridge.compliance.jobs import LogJobs
from bridge.compliance.key_changes import KeyChanges
from bridge.compliance.log import ComplianceLog
from bridge.compliance.stamps import Stamps
from bridge.compliance.watch import LogWatch
from bridge.deciding.appeals import Appeals
from bridge.deciding.decisions import Decisions
from bridge.evidence import Evidence
from bridge.hma.desk import HmaDesk
from bridge.keys.keychain import Keychain
from bridge.live_settings import LiveSettings
from bridge.matching.building import Matching
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.receivers import Receivers
from bridge.reveals.reveals import Reveals
from bridge.self_test import SelfTest
from bridge.settings import Settings
from bridge.store.store import Store
from bridge.uploads import now_ms

if TYPE_CHECKING:  # only where a PDS is watched
    from bridge.atproto.gate import Gate
    from bridge.atproto.guard import Guard
    from bridge.atproto.reports import ReportInbox


class Scope(StrEnum):
    """What an API key allows."""

    HASH = "hash"
    MATCH = "match"
    ACTION = "action"
    BANKS = "banks"
    READ = "read"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running bridge; handed to every endpoint by `parts(request)`."""

    settings: Settings
    live: LiveSettings
    store: Store
    pipeline: Pipeline
    matcher: Matching
    banks: Banks
    policies: Policies
    compliance: ComplianceLog
    keychain: Keychain
    keys: KeyChanges
    jobs: LogJobs
    stamps: Stamps
    erasures: Erasures
    evidence: Evidence
    decisions: Decisions
    appeals: Appeals
    pause: Pause
    reveals: Reveals
    guard: Guard | None
    outbox: Outbox | None
    gate: Gate | None
    reports: ReportInbox | None
    receivers: Receivers
    asked: AskedActions
    callbacks: Callbacks
    tellings: Outbox
    """The outbox of what is told: apart from that of the PDS, which waits for no slow receiver."""
    log_watch: LogWatch
    self_test: SelfTest
    exchanges: Exchanges
    hma: HmaDesk | None
    started_at: int = field(default_factory=now_ms)

    def follow(self, now: Settings) -> None:
        """What an operator changed holds at once."""
        self.decisions.settings, self.reveals.settings = now.deciding, now.pictures


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `key:NAME` over TCP, `user:NAME` on the Unix socket (then `is_operator`)."""

    name: str
    is_operator: bool


def parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


def caller(request: Request) -> Caller:
    return cast(Caller, request.state.caller)
