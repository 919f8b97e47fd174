import os
from pathlib import Path

import pytest

from bridge.matching.manifest import Manifest, SegmentFile, read_manifest, sweep, write_manifest
from bridge.matching.segment import IndexDamaged

SOME = Manifest(7, (SegmentFile("a.segment", 1), SegmentFile("b.segment", 2)))


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path, SOME)

    assert read_manifest(tmp_path) == SOME
    assert [path.name for path in tmp_path.iterdir()] == ["manifest"]


def test_a_folder_without_one_is_an_index_of_nothing(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == Manifest(through=0, segments=())


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    write_manifest(tmp_path, SOME)
    content = (tmp_path / "manifest").read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        (tmp_path / "manifest").write_bytes(damaged)
        with pytest.raises(IndexDamaged):
            read_manifest(tmp_path)


def test_a_manifest_cut_short_is_noticed(tmp_path: Path) -> None:
    content = SOME.to_text().encode()
    for size in range(len(content)):
        (tmp_path / "manifest").write_bytes(content[:size])
        with pytest.raises(IndexDamaged):
            read_manifest(tmp_path)


def test_a_manifest_that_cannot_be_read_is_named_damaged(tmp_path: Path) -> None:
    (tmp_path / "manifest").mkdir()

    with pytest.raises(IndexDamaged, match="Is a directory"):
        read_manifest(tmp_path)


def test_the_bytes_are_on_disk_before_the_name_and_the_name_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, int]] = []
    sync, replace = os.fsync, os.replace

    def watched_sync(descriptor: int) -> None:
        steps.append(("sync", os.fstat(descriptor).st_ino))
        sync(descriptor)

    def watched_replace(source: Path, target: Path) -> None:
        steps.append(("replace", source.stat().st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "replace", watched_replace)

    write_manifest(tmp_path, SOME)

    written, folder = (tmp_path / "manifest").stat().st_ino, tmp_path.stat().st_ino
    assert steps == [("sync", written), ("replace", written), ("sync", folder)]


def test_sweeping_leaves_what_the_manifest_names_and_what_is_not_ours(tmp_path: Path) -> None:
    kept = {"manifest", "a.segment", "b.segment", "bridge.db"}
    for name in (*kept, "c.segment", "d.segment.new", "manifest.new", "e.run"):
        (tmp_path / name).touch()

    sweep(tmp_path, SOME)

    assert {path.name for path in tmp_path.iterdir()} == kept
