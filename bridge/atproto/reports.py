"""The inbox for reports: what this PDS's accounts report by `com.atproto.moderation.createReport`.

Each opens or joins a case of the account that it is about, and waits there for a person: a report
by itself takes nothing down and matches nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from bridge.atproto.callers import Callers, TooMany
from bridge.atproto.cids import LONGEST as LONGEST_CID
from bridge.atproto.names import account_of_record, is_did
from bridge.catalogue import Category
from bridge.errors import InputError
from bridge.events import Event, EventType
from bridge.records import ReportRecord
from bridge.store.cases import join_account_case
from bridge.store.reports import count_reports, insert_report, open_report
from bridge.store.store import Store
from bridge.upload_events import account_case_opened
from bridge.uploads import DAY_MS, now_ms

METHOD = "com.atproto.moderation.createReport"
A_DAY = 50
"""Reports of one account."""
LONGEST_REASON, LONGEST_REASON_BYTES = 2_000, 20_000
LONGEST_REASON_TYPE = 200

_REPO, _RECORD = "com.atproto.admin.defs#repoRef", "com.atproto.repo.strongRef"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says of an account or of one of its records."""

    did: str
    subject: Mapping[str, str]
    reason_type: str
    reason: str
    category: Category


@dataclass(frozen=True, slots=True)
class Filed:
    record: ReportRecord
    events: tuple[Event, ...]


class ReportInbox:
    def __init__(self, store: Store, callers: Callers) -> None:
        self._store = store
        self._callers = callers

    async def reporter(self, authorization: str) -> str:
        """The DID of the account that reports. Raises BadToken, TooMany, Unreachable."""
        return await self._callers.account_of(authorization, METHOD)

    async def take(self, reporter: str, body: Mapping[str, object]) -> ReportRecord:
        """Writes a report down; what the same account reported already, and is open, is that report.

        Raises InputError, TooMany, StoreError.
        """
        report = read_report(body)
        filed = await self._store.write(
            lambda c: file_report(c, reporter, report, A_DAY), lambda done: done.events
        )
        return filed.record


def read_report(body: Mapping[str, object]) -> Report:
    """The input of `createReport`, as its lexicon bounds it. Raises InputError."""
    reason_type, reason = body.get("reasonType"), body.get("reason", "")
    if not isinstance(reason_type, str) or not 0 < len(reason_type) <= LONGEST_REASON_TYPE:
        raise InputError("`reasonType` is missing.")
    if not isinstance(reason, str):
        raise InputError("`reason` is a text.")
    if len(reason.encode()) > LONGEST_REASON_BYTES or _letters(reason) > LONGEST_REASON:
        raise InputError(f"`reason` is longer than {LONGEST_REASON:,} letters.")
    did, subject = _subject(body.get("subject"))
    is_child_safety = "#reasonChildSafety" in reason_type  # those of tools.ozone.report.defs about children
    category = Category.CHILD_SAFETY if is_child_safety else Category.OWN
    return Report(did, subject, reason_type, reason, category)


def _subject(given: object) -> tuple[str, Mapping[str, str]]:
    """The account that a report is about, and its subject as it was given."""
    if isinstance(given, Mapping) and given.get("$type") == _REPO:
        did = given.get("did")
        if isinstance(did, str) and is_did(did):
            return did, {"$type": _REPO, "did": did}
    elif isinstance(given, Mapping) and given.get("$type") == _RECORD:
        uri, cid = given.get("uri"), given.get("cid")
        did = account_of_record(uri)
        if did and isinstance(uri, str) and isinstance(cid, str) and 0 < len(cid) <= LONGEST_CID:
            return did, {"$type": _RECORD, "uri": uri, "cid": cid}
    raise InputError("`subject` names an account by its DID, or a record by its URI and CID.")


def _letters(text: str) -> int:
    """About the graphemes that a reader sees: marks and joiners belong to the letter before them."""
    return sum(unicodedata.category(each) not in ("Mn", "Me", "Mc", "Cf", "Sk") for each in text)


def file_report(connection: Connection, reporter: str, report: Report, a_day: int | None = None) -> Filed:
    """Into the open case of the account it is about, unless that has it already.

    Raises TooMany beyond `a_day` of one reporter.
    """
    if same := open_report(connection, reporter, report.subject, report.reason_type):
        return Filed(same, ())
    if a_day is not None and count_reports(connection, reporter, now_ms() - DAY_MS) >= a_day:
        raise TooMany(f"No more than {a_day} reports a day are taken of one account.")
    case_id, opened = join_account_case(connection, report.did, report.category)
    record = insert_report(connection, case_id, reporter, report.subject, report.reason_type, report.reason)
    begun = [account_case_opened(report.did, report.category, case_id)] if opened else []
    return Filed(record, (*begun, _reported(report, record)))


def _reported(report: Report, record: ReportRecord) -> Event:
    return Event(
        EventType.CASE_REPORTED,
        record.ref,
        facts={"report": record.ref, "category": report.category.value},
        private={
            "account": {"did": report.did, "claimed": ""},
            "record": {"uri": report.subject.get("uri", ""), "photo_id": ""},
            "sender": record.reporter,
            "note": f"{report.reason_type}\n{report.reason}",
        },
        case_id=record.case_id,
    )
