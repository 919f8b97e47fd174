"""The vault: written by anybody who has the public key, read by the private one alone, and never half."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bridge.errors import KeysError, KeysMissing, VaultError
from bridge.keys.sealing import new_pair, unseal
from bridge.vault import PIECE, Kept, Vault

ROOM = 10 * PIECE
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]


class Private:
    def __init__(self, private: bytes) -> None:
        self._private = private

    def unseal(self, box: bytes, context: bytes) -> bytes:
        return unseal(self._private, box, context)


@pytest.fixture
def pair() -> tuple[bytes, bytes]:
    return new_pair()


@pytest.fixture
def vault(tmp_path: Path, pair: tuple[bytes, bytes]) -> Vault:
    return Vault(tmp_path / "vault", lambda: pair[1])


def read(vault: Vault, kept: Kept, private: bytes) -> bytes:
    return b"".join(vault.read(kept, Private(private)))


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_kept_comes_out_as_it_went_in(
    vault: Vault, pair: tuple[bytes, bytes], size: int
) -> None:
    body = os.urandom(size)
    kept = await vault.keep(body, ROOM)
    assert kept.size == size
    assert read(vault, kept, pair[0]) == body
    file = vault.folder / kept.name
    assert file.stat().st_mode & 0o777 == 0o600
    assert vault.folder.stat().st_mode & 0o777 == 0o700
    assert size < 64 or body[:64] not in file.read_bytes()


async def test_bytes_that_come_in_any_pieces_are_the_same_file(
    vault: Vault, pair: tuple[bytes, bytes]
) -> None:
    body = os.urandom(2 * PIECE + 77)
    writing = await vault.begin(ROOM)
    for at in range(0, len(body), 9999):
        writing.write(body[at : at + 9999])
    assert read(vault, writing.finish(), pair[0]) == body


async def test_the_same_bytes_look_different_each_time(vault: Vault) -> None:
    one, two = [await vault.keep(b"x" * 1000, ROOM) for _ in range(2)]
    assert (vault.folder / one.name).read_bytes() != (vault.folder / two.name).read_bytes()


async def test_another_key_opens_nothing(vault: Vault) -> None:
    kept = await vault.keep(b"x", ROOM)
    with pytest.raises(KeysError, match="sealed for this key"):
        read(vault, kept, new_pair()[0])


@pytest.mark.parametrize("harm", ["flip", "cut", "drop", "swap", "add", "other"])
async def test_every_change_of_a_file_is_noticed(vault: Vault, pair: tuple[bytes, bytes], harm: str) -> None:
    kept, other = [await vault.keep(os.urandom(3 * PIECE), ROOM) for _ in range(2)]
    file = vault.folder / kept.name
    raw, step = bytearray(file.read_bytes()), PIECE + 16
    if harm == "flip":
        raw[step + 5] ^= 1
    elif harm == "cut":
        del raw[-1]
    elif harm == "drop":
        del raw[2 * step :]
    elif harm == "swap":
        raw[:step], raw[step : 2 * step] = raw[step : 2 * step], raw[:step]
    elif harm == "add":
        raw += raw[:step]
    else:
        raw = bytearray((vault.folder / other.name).read_bytes())
    file.write_bytes(raw)
    with pytest.raises(KeysError, match="was changed"):
        read(vault, kept, pair[0])


async def test_a_file_that_is_gone_or_cannot_be_written_is_said_in_a_sentence(
    vault: Vault, pair: tuple[bytes, bytes]
) -> None:
    kept = await vault.keep(b"x", ROOM)
    vault.remove([kept.name, "never.there"])
    with pytest.raises(VaultError, match=r"cannot be read: No such file"):
        read(vault, kept, pair[0])


async def test_without_keys_nothing_is_written(tmp_path: Path) -> None:
    def missing() -> bytes:
        raise KeysMissing("The log has no key yet.")

    with pytest.raises(KeysMissing):
        await Vault(tmp_path / "vault", missing).keep(b"x", ROOM)
    assert not (tmp_path / "vault").exists()


async def test_files_that_nothing_refers_to_are_found_once_they_are_old(vault: Vault) -> None:
    kept, stray = [await vault.keep(b"x", ROOM) for _ in range(2)]
    begun = await vault.begin(ROOM)
    known = frozenset({kept.name})
    assert vault.strays(known, time.time() - 60) == []
    found = vault.strays(known, time.time() + 1)
    assert stray.name in found
    assert len(found) == 2, "what was begun and not finished is one too"
    begun.discard()
    assert vault.strays(known, time.time() + 1) == [stray.name]


async def test_what_is_larger_than_the_room_leaves_nothing_behind(vault: Vault) -> None:
    with pytest.raises(VaultError, match="full"):
        await vault.keep(b"x" * 1001, 1000)
    assert list(vault.folder.iterdir()) == []
    assert (await vault.keep(b"x" * 1000, 1000)).size == 1000
