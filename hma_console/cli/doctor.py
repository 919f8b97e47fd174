"""`doctor`: looks at all that this bridge stands on, and says what to do. Needs no running bridge."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator

from bridge.errors import KeysError, StoreError
from bridge.keys.secrets import SecretName
from hma_console.cli.command import Command, Context, print_json
from hma_console.doctor import hma, local, pds
from hma_console.doctor.asking import asked
from hma_console.doctor.finding import Finding, Level, ok
from hma_console.doctor.hma_pictures import pictures
from hma_console.words import safe

BAD, CANNOT_REACH = 1, 3


async def _doctor(given: argparse.Namespace, context: Context) -> int:
    found: list[Finding] = []
    async for finding in findings(context):
        found.append(finding)
        if not context.as_json:
            _print(finding)
    if context.as_json:
        print_json([_as_json(finding) for finding in found])
    if any(finding.is_unreachable for finding in found):
        return CANNOT_REACH
    return BAD if any(finding.level is Level.BAD for finding in found) else 0


async def findings(context: Context) -> AsyncIterator[Finding]:
    """All checks in order, each finding as soon as it is there."""
    settings = context.settings
    for check in (local.data_directory, local.disk, local.store, local.keys):
        for finding in await check(settings):
            yield finding
    async for finding in _hma(context):
        yield finding
    if settings.pds.mode != "off":
        async with asked(settings.pds.url) as server:
            for finding in await pds.answers(server):
                yield finding


async def _hma(context: Context) -> AsyncIterator[Finding]:
    matcher = context.settings.matcher
    if not matcher.hma_url:
        yield ok(hma.HMA, "none is used: pictures are compared in this program")
        return
    token = None
    try:
        token = await asyncio.to_thread(_token, context)
    except (KeysError, StoreError) as error:
        yield local.unreadable(SecretName.HMA_TOKEN.value, error.message)
    async with asked(matcher.hma_url, token, matcher.hma_headers) as server:
        async for finding in hma.examine(server):
            yield finding
        if matcher.hma_hashes:
            for finding in await pictures(server):
                yield finding


def _token(context: Context) -> str:
    from bridge.offline import secret

    return secret(context.settings, context.sources, SecretName.HMA_TOKEN)


def _print(finding: Finding) -> None:
    remedy = f" Do: {safe(finding.remedy)}" if finding.remedy else ""
    what = safe(finding.what)
    print(f"{finding.level.value:<5}{finding.about}: {what}.{remedy}", flush=True)


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level.value,
        "about": finding.about,
        "what": finding.what,
        "remedy": finding.remedy,
    }


DOCTOR = Command("doctor", "look at all that this stands on, and say what to do", _doctor)
