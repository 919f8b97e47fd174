"""An upload in sentences."""

from __future__ import annotations

from bridge.verdicts import Verdict
from hma_console.answers import Hit, UploadRow
from hma_console.plain.lines import told
from hma_console.screens.upload_words import account, closest, file_words, measured, source_words
from hma_console.words import clock, quality, reason, safe


def distance_words(hit: Hit) -> list[str]:
    """`distance 4 of 31`, `near-certain copy`, and how the picture was turned."""
    view = [safe(hit.view)] if hit.view != "upright" else []
    return [part for part in (measured(hit, " of "), safe(hit.likeness), *view) if part]


def match_words(upload: UploadRow) -> list[str]:
    """The closest match of its lists, else why there is none."""
    hit = closest(upload)
    if hit is None:
        return [reason(upload.reason)] if upload.reason else []
    allowed = [f"allowed by {safe(hit.cancelled_by)}"] if hit.cancelled_by else []
    return [safe(hit.bank), *distance_words(hit), *allowed]


def upload_line(upload: UploadRow) -> str:
    """One line: when and what, what was found, whose it is."""
    what = [upload.verdict.words, *match_words(upload)]
    whose = [file_words(upload), account(upload), source_words(upload)]
    case = [f"case {safe(upload.case_id[:4])}"] if upload.case_id else []
    at = clock(upload.received_at)
    return f"{told(f'Upload {at}', what)} {told('It is', [*whose, *case], '')}"


def file_line(number: int, upload: UploadRow, *, waits: bool) -> str:
    """A file of a case, by the number it is chosen with."""
    graded = [quality(upload.quality)] if upload.quality is not None else []
    state = "waits" if waits else "decided"
    found = told(f"File {number}", [state, *match_words(upload)])
    return f"{found} {told('It is', [file_words(upload), *graded], '')}"


def is_news(upload: UploadRow) -> bool:
    """What is told without being asked for: all but a plain no match."""
    return upload.verdict is not Verdict.NO_MATCH
