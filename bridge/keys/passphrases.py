"""Where the passphrase may come from, in this order: keyring, systemd credential, descriptor, command.

Never an environment variable that holds it, never an argument, never a file of ours.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bridge.errors import KeysError
from bridge.keys import trusted_keyring
from bridge.keys.files import LARGEST

COMMAND_SECONDS = 30.0
CREDENTIAL = "hma-console-key"
LONGEST = 4096


class Opener(StrEnum):
    """What opened the keys."""

    AGENT = "agent"
    KEYRING = "keyring"
    CREDENTIAL = "credential"
    DESCRIPTOR = "fd"
    COMMAND = "command"
    TYPED = "typed"

    @property
    def words(self) -> str:
        return {
            "agent": "ssh-agent",
            "keyring": "the system's keyring",
            "credential": "a systemd credential",
            "fd": "--passphrase-fd",
            "command": "--passphrase-command",
            "typed": "a typed passphrase",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Tried:
    """A source that was not used, and why, in one sentence."""

    source: Opener
    why: str


@dataclass(slots=True)
class PassphraseSources:
    """The sources of one start. A descriptor can be read once: what it gave is kept until used."""

    command: str = ""
    descriptor: int | None = None
    tried: list[Tried] = field(default_factory=list)

    @property
    def is_given(self) -> bool:
        """Whether this start was given a source of its own, so that keys may be made with it."""
        return bool(self.command) or self.descriptor is not None or _credential_path() is not None

    def each(self, name: str, *, with_keyring: bool = True) -> Iterator[tuple[Opener, bytes]]:
        """The passphrases to try, in order; what gives none is noted in `tried`.

        `name` is what the keyring knows this data directory's passphrase by.
        """
        self.tried.clear()
        sources: list[tuple[Opener, Callable[[], bytes | None]]] = [
            (Opener.CREDENTIAL, _credential),
            (Opener.DESCRIPTOR, self._read_descriptor),
            (Opener.COMMAND, self._run_command),
        ]
        if with_keyring:
            sources.insert(0, (Opener.KEYRING, lambda: trusted_keyring.find(name)))
        for source, ask in sources:
            try:
                passphrase = ask()
            except KeysError as error:
                self.tried.append(Tried(source, error.message))
                continue
            if passphrase:
                yield source, passphrase
            else:
                self.tried.append(Tried(source, _NOTHING[source]))

    def _read_descriptor(self) -> bytes | None:
        if self.descriptor is None:
            return None
        descriptor, self.descriptor = self.descriptor, None
        try:
            with os.fdopen(descriptor, "rb") as file:
                return _first_line(file.read(LONGEST))
        except (OSError, ValueError):
            raise KeysError(f"The descriptor {descriptor} of --passphrase-fd cannot be read.") from None

    def _run_command(self) -> bytes | None:
        if not self.command:
            return None
        try:
            done = subprocess.run(
                shlex.split(self.command),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise KeysError(f"The passphrase command took over {COMMAND_SECONDS:.0f} seconds.") from None
        except (OSError, ValueError):
            raise KeysError("The passphrase command cannot be run.") from None
        if done.returncode:
            raise KeysError(f"The passphrase command failed with exit code {done.returncode}.")
        if not (line := _first_line(done.stdout[:LONGEST])):
            raise KeysError("The passphrase command printed nothing.")
        return line


_NOTHING = {
    Opener.KEYRING: "It keeps no passphrase for this data directory.",
    Opener.CREDENTIAL: f"There is no credential named {CREDENTIAL}.",
    Opener.DESCRIPTOR: "It was not given, or held nothing.",
    Opener.COMMAND: "It was not given.",
}


def _credential_path() -> Path | None:
    folders = (os.environ.get("CREDENTIALS_DIRECTORY"), "/run/secrets")
    paths = (Path(folder) / CREDENTIAL for folder in folders if folder)
    return next((path for path in paths if path.is_file()), None)


def _credential() -> bytes | None:
    path = _credential_path()
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return _first_line(file.read(LARGEST))
    except OSError as error:
        raise KeysError(f"The credential {path} cannot be read: {error.strerror}.") from None


def _first_line(data: bytes) -> bytes:
    return data.split(b"\n", 1)[0].rstrip(b"\r")
