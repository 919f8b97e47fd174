"""A bank mirrored to HMA or read from it, slice after slice, with a sentence for each and one at the end."""

from __future__ import annotations

from collections.abc import Callable

from hma_console.client import BridgeClient
from hma_console.words import safe

Tell = Callable[[str], object]


async def mirror(client: BridgeClient, bank: str, tell: Tell) -> str:
    """What it came to. Raises BridgeError; what was put there until then stays."""
    after = added = already = removed = 0
    while True:
        done = await client.mirror_bank(bank, after)
        added, already, removed = added + done.added, already + done.already, removed + done.removed
        if done.is_done:
            there = safe(done.there)
            return f"{there} in HMA: {added:,} added, {already:,} there already, {removed:,} taken out."
        tell(f"{safe(bank)} to HMA: {added:,} added, {done.left:,} left.")
        after = done.next


async def pull(client: BridgeClient, bank: str, source: str, tell: Tell) -> str:
    """What it came to. Raises BridgeError; what was read until then stays."""
    added = already = 0
    while True:
        done = await client.pull_bank(bank, source)
        added, already = added + done.added, already + done.already
        if done.is_done:
            rest = (
                "" if done.is_whole else f" HMA says it has {done.stored:,} hashes, {done.seen:,} were found."
            )
            return f"{safe(source)}: {added:,} added, {already:,} there already.{rest}"
        tell(f"{safe(source)} from HMA: {done.seen:,} of {done.stored:,} hashes looked at.")
