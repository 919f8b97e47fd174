"""The log's keys change: both sign it, what was signed before stays good, a crash finishes or undoes it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.compliance.export import Scope, ScopeKind
from bridge.compliance.key_changes import KeyChanges
from bridge.compliance.notes import VerifierKey, read_checkpoint
from bridge.compliance.reading import reading
from bridge.compliance.verify import verify
from bridge.errors import Conflict, KeysError, KeysLocked, NotFound, WrongPassphrase
from bridge.keys.keychain import KeysState
from bridge.keys.passphrases import PassphraseSources
from tests.compliance.exports import exported
from tests.compliance.logs import LoggedStore, logged_store
from tests.stores import PASSPHRASE

ALL = Scope(ScopeKind.ALL)
pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


@pytest.fixture
async def logged(tmp_path: Path) -> AsyncIterator[LoggedStore]:
    (tmp_path / "data").mkdir()
    async with logged_store(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def keys(logged: LoggedStore) -> KeyChanges:
    return KeyChanges(logged.store, logged.log, logged.keychain)


async def test_a_rotation_is_signed_by_both_and_the_old_fingerprint_still_leads_to_the_log(
    logged: LoggedStore, keys: KeyChanges, tmp_path: Path
) -> None:
    old, old_public = logged.keychain.fingerprint, logged.keychain.public
    await keys.rotate(PASSPHRASE, "user:ana")
    new = logged.keychain.fingerprint
    assert new != old
    with reading(logged.store.path) as reader:
        [kept] = [each for each in reader.kept_checkpoints() if each.why == "rotated"]
        signed = read_checkpoint(kept.note)
        for public in (old_public, logged.keychain.public):
            assert signed.is_signed_by(VerifierKey(reader.head.origin, public))
    await logged.beat()
    assert logged.log.state.signed == logged.log.state.size
    assert logged.check().is_whole
    made = await exported(logged, ALL, tmp_path / "out")
    for fingerprint in (old, new):
        verdict = verify(str(made.path), fingerprint)
        assert verdict.ok, verdict.problems
    logged.keychain.lock()
    logged.keychain.open(PASSPHRASE)
    assert logged.keychain.fingerprint == new


async def test_a_revoked_key_is_in_the_list_that_openssh_reads(
    logged: LoggedStore, keys: KeyChanges, tmp_path: Path
) -> None:
    old_line, old = logged.keychain.ssh_line, logged.keychain.fingerprint
    with pytest.raises(Conflict, match="the key in use"):
        await keys.revoke(old, "user:ana")
    await keys.rotate(PASSPHRASE, "user:ana")
    await keys.revoke(old, "user:ana")
    with pytest.raises(NotFound, match="never signed"):
        await keys.revoke("SHA256:" + "A" * 43, "user:ana")
    made = await exported(logged, ALL, tmp_path / "out")
    assert verify(str(made.path)).ok
    (tmp_path / "old.pub").write_text(old_line + "\n")
    (tmp_path / "new.pub").write_text(logged.keychain.ssh_line + "\n")
    krl = str(made.path / "keys/krl")
    asked = [await asyncio.to_thread(_ask_krl, krl, tmp_path / name) for name in ("old.pub", "new.pub")]
    assert ("REVOKED" in asked[0].stdout, asked[1].returncode) == (True, 0)
    signers = (made.path / "keys/allowed_signers").read_text().splitlines()
    assert ["valid-before" in line for line in signers] == [True, False]


def _ask_krl(krl: str, key: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ssh-keygen", "-Q", "-f", krl, str(key)], capture_output=True, text=True)


async def test_new_keys_for_lost_ones_are_not_vouched_for(
    logged: LoggedStore, keys: KeyChanges, tmp_path: Path
) -> None:
    old = logged.keychain.fingerprint
    logged.keychain.lock()
    await keys.lose(b"another long passphrase", "user:ana")
    assert logged.leaves()[-1].type == "key.lost"
    assert logged.check().is_whole
    made = await exported(logged, ALL, tmp_path / "out")
    assert verify(str(made.path), logged.keychain.fingerprint).ok
    assert any("WRONG KEY" in each for each in verify(str(made.path), old).problems)
    assert [path.name for path in logged.folder.glob("keys-lost-*")], "the old files are kept aside"


@pytest.mark.parametrize("logged_first", [True, False])
async def test_a_rotation_cut_off_is_finished_or_undone_as_the_log_says(
    logged: LoggedStore, keys: KeyChanges, monkeypatch: pytest.MonkeyPatch, logged_first: bool
) -> None:
    old = logged.keychain.public

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        where = "install_next" if logged_first else "drop_next"
        patch.setattr(logged.keychain, where, cut)
        if not logged_first:
            patch.setattr(logged.store, "write", cut)
        with pytest.raises(KeyboardInterrupt):
            await keys.rotate(PASSPHRASE, "user:ana")
    pending = logged.keychain.pending_next
    assert pending is not None
    again = KeyChanges(logged.store, logged.log, logged.keychain)
    logged.keychain._sources = PassphraseSources(command="cat /dev/null")
    await again.open_at_start(may_create=False)
    assert logged.keychain.pending_next is None
    assert logged.keychain.public == (pending if logged_first else old)


async def test_a_wrong_passphrase_changes_nothing(logged: LoggedStore, keys: KeyChanges) -> None:
    before, size = logged.keychain.public, logged.log.state.size
    with pytest.raises(WrongPassphrase):
        await keys.rotate(b"not this one at all", "user:ana")
    assert (logged.keychain.public, logged.log.state.size) == (before, size)
    logged.keychain.lock()
    with pytest.raises(WrongPassphrase):
        await keys.unlock(b"not this one at all", "user:ana")
    with pytest.raises(KeysLocked):
        await keys.unlock(None, "user:ana")
    assert logged.keychain.state is KeysState.LOCKED


async def test_unlocking_signs_what_was_not_and_says_by_what(logged: LoggedStore, keys: KeyChanges) -> None:
    logged.keychain.lock()
    await logged.beat(3)
    assert logged.log.state.size - logged.log.state.signed == 3
    await keys.unlock(PASSPHRASE, "user:ana")
    assert logged.log.state.size == logged.log.state.signed
    assert logged.leaves()[-1].facts == {"by": "typed"}


async def test_keys_made_just_before_a_crash_are_logged_at_the_next_start(tmp_path: Path) -> None:
    async with logged_store(tmp_path, with_keys=False) as logged:
        logged.keychain._sources = PassphraseSources(command="echo long enough for a key")
        logged.keychain.create()
        logged.keychain.lock()
        await KeyChanges(logged.store, logged.log, logged.keychain).open_at_start(may_create=True)
        assert logged.leaves()[-1].type == "key.created"
        assert logged.check().is_whole
        assert logged.log.state.signed == logged.log.state.size


async def test_a_key_file_that_others_can_read_stops_no_log(tmp_path: Path) -> None:
    async with logged_store(tmp_path) as logged:
        await logged.beat()
    (tmp_path / "keys/log.key").chmod(0o644)
    async with logged_store(tmp_path, with_keys=False) as logged:
        await KeyChanges(logged.store, logged.log, logged.keychain).open_at_start(may_create=True)
        await logged.beat()
        assert logged.log.state.size == logged.log.state.signed + 1
        assert not logged.leaves()[-1].commitments


async def test_a_first_start_makes_keys_with_the_source_it_was_given_and_none_without(tmp_path: Path) -> None:
    async with logged_store(tmp_path, with_keys=False) as logged:
        keys = KeyChanges(logged.store, logged.log, logged.keychain)
        states = []
        for command in ("", "echo short", "echo long enough for a key"):
            logged.keychain._sources = PassphraseSources(command=command)
            await keys.open_at_start(may_create=True)
            states.append(logged.keychain.state)
        assert states == [KeysState.MISSING, KeysState.MISSING, KeysState.OPEN]
        assert logged.log.state.size == logged.log.state.signed
        with pytest.raises(Conflict):
            await keys.create(PASSPHRASE, "user:ana")
    with pytest.raises(KeysError):
        logged.keychain.unseal(b"nonsense", b"x")
