"""What follows from a decision to take down: the pictures, the posts they are in, or the account."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.deciding.deed import Deed
from bridge.decisions import Choice
from bridge.errors import InputError
from bridge.records import CaseRecord
from bridge.store.decisions import File
from bridge.store.pauses import find_pause
from bridge.store.reports import reports_of_case
from bridge.store.subjects import Subject, newest_action, records_of

REPORTS_READ = 100


def take_down(deed: Deed, case: CaseRecord, choice: Choice, files: Sequence[File]) -> None:
    """Pictures and posts at once, for that can be reversed; an account when the undo window has ended.

    Raises InputError where the case has nothing of the kind.
    """
    blobs = {Subject(file.did, file.cid): file for file in files if file.is_on_pds}
    for subject, file in blobs.items():
        _down(deed, subject, file.id)
    if choice is Choice.TAKEDOWN_RECORD:
        uris = _records(deed, case, files)
        if not uris:
            raise InputError("No post of this case is known.", "Take down the picture, or the account.")
        for uri in uris:
            _down(deed, Subject(did_of(uri), "", uri), "")
    elif choice is Choice.TAKEDOWN_ACCOUNT:
        if not case.did:
            raise InputError("No account of your PDS is known in this case.", "Take down the picture.")
        deed.plan("takedown", Subject(case.did), waits=True)
    elif not files:
        raise InputError(
            "No picture is in this case.", "Take down the post or the account, or release the case."
        )


def did_of(uri: str) -> str:
    """The account in an at:// URI."""
    return uri.removeprefix("at://").partition("/")[0]


def _down(deed: Deed, subject: Subject, upload_id: str) -> None:
    """What is taken down already stays so; what is held is decided now, and so remembered.

    One that waits for the end of a pause gives way: what a person decides does not wait.
    """
    newest = newest_action(deed.connection, subject)
    if newest is not None and newest.state == "planned" and find_pause(deed.connection) is not None:
        deed.end(newest)
        newest = None
    if newest is None or newest.type != "takedown":
        deed.plan("takedown", subject, upload_id)


def _records(deed: Deed, case: CaseRecord, files: Sequence[File]) -> list[str]:
    """The posts with these pictures, and those that were reported."""
    found: dict[str, None] = {}
    for file in files:
        if file.is_on_pds:
            found |= dict.fromkeys(records_of(deed.connection, file.did, file.cid))
    for report in reports_of_case(deed.connection, case.id, REPORTS_READ):
        if uri := report.subject.get("uri"):
            found[uri] = None
    return [uri for uri in found if did_of(uri) == case.did]
