"""`verify`: checks an exported bundle. Needs no bridge, no data directory, no network."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bridge.errors import InputError
from hma_console.cli.command import Command, Context, print_json
from hma_console.words import safe

BAD = 1


async def _verify(given: argparse.Namespace, context: Context) -> int:
    from bridge.offline import verify_bundle

    if not given.bundle.exists():
        raise InputError(f"There is no bundle {given.bundle}.", "Name its folder, or its .zip.")
    try:
        head = await asyncio.to_thread(given.head.read_bytes) if given.head else None
    except OSError as error:
        raise InputError(f"{given.head} cannot be read: {error.strerror}.") from None
    verdict = await asyncio.to_thread(verify_bundle, given.bundle, given.fingerprint, head)
    if context.as_json:
        print_json({**vars(verdict), "ok": verdict.ok})
    else:
        print("It verifies." if verdict.ok else "It does NOT verify.")
        for problem in verdict.problems:
            print(f"- {safe(problem)}")
        for sentence in verdict.proven:
            print(f"Proven: {safe(sentence)}")
        for sentence in verdict.not_proven:
            print(f"Not proven: {safe(sentence)}")
    return 0 if verdict.ok else BAD


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="its folder, or its .zip")
    parser.add_argument("--fingerprint", metavar="F", help="of the key, as you were told it by another way")
    parser.add_argument("--head", type=Path, metavar="FILE", help="an earlier head of the log that you hold")


VERIFY = Command("verify", "check an exported bundle", _verify, _arguments)
