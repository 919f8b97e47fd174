"""The two keys of one passphrase: made whole or not at all, opened by the right one, refused when unsafe."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bridge.errors import Conflict, KeysError, KeysLocked, KeysMissing, UnsafeKeyFile
from bridge.keys.keychain import Keychain, KeysState
from bridge.keys.passphrases import Opener, PassphraseSources
from bridge.keys.sealing import seal

PASSPHRASE = b"five plain words for tests"
pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keychain = Keychain(tmp_path / "keys", PassphraseSources())
    keychain.create(PASSPHRASE)
    return tmp_path / "keys"


def again(folder: Path, sources: PassphraseSources | None = None) -> Keychain:
    return Keychain(folder, sources or PassphraseSources())


def test_keys_are_files_of_their_owner_and_open_with_their_passphrase(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["log.key", "seal.key"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    keychain = again(folder)
    assert keychain.state is KeysState.LOCKED
    box = seal(keychain.seal_public, b"a secret", b"context")
    with pytest.raises(KeysLocked):
        keychain.sign(b"message")
    with pytest.raises(KeysLocked):
        keychain.unseal(box, b"context")
    keychain.open(PASSPHRASE)
    assert (keychain.state, keychain.opened_by) == (KeysState.OPEN, Opener.TYPED)
    Ed25519PublicKey.from_public_bytes(keychain.public).verify(keychain.sign(b"message"), b"message")
    assert keychain.unseal(box, b"context") == b"a secret"
    with pytest.raises(KeysError, match="not sealed for this key"):
        keychain.unseal(box, b"another context")
    with pytest.raises(Conflict):
        keychain.create(PASSPHRASE)


def test_openssh_reads_the_key_and_signs_as_we_do(folder: Path) -> None:
    keychain = again(folder)
    keychain.open(PASSPHRASE)
    shown = subprocess.run(
        ["ssh-keygen", "-y", "-P", PASSPHRASE.decode(), "-f", str(folder / "log.key")],
        capture_output=True,
        text=True,
    )
    assert " ".join(shown.stdout.split()[:2]) == keychain.ssh_line
    (folder / "log.pub").write_text(shown.stdout)
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(folder / "log.pub")], capture_output=True, text=True
    )
    assert keychain.fingerprint in listed.stdout


@pytest.mark.parametrize("wrong", [b"", b"x", b"five plain words for test", b"\xff\x00" * 9])
def test_a_wrong_passphrase_opens_nothing(folder: Path, wrong: bytes) -> None:
    keychain = again(folder)
    with pytest.raises(KeysError):
        keychain.open(wrong)
    assert keychain.state is KeysState.LOCKED


@pytest.mark.parametrize("passphrase", [b"", b"short", b"eleven char"])
def test_a_short_passphrase_makes_no_keys(tmp_path: Path, passphrase: bytes) -> None:
    with pytest.raises(KeysError, match="shorter than 12"):
        Keychain(tmp_path / "keys", PassphraseSources()).create(passphrase)
    assert list(tmp_path.iterdir()) == []


def test_without_keys_it_says_so(tmp_path: Path) -> None:
    keychain = again(tmp_path / "keys")
    assert (keychain.state, keychain.exists, keychain.can_sign) == (KeysState.MISSING, False, False)
    for ask in (lambda: keychain.public, lambda: keychain.seal_public, keychain.open):
        with pytest.raises(KeysMissing):
            ask()


@pytest.mark.parametrize("name", ["log.key", "seal.key"])
@pytest.mark.parametrize("how", ["mode", "symlink", "folder", "truncated", "empty", "another"])
def test_an_unsafe_or_damaged_key_file_is_a_sentence(folder: Path, name: str, how: str) -> None:
    path = folder / name
    data = path.read_bytes()
    if how == "mode":
        path.chmod(0o644)
    elif how == "symlink":
        path.rename(folder / "elsewhere")
        path.symlink_to(folder / "elsewhere")
    elif how == "folder":
        path.unlink()
        path.mkdir()
    elif how in ("truncated", "empty"):
        path.write_bytes(data[: len(data) // 2 if how == "truncated" else 0])
    else:
        other = Keychain(folder.parent / "other", PassphraseSources())
        other.create(PASSPHRASE if name == "log.key" else b"another passphrase")
        shutil.copy(folder.parent / "other" / name, path)
        if name == "log.key":
            return  # a whole pair's half under the same passphrase is a key like any other
    keychain = again(folder)
    with pytest.raises(KeysError) as told:
        keychain.open(PASSPHRASE)
    assert told.value.message.endswith(".")
    assert PASSPHRASE.decode() not in str(told.value)
    if how == "mode":
        assert isinstance(told.value, UnsafeKeyFile)
        assert told.value.hint == f"Run: chmod 600 {path}"
    assert keychain.state is KeysState.LOCKED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_foreign_owners_key_file_is_refused(folder: Path) -> None:
    os.chown(folder / "log.key", 12345, -1)
    with pytest.raises(UnsafeKeyFile, match="belongs to another user"):
        again(folder).open(PASSPHRASE)


def flipped_bits(folder: Path, count: int) -> Iterator[tuple[str, int]]:
    for name in ("log.key", "seal.key"):
        bits = range(8 * len((folder / name).read_bytes()))
        for bit in random.Random(name).sample(bits, min(count, len(bits))):
            yield name, bit


def test_a_flipped_bit_of_a_key_file_never_gives_another_key(folder: Path) -> None:
    right = again(folder)
    right.open(PASSPHRASE)
    for name, bit in flipped_bits(folder, 60):
        path = folder / name
        before = path.read_bytes()
        changed = bytearray(before)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        keychain = again(folder)
        try:
            keychain.open(PASSPHRASE)
        except KeysError:
            assert not keychain.can_sign
        else:
            assert (keychain.public, keychain.seal_public) == (right.public, right.seal_public), (name, bit)
        path.write_bytes(before)


@pytest.mark.parametrize("at", range(1, 14))
def test_making_keys_cut_off_at_any_step_leaves_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Each call that reaches the disk fails in its turn, as if the power went."""
    calls = 0

    def failing(real: object) -> object:
        def call(*arguments: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == at:
                raise KeyboardInterrupt
            return real(*arguments, **named)  # type: ignore[operator]

        return call

    with monkeypatch.context() as patch:
        for name in ("fsync", "rename", "replace", "open"):
            patch.setattr(f"os.{name}", failing(getattr(os, name)))
        try:
            again(tmp_path / "keys").create(PASSPHRASE)
        except KeyboardInterrupt:
            pass
        else:
            assert calls < at
    keychain = again(tmp_path / "keys")
    if keychain.exists:
        keychain.open(PASSPHRASE)
    else:
        keychain.create(PASSPHRASE)
    assert keychain.state is KeysState.OPEN


def test_what_holds_a_key_does_not_print_it(folder: Path) -> None:
    keychain = again(folder)
    keychain.open(PASSPHRASE)
    pair = keychain._pair
    assert pair is not None
    following = keychain.next_key(PASSPHRASE)
    shown = f"{pair!r} {following!r} {keychain!r} {PassphraseSources(command='x')!r}"
    for secret in (pair.signing.private_bytes_raw(), pair.unsealing.private_bytes_raw()):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
