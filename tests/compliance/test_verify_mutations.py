"""No changed bit, no cut, missing, doubled or swapped file of a bundle goes unnoticed."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

import pytest

from bridge.compliance import verify as verifier
from bridge.compliance.verify import verify
from tests.compliance.changing import changed, files_of, flips, problems


@pytest.fixture(autouse=True)
def signatures_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most changes leave the signed bytes as they are: the same question gets the same answer."""
    monkeypatch.setattr(verifier, "ed25519", lru_cache(1 << 16)(verifier.ed25519))


def undetected_flips(folder: Path, count: int | None) -> list[str]:
    survived = []
    for number, path in enumerate(files_of(folder)):
        if path.name == "verify.py" and count is None:
            continue  # as large as all others together; its sample is flipped below
        for flipped in flips(path.read_bytes(), count, seed=number):
            with changed(path, flipped):
                if not problems(folder):
                    survived.append(path.name)
    return survived


def test_no_flipped_bit_of_any_file_goes_unnoticed(bundle: Path) -> None:
    assert undetected_flips(bundle, count=5) == []


@pytest.mark.trial
@pytest.mark.timeout(7200)
def test_not_one_flipped_bit_of_any_file_goes_unnoticed(bundle: Path) -> None:
    assert undetected_flips(bundle, count=None) == []


def test_no_flipped_bit_of_a_zip_goes_unnoticed(bundles: Path, tmp_path: Path) -> None:
    for name in ("zipped.zip", "zipped.zip.sig"):
        shutil.copy(bundles / name, tmp_path / name)
    path = tmp_path / "zipped.zip"
    assert verify(str(path)).problems == []
    for name, count in (("zipped.zip", 120), ("zipped.zip.sig", 60)):
        for flipped in flips((tmp_path / name).read_bytes(), count, seed=9):
            with changed(tmp_path / name, flipped):
                assert problems(path)
    (tmp_path / "zipped.zip.sig").unlink()
    for flipped in flips(path.read_bytes(), 120, seed=10):
        with changed(path, flipped):
            assert problems(path)
    for cut in (path.read_bytes()[:-1], path.read_bytes() + b"x", b"", path.read_bytes()[1:]):
        with changed(path, cut):
            assert problems(path)


def test_files_cut_removed_doubled_or_swapped_are_noticed(bundle: Path) -> None:
    paths = files_of(bundle)
    for number, path in enumerate(paths):
        data = path.read_bytes()
        for other in (data[:-1], data + b"\n", b""):
            if other != data:
                with changed(path, other):
                    assert problems(bundle), path
        path.unlink()
        assert any(path.name in each for each in problems(bundle)), path
        path.write_bytes(data)
        double = path.with_name(f"x{path.name}")
        double.write_bytes(data)
        assert any("does not belong" in each for each in problems(bundle)), path
        double.unlink()
        next_ = paths[(number + 1) % len(paths)]
        if next_.read_bytes() != data:
            with changed(path, next_.read_bytes()), changed(next_, data):
                assert problems(bundle), path
    assert problems(bundle) == []
