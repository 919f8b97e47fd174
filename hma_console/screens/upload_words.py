"""An upload in words: the cells of its row, and what is told of it below the list."""

from __future__ import annotations

from rich.text import Text

from bridge.signals import OtherType
from bridge.uploads import Source
from bridge.verdicts import Verdict
from hma_console.answers import CaseRow, Hit, UploadRow
from hma_console.look import Look, Meaning
from hma_console.words import cid, clock, counted, did, end_cut, handle, media, quality, reason, safe, size

_MEANINGS = {
    Verdict.MATCHED: Meaning.MATCHED,
    Verdict.NO_MATCH: Meaning.NO_MATCH,
    Verdict.NOT_CHECKED: Meaning.NOT_CHECKED,
    Verdict.UNHASHABLE: Meaning.UNHASHABLE,
}


def standing_hits(upload: UploadRow) -> tuple[Hit, ...]:
    """The matches that no allow bank took back."""
    return tuple(hit for hit in upload.matches if not hit.cancelled_by)


def closest(upload: UploadRow) -> Hit | None:
    """The match that decided, else the closest of those taken back."""
    return min(standing_hits(upload) or upload.matches, key=lambda hit: hit.distance, default=None)


def measured(hit: Hit, of: str = "/") -> str:
    """How far the entry is; empty of a hash that only HMA knows: it says no distance."""
    if hit.hash_type == OtherType.OTHER:
        return ""
    return f"distance {hit.distance}{of}31" if hit.hash_type == "pdq" else f"equal {safe(hit.hash_type)}"


def distance(hit: Hit) -> str:
    """In a column: `4/31 near-certain`."""
    if hit.hash_type == OtherType.OTHER:
        return end_cut(safe(hit.likeness.rpartition(": ")[2]), 18)
    if hit.hash_type != "pdq":
        return "same bytes"
    short = hit.likeness.removesuffix(" copy").removesuffix(", look closer")
    return f"{hit.distance}/31 {safe(short)}"


def distance_sentence(hit: Hit) -> str:
    """In a preview: `distance 4/31 · near-certain copy · mirrored · quality 91 good`."""
    parts = [part for part in (measured(hit), safe(hit.likeness)) if part]
    if hit.view != "upright":
        parts.append(safe(hit.view))
    if hit.quality is not None:
        parts.append(quality(hit.quality))
    return " · ".join(parts)


def verdict_cell(upload: UploadRow, look: Look) -> Text:
    return look.mark(_MEANINGS[upload.verdict], upload.verdict.words)


def finding_cell(upload: UploadRow, look: Look, bank_width: int) -> Text:
    """The bank and the distance of the closest match, else the reason for having none."""
    hit = closest(upload)
    if hit is None:
        return look.say(reason(upload.reason))
    bank = hit.cancelled_by or hit.bank
    return look.say(f"{end_cut(safe(bank), bank_width - 1):<{bank_width}}{distance(hit)}")


def account(row: UploadRow | CaseRow) -> str:
    """The DID where it is proven; what an app merely said is told as said."""
    if row.did:
        return did(row.did)
    if row.claimed_author:
        said = row.claimed_author
        return f"says {did(said) if said.startswith('did:') else handle(said)}"
    return f"by {handle(row.sender)}" if row.sender else "account not known"


def account_word(case: CaseRow, known: str = "") -> str:
    """The first part of the handle; of an account of which no handle is known its DID's last letters."""
    called = known or case.claimed_author
    if called and not called.startswith("did:"):
        return safe(called.partition(".")[0])
    return safe((case.did or called)[-4:])


_CAME = {
    Source.SCAN: "scanned by",
    Source.FIREHOSE: "named on the firehose",
    Source.BACKFILL: "found by the backfill",
    Source.GATE: "came through the gate",
    Source.HAND: "named by hand",
    Source.SCAN_BLOB: "sent by scanBlob",
    Source.REPORT_BLOB: "sent by reportBlob",
}


def source(upload: UploadRow) -> str:
    """In a column: the app's name, or the way it came."""
    return safe(upload.sender if upload.source == Source.API else upload.source)


def source_words(upload: UploadRow) -> str:
    """In a preview: `found by the backfill`."""
    if upload.source in (Source.API, Source.SCAN):
        return f"{_CAME.get(Source(upload.source), 'sent by')} {handle(upload.sender)}"
    if upload.source == Source.GATE and not upload.did:
        return "refused at the gate"
    return _CAME[Source(upload.source)] if upload.source in _CAME else safe(upload.source)


def file_words(upload: UploadRow) -> str:
    """`JPEG 1600×1200, 412 kB`, as far as it is known."""
    kind = media(upload.media_type)
    if upload.width and upload.height:
        kind = f"{kind} {upload.width}×{upload.height}"
    return f"{kind}, {size(upload.size)}" if upload.size is not None else kind


def told(upload: UploadRow, look: Look) -> list[Text]:
    """The preview's three lines: what it is, what was found, whose it is."""
    first = [file_words(upload)]
    if upload.quality is not None:
        first.append(quality(upload.quality))
    if upload.took_ms is not None:
        first.append(f"took {upload.took_ms:.0f} ms")
    return [
        look.line(look.say(upload.verdict.words, _MEANINGS[upload.verdict]), " · " + " · ".join(first)),
        look.say(_found(upload)),
        look.say(" · ".join(_whose(upload)), Meaning.MUTED),
    ]


def _found(upload: UploadRow) -> str:
    hit = closest(upload)
    if hit is None:
        compared = f"compared with {counted(len(upload.banks), 'bank')}: {safe(', '.join(upload.banks))}"
        return reason(upload.reason) or (compared if upload.banks else "")
    words = f"{end_cut(safe(hit.bank), 16)} {distance_sentence(hit)}"
    if hit.cancelled_by:
        return f"{words} · allowed by {safe(hit.cancelled_by)}"
    return words


def _whose(upload: UploadRow) -> list[str]:
    parts = [account(upload)]
    if upload.cid:
        parts.append(cid(upload.cid))
    parts += [source_words(upload), clock(upload.received_at)]
    return [*parts, f"case {safe(upload.case_id[:4])}"] if upload.case_id else parts
