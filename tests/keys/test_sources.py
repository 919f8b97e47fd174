"""Where a passphrase comes from, in which order, and why another source was not used."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.errors import KeysError, KeysLocked
from bridge.keys import trusted_keyring
from bridge.keys.keychain import Keychain, KeysState
from bridge.keys.passphrases import Opener, PassphraseSources
from bridge.keys.ssh import ssh_blob

PASSPHRASE = "five plain words for tests"
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")


@pytest.fixture(autouse=True)
def quick_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Keychain(tmp_path / "keys", PassphraseSources()).create(PASSPHRASE.encode())
    return tmp_path / "keys"


def why(sources: PassphraseSources, source: Opener) -> str:
    return next(tried.why for tried in sources.tried if tried.source is source)


def test_the_command_is_run_without_a_shell_and_its_first_line_counts(folder: Path) -> None:
    sources = PassphraseSources(command=f"printf '{PASSPHRASE}\\nmore'")
    keychain = Keychain(folder, sources)
    keychain.open()
    assert keychain.opened_by is Opener.COMMAND
    assert why(sources, Opener.CREDENTIAL) == "There is no credential named hma-console-key."


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("false", "failed with exit code 1"),
        ("true", "printed nothing"),
        ("/no/such/program", "cannot be run"),
        ("echo 'unfinished", "cannot be run"),
        ("echo wrong passphrase", "does not open"),
        ("sleep 60", "took over 0 seconds"),
    ],
)
def test_a_command_that_gives_no_passphrase_says_why(
    folder: Path, command: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.keys.passphrases.COMMAND_SECONDS", 0.3 if "sleep" in command else 30)
    sources = PassphraseSources(command=command)
    keychain = Keychain(folder, sources)
    with pytest.raises(KeysLocked):
        keychain.open()
    assert said in why(sources, Opener.COMMAND)


def test_a_descriptor_is_read_once(folder: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\n".encode())
    os.close(writing)
    keychain = Keychain(folder, PassphraseSources(descriptor=reading))
    keychain.open()
    assert keychain.opened_by is Opener.DESCRIPTOR
    closed = PassphraseSources(descriptor=9999)
    with pytest.raises(KeysLocked):
        Keychain(folder, closed).open()
    assert "cannot be read" in why(closed, Opener.DESCRIPTOR)


def test_a_systemd_credential_comes_before_a_command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hma-console-key").write_text(f"{PASSPHRASE}\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    keychain = Keychain(folder, PassphraseSources(command="echo wrong"))
    keychain.open()
    assert keychain.opened_by is Opener.CREDENTIAL


KEYRING = """
import sys
sys.path.insert(0, {root!r})
{setup}
from bridge.keys import trusted_keyring
from bridge.errors import KeysError
for ask in (lambda: trusted_keyring.find("x"), lambda: trusted_keyring.keep("x")):
    try:
        print("GAVE", ask())
    except KeysError as error:
        print(error.message)
