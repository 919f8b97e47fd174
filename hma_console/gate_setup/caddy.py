"""The Caddy that runs with a Caddyfile: in the PDS installer's container, as Debian's service, or alone."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import InputError, NotFound, Unreachable

INSTALLER = Path("/pds/caddy/etc/caddy/Caddyfile")
"""Where the installer of bluesky-social/pds puts it; its container sees the folder as /etc/caddy."""
DEBIAN = Path("/etc/caddy/Caddyfile")
SECONDS = 60.0


class ProxyFailed(Unreachable):
    """Caddy did not take a configuration, or what it then did was not what it should."""


@dataclass(frozen=True, slots=True)
class Caddy:
    """`program` runs Caddy's commands where Caddy runs, `folder` is the Caddyfile's as it is seen there."""

    program: tuple[str, ...]
    folder: Path
    reloading: tuple[str, ...]

    async def check(self, file: Path) -> None:
        """Reads it without loading it. `caddy validate` would open its log files, as another user.

        Raises ProxyFailed with Caddy's own words.
        """
        path = self.folder / file.name
        await _run(*self.program, "adapt", "--adapter", "caddyfile", "--config", str(path))

    async def reload(self) -> None:
        """Raises ProxyFailed; what ran before then runs on."""
        await _run(*self.reloading)


def find_caddyfile(named: Path | None) -> Path:
    """The one named, else the installer's, else Debian's; links are followed. Raises NotFound."""
    for path in [named] if named else [INSTALLER, DEBIAN]:
        if path.is_file():
            return path.resolve()
    where = str(named) if named else f"{INSTALLER} or {DEBIAN}"
    raise NotFound(f"There is no Caddyfile at {where}.", "Name it with --caddyfile.")


async def caddy_of(caddyfile: Path) -> Caddy:
    """Raises InputError where no Caddy is found that could run with this file."""
    if _is_the_installers(caddyfile):
        inside = Path("/etc/caddy")
        program: tuple[str, ...] = ("docker", "exec", "caddy", "caddy")
        return Caddy(program, inside, _reload(program, inside / caddyfile.name))
    if shutil.which("caddy") is None:
        raise InputError("There is no `caddy` on this machine's PATH to reload with.")
    program = ("caddy",)
    reloading = _reload(program, caddyfile)
    if caddyfile == DEBIAN and await _is_service():
        reloading = ("systemctl", "reload", "caddy")
    return Caddy(program, caddyfile.parent, reloading)


def _is_the_installers(caddyfile: Path) -> bool:
    folder = caddyfile.parent
    return folder.parts[-3:] == ("caddy", "etc", "caddy") and (folder.parents[2] / "compose.yaml").is_file()


def _reload(program: tuple[str, ...], path: Path) -> tuple[str, ...]:
    return (*program, "reload", "--adapter", "caddyfile", "--config", str(path))


async def _is_service() -> bool:
    try:
        await _run("systemctl", "is-active", "--quiet", "caddy")
    except ProxyFailed:
        return False
    return True


async def _run(*command: str) -> None:
    """Raises ProxyFailed with the last line that the program wrote to its standard error."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise ProxyFailed(f"`{command[0]}` cannot be run: {error.strerror}.") from None
    try:
        async with asyncio.timeout(SECONDS):
            _, complaints = await process.communicate()
    except TimeoutError:
        raise ProxyFailed(f"`{' '.join(command)}` took over {SECONDS:.0f} seconds.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = complaints.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else f"exit code {process.returncode}"
        raise ProxyFailed(f"`{' '.join(command)}` failed: {why}")
