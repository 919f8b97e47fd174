"""What there is only where a PDS is watched, made as the settings say, or None."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.errors import SettingsError
from bridge.pause import Pause
from bridge.pipeline import Pipeline
from bridge.policy import GateMode
from bridge.settings import Settings
from bridge.store.store import Store

if TYPE_CHECKING:  # who watches no PDS does not pay for it: a quarter of a second, and ten megabytes
    from bridge.atproto.gate import Gate
    from bridge.atproto.guard import Guard
    from bridge.atproto.reports import ReportInbox

_NEEDS_PDS = 'Set pds.url, and pds.mode = "firehose".'


def guard_of(settings: Settings, store: Store, pipeline: Pipeline) -> Guard | None:
    """None where no PDS is watched."""
    mod_did = settings.pds.mod_did
    if mod_did and not mod_did.startswith("did:"):
        raise SettingsError(f"pds.mod_did takes a DID, not {mod_did[:80]!r}.")
    if settings.pds.mode == "off":
        if mod_did:
            raise SettingsError("A mod service needs its PDS.", _NEEDS_PDS)
        if settings.labels.watch:
            raise SettingsError("Labels are watched for the accounts of a PDS.", _NEEDS_PDS)
        return None
    if settings.pds.mode != "firehose":
        raise SettingsError(f"pds.mode takes off or firehose, not {settings.pds.mode[:40]!r}.")
    from bridge.atproto.guard import Guard

    return Guard.over(settings, store, pipeline)


def gate_mode_of(settings: Settings) -> GateMode | None:
    """None where there is no gate."""
    mode = settings.gate.mode
    if mode == "off":
        return None
    if mode not in tuple(GateMode):
        raise SettingsError(f"gate.mode takes off, observe, hold or block, not {mode[:40]!r}.")
    return GateMode(mode)


def gate_of(
    settings: Settings, guard: Guard | None, store: Store, pipeline: Pipeline, pause: Pause
) -> Gate | None:
    """None where there is none. What it holds the outbox takes down, so a PDS has to be watched."""
    mode, fail = gate_mode_of(settings), settings.gate.fail
    if mode is None:
        return None
    if fail not in ("open", "closed"):
        raise SettingsError(f"gate.fail takes open or closed, not {fail[:40]!r}.")
    if guard is None:
        raise SettingsError("A gate needs its PDS.", _NEEDS_PDS)
    from bridge.atproto.gate import Gate

    return Gate(mode, settings, store, pipeline, guard.pds, pause)


def reports_of(settings: Settings, guard: Guard | None, store: Store) -> ReportInbox | None:
    """None where this bridge is nobody's mod service: the PDS sends no reports here."""
    if guard is None or not settings.pds.mod_did:
        return None
    from bridge.atproto.callers import Callers
    from bridge.atproto.reports import ReportInbox

    return ReportInbox(store, Callers(guard.pds, settings.pds.mod_did))
