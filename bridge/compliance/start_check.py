"""What a bridge checks of its log before it goes on writing: quick at any size.

The whole log is checked by `log verify`. Here: the tree against its nodes, the newest leaves, the
signature, and all of it against the outside copy, which alone can tell a roll-back.
"""

from __future__ import annotations

from bridge.compliance.leaf import time_text
from bridge.compliance.merkle import Frontier
from bridge.compliance.notes import Checkpoint, VerifierKey, read_checkpoint
from bridge.compliance.outside import OutsideHeads
from bridge.compliance.reading import NODE_LEVELS, UNREADABLE, LogReader, complete_subtrees
from bridge.errors import LogDistrusted, LogError

NEWEST = 1024
"""How many of the last entries are hashed again."""


def check_at_start(reader: LogReader, outside: OutsideHeads | None) -> LogDistrusted | None:
    """Why the log is not to be trusted, or None."""
    try:
        _check_itself(reader)
        if outside:
            compare_with_outside(reader, outside)
    except LogDistrusted as distrusted:
        return distrusted
    except (LogError, *UNREADABLE) as error:
        return LogDistrusted(f"The log was changed: {str(error).rstrip('.')}.")
    return None


def compare_with_outside(reader: LogReader, outside: OutsideHeads) -> None:
    """Raises LogDistrusted, in words that say whether the log was cut, rolled back or rewritten."""
    newest, size = outside.newest, reader.head.size
    when = time_text(outside.written_at)
    if newest.size > size:
        raise LogDistrusted(
            f"The log was rolled back: it has {size} entries, its outside copy of {when} says that it had "
            f"{newest.size} already. An older copy of the data directory was put in its place."
        )
    if _agrees(reader, newest):
        return
    earlier = [head for head in outside.earlier if head.size < newest.size]
    if earlier and all(_agrees(reader, head) for head in earlier):
        raise LogDistrusted(
            f"The log is a forked copy: up to entry {earlier[-1].size} it is what its outside copy of {when} "
            "says, then it goes another way. Two copies of this data directory were both written to."
        )
    first = min(head.size for head in (*earlier, newest) if not _agrees(reader, head))
    raise LogDistrusted(
        f"The log's history was rewritten: its first {first} entries are not those of its outside copy of "
        f"{when}, although the log agrees with itself."
    )


def _agrees(reader: LogReader, head: Checkpoint) -> bool:
    return head.size <= reader.head.size and reader.root_at(head.size) == head.root


def _check_itself(reader: LogReader) -> None:
    head = reader.head
    last = reader.newest_index()
    if last + 1 < head.size:
        raise LogDistrusted(f"The log's tail was cut: of {head.size} entries {last + 1} are there.")
    if last + 1 > head.size:
        raise LogDistrusted(f"The log holds {last + 1} entries, but its head covers {head.size} only.")
    roots = [reader.subtree(level, index) for level, index in complete_subtrees(head.size)]
    if bytes(Frontier(head.size, roots)) != head.frontier:
        raise LogDistrusted("The log's entries and its head do not agree: something in it was changed.")
    span = 1 << NODE_LEVELS
    for index in range(max(0, head.size - NEWEST) >> NODE_LEVELS, head.size >> NODE_LEVELS):
        if reader.hashed_again(index * span, span) != reader.subtree(NODE_LEVELS, index):
            raise LogDistrusted(f"An entry between {index * span} and {index * span + span - 1} was changed.")
    _check_signature(reader)


def _check_signature(reader: LogReader) -> None:
    head = reader.head
    if not head.note:
        return
    signed = read_checkpoint(head.note)
    checkpoint = signed.checkpoint
    if checkpoint.origin != head.origin or checkpoint.size > head.size:
        raise LogDistrusted("The log's signature is of another log.")
    if reader.root_at(checkpoint.size) != checkpoint.root:
        raise LogDistrusted(
            f"The log's first {checkpoint.size} entries are not those that were signed: one was changed."
        )
    if not any(signed.is_signed_by(VerifierKey(head.origin, key.public)) for key in reader.history()):
        raise LogDistrusted("The log's head is not signed by any of its keys.")
