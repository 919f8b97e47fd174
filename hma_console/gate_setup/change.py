"""A change of a Caddyfile that holds, or leaves everything as it was."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bridge.errors import BridgeError, Conflict
from hma_console.gate_setup.caddy import Caddy, ProxyFailed

Holds = Callable[[], Awaitable[None]]
"""Raises where the change does not do what it should."""


async def change(caddyfile: Path, before: bytes, after: bytes, caddy: Caddy, holds: Holds) -> Path:
    """Where the copy of what was there lies. Checked, written at one stroke, reloaded, tested; else undone.

    Raises Conflict where the file is no longer `before`, ProxyFailed saying what was put back, OSError.
    """
    new = _written(caddyfile, f".{caddyfile.name}.hma-console", after)
    try:
        await caddy.check(new)
        _still(caddyfile, before)
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        copy = _written(caddyfile, f"{caddyfile.name}.before-hma-console-{now}", before)
        os.replace(new, caddyfile)
    finally:
        new.unlink(missing_ok=True)
    try:
        await caddy.reload()
        await holds()
    except BaseException as error:
        try:
            await _put_back(caddyfile, before, caddy, error)
        finally:
            copy.unlink(missing_ok=True)
        raise
    return copy


async def _put_back(caddyfile: Path, before: bytes, caddy: Caddy, error: BaseException) -> None:
    """Raises ProxyFailed in place of an error that was meant for the operator."""
    os.replace(_written(caddyfile, f".{caddyfile.name}.hma-console", before), caddyfile)
    words = error.message if isinstance(error, BridgeError) else ""
    try:
        await caddy.reload()
    except ProxyFailed as again:
        message = f"{words} {caddyfile} was put back as it was, but Caddy was not reloaded: {again.message}"
        raise ProxyFailed(message.strip(), "Reload Caddy by hand.") from error
    if words:
        raise ProxyFailed(f"{words} {caddyfile} was put back as it was, and Caddy reloaded.") from error


def _still(caddyfile: Path, before: bytes) -> None:
    if caddyfile.read_bytes() != before:
        raise Conflict(f"{caddyfile} was changed meanwhile; nothing was done.", "Start again.")


def _written(caddyfile: Path, name: str, content: bytes) -> Path:
    """A new file beside it, on the disk, with its owner and mode."""
    path, like = caddyfile.with_name(name), caddyfile.stat()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fchown(file.fileno(), like.st_uid, like.st_gid)
        os.fchmod(file.fileno(), like.st_mode & 0o7777)
        file.flush()
        os.fsync(file.fileno())
    return path
