"""The outside copy of the log's head: a file in another place, and a line in the system's journal.

A log alone cannot tell that it was rolled back whole; whoever keeps an older head can. The file
holds the newest head, `.heads` beside it one line an hour. Written after the commit, by a task,
at most once a second: the copy may lag behind the store, never run ahead of it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from bridge.bell import Bell
from bridge.compliance.merkle import HASH_BYTES
from bridge.compliance.notes import Checkpoint
from bridge.uploads import now_ms

EVERY_SECONDS = 1.0
JOURNAL_MINUTES = 60
_JOURNALS = ("/run/systemd/journal/dev-log", "/dev/log", "/var/run/syslog")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OutsideHeads:
    """What the outside copy says: the newest head with its time, and older ones, oldest first."""

    newest: Checkpoint
    written_at: int
    earlier: tuple[Checkpoint, ...] = ()


class OutsideCopy:
    """Keeps the head in `folder`. `written_at` is when it last succeeded, `fault` why it does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written_at: int | None = None
        self.written_size = 0
        self.fault = ""
        self.journal = False
        self._newest: tuple[Checkpoint, str] | None = None
        self._news = Bell()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_line = 0

    def tell(self, origin: str, size: int, root: bytes, note: str) -> None:
        """A new head was committed. Called on the writer's thread."""
        self._newest = (Checkpoint(origin, size, root), note)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.ring)

    async def keep(self) -> None:
        """Owner task: copies each new head out."""
        self._loop = asyncio.get_running_loop()
        while True:
            await self._news.wait(60)
            await asyncio.to_thread(self.flush)
            await asyncio.sleep(EVERY_SECONDS)

    def flush(self) -> None:
        """Copies the newest head out, where it is not there yet."""
        if self._newest is None or self._newest[0].size == self.written_size:
            return
        checkpoint, note = self._newest
        try:
            self._write(checkpoint, note)
        except OSError as error:
            self.fault = f"The log's head cannot be copied to {self.folder}: {error.strerror}."
            log.warning("%s", self.fault)
            return
        self.written_at, self.written_size, self.fault = now_ms(), checkpoint.size, ""

    def read(self, origin: str) -> OutsideHeads | None:
        """The heads kept outside for this log; None where there are none, or they cannot be read."""
        path = self._path(origin)
        try:
            newest = _parse(path.read_text())
            written_at = int(path.stat().st_mtime * 1000)
            earlier = path.with_suffix(".heads").read_text().splitlines()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.fault = f"The outside copy of the log's head cannot be read: {error}."
            return None
        return OutsideHeads(newest, written_at, tuple(_of_line(origin, line) for line in earlier if line))

    def _write(self, checkpoint: Checkpoint, note: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(checkpoint.origin)
        covers_all = note.startswith(checkpoint.text)
        _replace(path, note if covers_all else checkpoint.text + "\n")
        hour = now_ms() // 3_600_000
        if hour != self._last_line:
            line = _line(checkpoint)
            with path.with_suffix(".heads").open("a") as heads:
                heads.write(line + "\n")
            self.journal = _tell_journal(f"hma-console log head {checkpoint.origin} {line}")
            self._last_line = hour

    def _path(self, origin: str) -> Path:
        return self.folder / f"{origin.rpartition('/')[2]}.head"


def _replace(path: Path, text: str) -> None:
    half = path.with_suffix(".half")
    with half.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _line(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.size} {base64.b64encode(checkpoint.root).decode()}"


def _of_line(origin: str, line: str) -> Checkpoint:
    size, _, root = line.partition(" ")
    return Checkpoint(origin, int(size), base64.b64decode(root, validate=True))


def _parse(text: str) -> Checkpoint:
    """A head that may be unsigned, while the key is locked. ValueError where it is none."""
    origin, size, root, *_ = text.split("\n")
    checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    if len(checkpoint.root) != HASH_BYTES or not text.startswith(checkpoint.text + "\n"):
        raise ValueError("it is no head")
    return checkpoint


def _tell_journal(line: str) -> bool:
    """Sends one line to the system's journal or syslog; whether there is one."""
    for address in _JOURNALS:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.settimeout(1)
            try:
                journal.sendto(f"<14>hma-console: {line}".encode(), address)
            except OSError:
                continue
            return True
    return False
