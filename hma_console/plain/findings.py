"""A case in words: what brought it about, how sure its closest match is, what was done."""

from __future__ import annotations

from hma_console.answers import CaseRow
from hma_console.screens.upload_words import distance_sentence
from hma_console.words import counted, safe

_SENTENCES = {
    "the very same bytes": "The very same bytes.",
    "same picture": "The same picture.",
    "near-certain copy": "Near-certain copy.",
    "likely copy": "Likely copy: look at the facts.",
    "weak, look closer": "Weak match: look closer.",
}
_NO_MATCH = "Nothing in it matches a list now."
_NO_FILE = "No file is in it."


def lists_of(row: CaseRow) -> str:
    """What brought the case about."""
    return safe(", ".join(row.banks)) or ("a report" if row.reporters else "")


def found(row: CaseRow) -> tuple[str, str]:
    """How sure the closest match is, and what it is."""
    if hit := row.closest:
        return _SENTENCES.get(hit.likeness, safe(hit.likeness)), distance_sentence(hit)
    if row.file_count:
        return _NO_MATCH, ""
    return ("Reported; nothing was compared.", "") if row.reporters else (_NO_FILE, "")


def taken_down(row: CaseRow) -> str:
    """What was done at the PDS."""
    parts = [f"{counted(row.taken_down, 'takedown')} confirmed by reading back"] if row.taken_down else []
    parts += [f"{row.to_take_down:,} under way"] if row.to_take_down else []
    return f"{', '.join(parts)}." if parts else "Nothing was taken down."