"""
IMPATIENT = "from bridge.keys import trusted_keyring; trusted_keyring.SECONDS = 0.5\n"
BACKEND = """
import types, time, keyring.backend
module = types.ModuleType({module!r}); sys.modules[{module!r}] = module
class {name}(keyring.backend.KeyringBackend):
    priority = 9
    def get_password(self, service, user): {does}
    def set_password(self, service, user, password): {does}
    def delete_password(self, service, user): pass
{name}.__module__ = {module!r}
import keyring; keyring.set_keyring({name}())
"""


def backend(module: str, name: str, does: str) -> str:
    return textwrap.dedent(BACKEND).format(module=module, name=name, does=does)


TRUSTED = ("keyring.backends.SecretService", "Keyring")


@pytest.mark.parametrize(
    ("setup", "environment", "said"),
    [
        ("", {}, "no secret service"),
        ("", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}, "no secret service"),
        ("", {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}, "does not guard what it keeps"),
        ("", {"PYTHON_KEYRING_BACKEND": "no.such.Backend"}, "does not guard what it keeps"),
        ("import keyring; keyring.core.disable", {}, "no secret service"),
        (backend("keyrings.alt.file", "PlaintextKeyring", "return 'plain'"), {}, "no secret service"),
        (backend("keyrings.cryptfile.cryptfile", "CryptFileKeyring", "input()"), {}, "no secret service"),
        (backend(*TRUSTED, "raise RuntimeError('locked')"), {}, "cannot be used: RuntimeError"),
        (IMPATIENT + backend(*TRUSTED, "time.sleep(60)"), {}, "did not answer within"),
    ],
)
def test_a_keyring_that_does_not_guard_is_not_used(
    setup: str, environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    clean = {
        k: v for k, v in os.environ.items() if k not in ("PYTHON_KEYRING_BACKEND", "DBUS_SESSION_BUS_ADDRESS")
    }
    done = subprocess.run(
        [sys.executable, "-c", KEYRING.format(root=str(ROOT), setup=setup)],
        env={**clean, **environment, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.count(said) == 2, done.stdout + done.stderr
    assert "GAVE" not in done.stdout
    assert list(tmp_path.rglob("*.cfg")) == []


def test_a_trusted_keyring_that_forgets_keeps_no_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Forgets:
        def get_password(self, *_: str) -> None:
            return None

        def set_password(self, *_: str) -> None:
            return None

    monkeypatch.setattr(trusted_keyring, "_trusted_backend", Forgets)
    with pytest.raises(KeysError, match="did not keep"):
        Keychain(tmp_path / "keys", PassphraseSources()).create(into_keyring=True)
    assert list(tmp_path.iterdir()) == []


def test_a_trusted_keyring_opens_the_keys_that_were_made_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept: dict[tuple[str, str], str] = {}

    class Keeps:
        def get_password(self, service: str, name: str) -> str | None:
            return kept.get((service, name))

        def set_password(self, service: str, name: str, value: str) -> None:
            kept[service, name] = value

    monkeypatch.setattr(trusted_keyring, "_trusted_backend", Keeps)
    Keychain(tmp_path / "keys", PassphraseSources()).create(into_keyring=True)
    keychain = Keychain(tmp_path / "keys", PassphraseSources(command="echo not asked"))
    keychain.open()
    assert keychain.opened_by is Opener.KEYRING
    [(service, name)] = kept
    assert service == "hma-console"
    assert not [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and kept[service, name].encode() in path.read_bytes()
    ]


@pytest.fixture
def agent(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A real ssh-agent that holds the log's key."""
    address = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(address)], stdout=subprocess.DEVNULL)
    while not address.exists():
        assert process.poll() is None
    monkeypatch.setenv("SSH_AUTH_SOCK", str(address))
    script = tmp_path / "askpass"
    script.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n")
    script.chmod(0o700)
    environment = {**os.environ, "SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    added = subprocess.run(
        ["ssh-add", str(folder / "log.key")], env=environment, capture_output=True, text=True
    )
    assert added.returncode == 0, added.stderr
    yield process
    process.kill()
    process.wait()


def test_an_agent_signs_and_opens_nothing(agent: subprocess.Popen[bytes], folder: Path) -> None:
    keychain = Keychain(folder, PassphraseSources())
    keychain.open()
    assert (keychain.state, keychain.opened_by) == (KeysState.SIGNING, Opener.AGENT)
    other = Keychain(folder, PassphraseSources())
    other.open(PASSPHRASE.encode())
    assert keychain.sign(b"message") == other.sign(b"message")
    with pytest.raises(KeysLocked):
        keychain.unseal(b"box", b"")
    agent.kill()
    agent.wait()
    with pytest.raises(KeysLocked, match="does not answer"):
        keychain.sign(b"message")
    assert keychain.state is KeysState.LOCKED


def test_an_agent_without_our_key_is_no_source(tmp_path: Path, agent: subprocess.Popen[bytes]) -> None:
    other = Keychain(tmp_path / "others", PassphraseSources())
    other.create(b"another long passphrase")
    other.lock()
    with pytest.raises(KeysLocked):
        other.open()
    assert ssh_blob(other.public)


def test_importing_the_keychain_does_not_import_keyring() -> None:
    program = "import bridge.keys.keychain, sys; sys.exit('keyring' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0
