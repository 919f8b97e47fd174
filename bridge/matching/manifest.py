"""The manifest: which segment files are the index. Replacing it is the one moment of change.

Two lines of text: a JSON object, and its SHA-256. A kill at any time leaves the manifest before
or the manifest after, and beside it perhaps files that neither names; those are swept up at the
next start.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from bridge.matching.segment import IndexDamaged

NAME = "manifest"
_FORMAT = 1
_BEING_WRITTEN = ".new"
_OURS = (".segment", ".run", _BEING_WRITTEN)


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment's file name and the CRC-32 of its bytes."""

    name: str
    checksum: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The segments, oldest and largest first, and the highest entry id that they contain."""

    through: int = 0
    segments: tuple[SegmentFile, ...] = ()

    def to_text(self) -> str:
        body = json.dumps({"format": _FORMAT, **asdict(self)})
        return f"{body}\n{hashlib.sha256(body.encode()).hexdigest()}\n"

    @staticmethod
    def of_text(text: bytes) -> Manifest:
        """Raises IndexDamaged for anything but the text of a manifest."""
        body, _, digest = text.partition(b"\n")
        if digest != hashlib.sha256(body).hexdigest().encode() + b"\n":
            raise IndexDamaged("The index's manifest is damaged: its checksum is wrong.")
        fields = json.loads(body)
        if fields["format"] != _FORMAT:
            raise IndexDamaged("The index was written by another version.")
        return Manifest(fields["through"], tuple(SegmentFile(**each) for each in fields["segments"]))


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest; an empty one where there is none yet. Raises IndexDamaged."""
    try:
        return Manifest.of_text((folder / NAME).read_bytes())
    except FileNotFoundError:
        return Manifest()
    except OSError as error:
        raise IndexDamaged(f"The index's manifest cannot be read: {error.strerror}.") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """From here on `manifest` is the index, whatever happens to the machine."""
    written = being_written(folder / NAME)
    written.write_text(manifest.to_text(), "utf-8")
    put_in_place(written, folder / NAME)


def being_written(path: Path) -> Path:
    """The name under which a file is written until it is whole."""
    return path.with_name(path.name + _BEING_WRITTEN)


def put_in_place(written: Path, path: Path) -> None:
    """Renames a whole file to its name, durably: its bytes first, then the name."""
    _sync(written)
    os.replace(written, path)
    _sync(path.parent)


def sweep(folder: Path, manifest: Manifest) -> None:
    """Deletes what the manifest does not name: left by a kill, or replaced by a merge."""
    kept = {segment.name for segment in manifest.segments}
    for path in folder.iterdir():
        if path.suffix in _OURS and path.name not in kept:
            path.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
