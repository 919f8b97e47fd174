"""Who else would see a picture, or keep it: other clients of tmux, its pipes, recorders of the terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

RECORDERS = frozenset(("asciinema", "script", "ttyrec", "termrec", "t-rec", "vhs", "scriptreplay"))
_RECORDING = "The terminal is being recorded."
_SILENT = "tmux does not say who else is looking."
_SECONDS = 2.0
_ASKED = "#{session_attached} #{window_active_clients} #{session_group_attached} #{pane_pipe} #{alternate_on}"


async def reason_against(environment: Mapping[str, str] | None = None) -> str:
    """Why no picture may be drawn here now, as a sentence; empty where one may."""
    environment = os.environ if environment is None else environment
    if "ASCIINEMA_REC" in environment or RECORDERS.intersection(_ancestors(os.getpid())):
        return _RECORDING
    return await _tmux(environment) if environment.get("TMUX") else ""


async def _tmux(environment: Mapping[str, str]) -> str:
    pane = environment.get("TMUX_PANE", "")
    answer = await _ask("display-message", "-p", *(("-t", pane) if pane else ()), _ASKED)
    numbers = [int(each) if each.isdecimal() else 0 for each in answer.rstrip("\n").split(" ")]
    if len(numbers) != len(_ASKED.split()):
        return _SILENT
    *clients, pipe, alternate = numbers
    if max(clients) > 1:
        return "Somebody else looks at this tmux too."
    if pipe:
        return "tmux writes this pane to a pipe."
    if not alternate:
        return "tmux keeps this screen: its alternate-screen is off."
    attached = (await _ask("list-clients", "-F", "#{client_pid}")).split()
    if any(RECORDERS.intersection(_ancestors(int(pid))) for pid in attached if pid.isdecimal()):
        return _RECORDING
    return ""


async def _ask(*command: str) -> str:
    """What tmux answers; empty where it does not."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_SECONDS):
            answer, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return answer.decode(errors="replace") if process.returncode == 0 else ""


def _ancestors(pid: int) -> Iterator[str]:
    """The names of a process and of those that started it, up to the first that cannot be read."""
    while pid > 1:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            return
        name, _, rest = stat.partition(" (")[2].rpartition(") ")
        yield name
        pid = int(rest.split()[1])
