"""The backfill: one look through all accounts of the PDS, how far it is, and what can be hurried.

A run begins with the list of accounts and ends when the blobs of each were listed; it outlives
restarts. What it found is fetched by the queue of wanted blobs.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, text

from bridge.store.wanted import count_repos_due, position, set_position
from bridge.uploads import now_ms

ACCOUNTS, LISTED_AT = "accounts", "listed_at"
"""Positions: the page of the list of accounts that comes next, and when the last run ended."""
_RUN = "run"


@dataclass(frozen=True, slots=True)
class Run:
    """The last run. `accounts` and `blobs` are what the PDS listed so far; `ended_at` None while it goes on.

    An account that comes back meanwhile is listed, and counted, once more.
    """

    begun_at: int
    ended_at: int | None = None
    accounts: int = 0
    blobs: int = 0


def last_run(connection: Connection) -> Run | None:
    """None where none was begun."""
    told = position(connection, _RUN)
    return Run(**json.loads(told)) if told else None


def run_under_way(connection: Connection) -> Run | None:
    run = last_run(connection)
    return run if run is not None and run.ended_at is None else None


def begin_run(connection: Connection) -> Run:
    """All accounts, from the first one on; a run under way begins anew."""
    run = Run(now_ms())
    _keep(connection, run)
    set_position(connection, ACCOUNTS, "")
    return run


def join_run(connection: Connection) -> Run:
    """The run under way, else a new one."""
    return run_under_way(connection) or begin_run(connection)


def count_listed(connection: Connection, *, accounts: int, blobs: int) -> None:
    """What was listed just now; the run ends with the last account. None under way: single ones came back."""
    run = run_under_way(connection)
    if run is None:
        return
    run = replace(run, accounts=run.accounts + accounts, blobs=run.blobs + blobs)
    if position(connection, ACCOUNTS) is None and not count_repos_due(connection):
        run = replace(run, ended_at=now_ms())
        set_position(connection, LISTED_AT, str(run.ended_at))
    _keep(connection, run)


def count_to_fetch(connection: Connection, run: Run) -> int:
    """Wanted blobs that were known when the run ended; all of them while it goes on."""
    return (
        connection.scalar(
            text("SELECT count(*) FROM wanted_blobs WHERE :until IS NULL OR found_at <= :until"),
            {"until": run.ended_at},
        )
        or 0
    )


def hurry_all(connection: Connection) -> int:
    """What waits for the PDS is due now, also what no later try would be made for; how many files that are.

    Those are fetched again: what was too large may fit, since somebody raised the limit.
    """
    now = {"now": now_ms()}
    uploads = connection.execute(
        text(
            "UPDATE retries SET refetch = max(refetch, retry_at IS NULL), retry_at = :now"
            " WHERE upload_id IN (SELECT id FROM uploads"
            "  WHERE cid <> '' AND did <> '' AND verdict <> 'no_match')"
        ),
        now,
    ).rowcount
    blobs = connection.execute(text("UPDATE wanted_blobs SET due_at = min(due_at, :now)"), now).rowcount
    connection.execute(text("UPDATE repos_due SET due_at = min(due_at, :now)"), now)
    return uploads + blobs


def _keep(connection: Connection, run: Run) -> None:
    set_position(connection, _RUN, json.dumps(asdict(run)))
