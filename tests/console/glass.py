"""A terminal for tests: a real pty with a console on it, and what its bytes leave on the glass."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

COLUMNS, ROWS = 80, 24
PLACEHOLDER = "\U0010eeee"
BLOCK = "▀"
SIXEL, KITTY = "\x1bP", "\x1b_G"
_TOKENS = re.compile(
    r"\x1b_(?P<apc>.*?)\x1b\\|\x1bP(?P<dcs>.*?)\x1b\\|\x1b\](?P<osc>.*?)(?:\x07|\x1b\\)"
    r"|\x1b\[(?P<arguments>[0-9;:?<>=$]*)(?P<final>[@-~])|\x1b[()][A-Z0-9]|\x1b.|(?P<plain>[^\x1b]+)",
    re.DOTALL,
)


class Glass:
    """What stands on the terminal after some bytes: cells, and the images it was not told to forget."""

    def __init__(self, text: str) -> None:
        self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        self.images: set[int] = set()
        self.sixels = 0
        self._y = self._x = 0
        for token in _TOKENS.finditer(text):
            self._take(token)

    @property
    def words(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def _take(self, token: re.Match[str]) -> None:
        if (apc := token["apc"]) is not None:
            keys = dict(pair.split("=", 1) for pair in apc[1:].partition(";")[0].split(","))
            number = int(keys["i"])
            if keys.get("a") == "d":
                assert keys["d"] == "I", "the data are freed too"
                self.images.discard(number)
            elif keys.get("a") != "q":
                self.images.add(number)
        elif token["dcs"] is not None:
            self.sixels += 1
        elif token["final"] == "H":
            row, _, column = token["arguments"].partition(";")
            self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        elif token["final"] in ("h", "J") and token["arguments"] in ("?1049", "2"):
            self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        elif plain := token["plain"]:
            for letter in plain:
                self._put(letter)

    def _put(self, letter: str) -> None:
        if letter == "\n":
            self._y, self._x = self._y + 1, 0
        elif letter >= " " and not unicodedata.combining(letter):
            if self._y < ROWS and self._x < COLUMNS:
                self.rows[self._y][self._x] = letter
            self._x += 1


_CUT_OFF = re.compile(r"\x1b(\[[0-9;:?<>=$]*|[_P][^\x1b]*\x1b?)?\Z")
"""The beginning of a sequence whose rest was not read yet: it is no text to put on the glass."""


class Terminal:
    """One end of a pty; the console runs at the other. `text` is all that it was sent."""

    def __init__(self, end: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._end = end
        self._bytes = bytearray()
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(end, self._read)

    @property
    def text(self) -> str:
        return self._bytes.decode(errors="replace")

    @property
    def drawn(self) -> str:
        """What was sent since the console took the screen."""
        return self.text.partition("\x1b[?1049h")[2]

    @property
    def glass(self) -> Glass:
        return Glass(_CUT_OFF.sub("", self.drawn))

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    async def until(self, condition: Callable[[Terminal], object]) -> None:
        """Reads on until it holds; fails with what stands on the glass."""
        try:
            async with asyncio.timeout(30):
                while not condition(self):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"never so:\n{self.glass.words}") from None

    async def seen(self, *words: str, gone: str = "") -> None:
        def stands(terminal: Terminal) -> bool:
            on_glass = terminal.glass.words
            return all(word in on_glass for word in words) and not (gone and gone in on_glass)

        await self.until(stands)

    async def ended(self) -> int:
        async with asyncio.timeout(30):
            return await asyncio.to_thread(self.process.wait)

    def _read(self) -> None:
        try:
            self._bytes += os.read(self._end, 1 << 16)
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self._end)
        self._news.set()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._end)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._end)


@asynccontextmanager
async def console_on_a_terminal(data_dir: Path, draw: str) -> AsyncIterator[Terminal]:
    """`hma-console` as a process of its own, attached to the bridge that runs on `data_dir`."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, COLUMNS * 8, ROWS * 16))
    program = [sys.executable, "-m", "hma_console", "--data-dir", str(data_dir)]
    outside = ("TMUX", "TMUX_PANE", "NO_COLOR", "ASCIINEMA_REC")
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    process = subprocess.Popen(  # noqa: ASYNC220  # it is ours for the whole block
        [*program, "--set", f"pictures.draw={draw}"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(theirs)
    terminal = Terminal(ours, process)
    try:
        yield terminal
    finally:
        terminal.close()
