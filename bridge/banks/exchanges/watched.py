"""A list in a file of this machine, or behind an https address: read whole, and only when it has changed.

Every reading is a full listing, so what left the file leaves the bank. A sync that broke off goes on in
the same version of the file; another version begins the listing anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from bridge.banks.exchanges.answers import Answer, refused, seconds_of
from bridge.banks.exchanges.checkpoints import Checkpoint
from bridge.banks.exchanges.exchange import Exchange, Kind, Page, Put, Setting
from bridge.banks.lists import ENDS_EARLY, ListReader
from bridge.catalogue import ListKind
from bridge.errors import ExchangeError, InputError
from bridge.signals import Signal

if TYPE_CHECKING:  # a quarter of a second to import: only where there is an address to read from
    import httpx

PAGE = 5_000
"""Hashes a transaction: uploads wait for it, and for no longer."""
PIECE = 1 << 18
LARGEST = 4 << 30
"""Bytes of a list, unpacked: ten million hashes as JSON."""
REDIRECTS = 5
OWNER = "The list's address"


@dataclass(frozen=True, slots=True)
class Mark(Checkpoint):
    """Which version of the list was read, how many of its hashes, and what its server calls that version."""

    version: str = ""
    read: int = 0
    done: bool = False
    etag: str = ""
    modified: str = ""


class Watched:
    """A list at `place`: an absolute path, or an address. Both are opened once a sync."""

    def __init__(self, place: str, client: httpx.AsyncClient) -> None:
        self._place = place
        self._client = client
        self._copy: _Copy | None = None

    async def page(self, checkpoint: str) -> Page:
        """Raises ExchangeError."""
        known = Mark.of(checkpoint)
        if self._copy is None:
            opened = await self._open(known)
            if opened is None:
                return Page((), checkpoint, last=True)
            if known.version and not known.done and opened.mark.version != known.version:
                opened.close()
                raise ExchangeError("The list was changed while it was read.", expired=True)
            self._copy = opened
            await asyncio.to_thread(opened.skip, 0 if known.done else known.read)
        copy, self._copy = self._copy, None
        page = await asyncio.to_thread(copy.page)
        self._copy = None if page.last else copy
        return page

    async def _open(self, known: Mark) -> _Copy | None:
        """None where it is what was read to its end already."""
        if not _is_address(self._place):
            return await asyncio.to_thread(_open_file, Path(self._place), known)
        return await self._download(known)

    async def _download(self, known: Mark) -> _Copy | None:
        import httpx

        headers = {"Accept": "text/plain, text/csv, application/json"}
        if known.done and known.etag:
            headers["If-None-Match"] = known.etag
        if known.done and known.modified:
            headers["If-Modified-Since"] = known.modified
        url = self._place
        for _ in range(REDIRECTS + 1):
            try:
                async with self._client.stream("GET", url, headers=headers) as answer:
                    if answer.status_code == 304:
                        return None
                    if answer.is_redirect:
                        url = _next(url, answer.headers.get("location", ""))
                        continue
                    if answer.status_code != 200:
                        wait = seconds_of(answer.headers.get("retry-after", ""))
                        raise refused(
                            Answer(answer.status_code, None, wait), OWNER, "See that it may be read."
                        )
                    copy = await _kept(answer)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ExchangeError(f"{OWNER} does not answer: {type(error).__name__}.") from None
            if known.done and copy.mark.version == known.version:
                return None
            return copy
        raise ExchangeError(f"The list's address redirects more than {REDIRECTS} times.")


class _Copy:
    """An open list, and how far it was read. Its methods block: for a thread."""

    def __init__(self, file: IO[bytes], mark: Mark, path: Path | None = None) -> None:
        self.mark = mark
        self._file, self._path = file, path
        self._reader = ListReader()
        self._waiting: list[Signal] = []
        self._read = 0
        self._unread = 0
        self._ended = False

    def close(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        """A sync that breaks off lets go of its source, and so of the file."""
        self.close()

    def skip(self, hashes: int) -> None:
        """Passes over what was read of this version before."""
        while self._read < hashes and self._fill():
            cut = self._waiting[: hashes - self._read]
            del self._waiting[: len(cut)]
            self._read += len(cut)
        self._unread = 0

    def page(self) -> Page:
        while len(self._waiting) < PAGE and self._fill():
            pass
        signals, self._waiting = self._waiting[:PAGE], self._waiting[PAGE:]
        self._read += len(signals)
        last = self._ended and not self._waiting
        if last:
            self._check_whole()
        mark = Mark(self.mark.version, self._read, last, self.mark.etag, self.mark.modified)
        unread, self._unread = self._unread, 0
        changes = tuple(Put(_key(signal), (signal,)) for signal in signals)
        return Page(changes, mark.text(), last, unread, complete=last)

    def _fill(self) -> bool:
        """Reads another piece of the file; False at its end."""
        if self._ended:
            return False
        data = self._file.read(PIECE)
        self._ended = not data
        try:
            batch = self._reader.feed(data, last=self._ended)
        except InputError:
            raise ExchangeError(
                "The list cannot be read: it is neither text, CSV nor JSON.", "See what is there."
            ) from None
        if any(bad.why == ENDS_EARLY for bad in batch.bad):
            raise ExchangeError("The list ends early.", "It is read again in a while.")
        self._waiting += [signal for _, signal in batch.signals]
        self._unread += len(batch.bad)
        return True

    def _check_whole(self) -> None:
        """An empty list, or one that was being written, must not empty a bank."""
        if not self._read:
            raise ExchangeError(
                "There is no hash in the list.", "See what is there; the bank stays as it was."
            )
        if self._path is not None and _version(os.fstat(self._file.fileno())) != self.mark.version:
            raise ExchangeError("The list was changed while it was read.", expired=True)


def _open_file(path: Path, known: Mark) -> _Copy | None:
    try:
        version = _version(path.stat())
        if known.done and version == known.version:
            return None
        file = path.open("rb")
        return _Copy(file, Mark(_version(os.fstat(file.fileno()))), path)
    except OSError as error:
        raise ExchangeError(
            f"The file of the list cannot be read: {error.strerror or type(error).__name__}.",
            "See that it is there, and that the bridge may read it.",
        ) from None


async def _kept(answer: httpx.Response) -> _Copy:
    """The body in a file without a name, gone with the sync; its version is a digest of it."""
    digest, size = hashlib.blake2b(digest_size=16), 0
    file = tempfile.TemporaryFile(dir=_SPACE)  # noqa: SIM115  # read page by page, closed at its end
    try:
        async for piece in answer.aiter_bytes(PIECE):
            size += len(piece)
            if size > LARGEST:
                raise ExchangeError(f"The list is larger than {LARGEST >> 30} GB.")
            digest.update(piece)
            await asyncio.to_thread(file.write, piece)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    etag, modified = (answer.headers.get(name, "")[:300] for name in ("etag", "last-modified"))
    return _Copy(file, Mark(digest.hexdigest(), etag=etag, modified=modified))


_SPACE = "/var/tmp" if os.path.isdir("/var/tmp") else None
"""/tmp may be memory, and a list larger than it."""


def _next(url: str, place: str) -> str:
    target = urljoin(url, place)
    if urlsplit(target).scheme not in ("https", urlsplit(url).scheme):
        raise ExchangeError("The list's address redirects to one without encryption.", "Name the right one.")
    return target


def _version(found: os.stat_result) -> str:
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"


def _key(signal: Signal) -> str:
    """A list of values has no names for them: a digest, so that no value is kept twice."""
    return hashlib.blake2b(signal.type.value.encode() + signal.value, digest_size=16).hexdigest()


def _is_address(place: str) -> bool:
    return "://" in place


def _is_place(place: str) -> bool:
    if not _is_address(place):
        return Path(place).is_absolute()
    parts = urlsplit(place)
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None


def _make(settings: Mapping[str, str], client: httpx.AsyncClient, secret: str) -> Exchange:
    return Watched(settings["source"], client)


KIND = Kind(
    name=ListKind.WATCHED,
    title="a watched file or address",
    secret=None,
    settings={"source": Setting(_is_place, "an absolute path, or an https address without a password in it")},
    category=None,
    interval=600,
    make=_make,
)
