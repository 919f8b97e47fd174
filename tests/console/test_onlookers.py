"""No picture is drawn where somebody else would see it, or something would keep it: in a real tmux."""

from __future__ import annotations

import asyncio
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.errors import SettingsError
from hma_console import onlookers
from hma_console.images import means_of

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")


class Tmux:
    """A server of its own with one window, in whose pane something stands on the alternate screen."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        self._clients: list[tuple[subprocess.Popen[bytes], int, int]] = []

    async def ask(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "tmux", "-f", "/dev/null", "-S", str(self._socket), *words, stdout=asyncio.subprocess.PIPE
        )
        answer, _ = await process.communicate()
        return answer.decode().strip()

    async def open(self, *options: str) -> None:
        await self.ask(*options, "new-session", "-d", "-x", "80", "-y", "24", "printf '\\033[?1049h'; cat")

    @property
    def environment(self) -> dict[str, str]:
        return {"TMUX": f"{self._socket},1,0", "TMUX_PANE": "%0"}

    async def reason(self) -> str:
        return await onlookers.reason_against(self.environment)

    async def until(self, words: str) -> None:
        for _ in range(500):
            if (reason := await self.reason()) == words:
                return
        raise AssertionError(reason)

    def attach(self, program: str = "tmux") -> None:
        ours, theirs = pty.openpty()
        environment = os.environ | {"TERM": "xterm"}
        process = subprocess.Popen(
            [program, "-S", str(self._socket), "attach"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        self._clients.append((process, ours, theirs))

    async def close(self) -> None:
        await self.ask("kill-server")
        for process, ours, theirs in self._clients:
            process.wait()
            os.close(ours)
            os.close(theirs)


@pytest.fixture
async def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tmux]:
    """`reason_against` asks the server that the environment names."""
    server = Tmux(tmp_path)
    monkeypatch.setenv("TMUX", server.environment["TMUX"])
    monkeypatch.delenv("ASCIINEMA_REC", raising=False)
    yield server
    await server.close()


@needs_tmux
async def test_alone_in_tmux_a_picture_may_be_drawn(tmux: Tmux) -> None:
    await tmux.open()
    await tmux.until("")
    tmux.attach()
    for _ in range(500):
        if await tmux.ask("list-clients"):
            break
    assert await tmux.reason() == ""


@needs_tmux
async def test_with_a_second_client_it_may_not(tmux: Tmux) -> None:
    await tmux.open()
    await tmux.until("")
    for _ in range(2):
        tmux.attach()
    await tmux.until("Somebody else looks at this tmux too.")


@needs_tmux
async def test_where_the_pane_is_written_to_a_pipe_it_may_not(tmux: Tmux) -> None:
    await tmux.open()
    await tmux.until("")
    await tmux.ask("pipe-pane", "cat > /dev/null")
    await tmux.until("tmux writes this pane to a pipe.")


@needs_tmux
async def test_where_the_screen_would_stay_in_the_scrollback_it_may_not(tmux: Tmux) -> None:
    await tmux.open("set-option", "-g", "alternate-screen", "off", ";")
    assert await tmux.reason() == "tmux keeps this screen: its alternate-screen is off."


async def test_where_tmux_does_not_answer_it_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert (
        await onlookers.reason_against({"TMUX": "/nowhere,1,0"}) == "tmux does not say who else is looking."
    )


RECORDED = "The terminal is being recorded."
ASK = "import asyncio; from hma_console import onlookers; print(asyncio.run(onlookers.reason_against({})))"


def answer_under(parent: Path) -> str:
    """What a console says that was started by a program of this name."""
    shell = shutil.which("sh")
    assert shell is not None
    shutil.copy(Path(shell).resolve(), parent)
    command = [str(parent), "-c", f'{sys.executable} -c "{ASK}"; true']
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


@pytest.mark.parametrize("name", ["asciinema", "script", "ttyrec"])
def test_under_a_recorder_it_may_not(tmp_path: Path, name: str) -> None:
    assert answer_under(tmp_path / name) == RECORDED


def test_under_any_other_program_it_may(tmp_path: Path) -> None:
    assert answer_under(tmp_path / "scripture") == ""


async def test_asciinema_says_so_itself() -> None:
    assert await onlookers.reason_against({"ASCIINEMA_REC": "1"}) == RECORDED


def test_with_pictures_off_the_library_that_asks_the_terminal_is_never_imported() -> None:
    program = (
        "import sys, hma_console.app, hma_console.cli.main, hma_console.cli.console;"
        "from hma_console.images import means_of;"
        "means = means_of('off');"
        "print(means.why_not, [name for name in sys.modules if name.startswith('textual_image')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "Pictures are switched off: pictures.draw is off. []\n"


def test_a_way_to_draw_that_there_is_not_is_named() -> None:

    with pytest.raises(SettingsError, match="takes auto, kitty, sixel, blocks or off, not 'ascii'"):
        means_of("ascii")
