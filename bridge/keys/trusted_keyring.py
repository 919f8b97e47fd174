"""The system's keyring, where it is one that guards its secrets.

`keyring` takes whatever backend is installed: one that writes plain text, one that forgets, one
that asks on the terminal. Only backends of this list are used, whichever way they were found.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any

from bridge.errors import KeysError

SECONDS = 5.0
"""A locked collection can wait for ever for somebody who types on a screen that is not there."""

TRUSTED = (
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
)
_SERVICE = "hma-console"


def find(name: str) -> bytes | None:
    """The passphrase kept under `name`, None where there is none. Raises KeysError with the reason."""
    backend = _trusted_backend()
    value = _limited(lambda: backend.get_password(_SERVICE, name))
    return value.encode() if value else None


def keep(name: str) -> bytes:
    """Makes a random passphrase, keeps it under `name`, reads it back. Raises KeysError."""
    backend = _trusted_backend()
    passphrase = secrets.token_urlsafe(32)
    _limited(lambda: backend.set_password(_SERVICE, name, passphrase))
    if _limited(lambda: backend.get_password(_SERVICE, name)) != passphrase:
        raise KeysError("The keyring did not keep the passphrase: nothing was made.", "Use another source.")
    return passphrase.encode()


def forget(name: str) -> None:
    backend = _trusted_backend()
    _limited(lambda: backend.delete_password(_SERVICE, name))


def _trusted_backend() -> Any:
    forced = os.environ.get("PYTHON_KEYRING_BACKEND")
    if forced and forced not in TRUSTED:
        raise KeysError(f"PYTHON_KEYRING_BACKEND forces {forced}, which does not guard what it keeps.")
    found = _limited(_find_backends)
    if not found:
        raise KeysError("No keyring of this system can be used: there is no secret service here.")
    return found[0]


def _find_backends() -> list[Any]:
    """Imported late: it takes as long as the rest of the program's start."""
    import keyring
    import keyring.backend

    chosen = keyring.get_keyring()
    inner = list(getattr(chosen, "backends", ()))
    return [each for each in (chosen, *inner) if _name(each) in TRUSTED]


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _limited(work: Callable[[], Any]) -> Any:
    """In a thread that may be left behind. Backends raise whatever they like, RuntimeError among it."""
    answers: Queue[tuple[bool, Any]] = Queue(1)

    def run() -> None:
        try:
            answers.put((True, work()))
        except Exception as error:
            answers.put((False, type(error).__name__))

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        worked, value = answers.get(timeout=SECONDS)
    except Empty:
        raise KeysError(f"The keyring did not answer within {SECONDS:.0f} seconds.") from None
    if not worked:
        raise KeysError(f"The keyring cannot be used: {value}.", "Unlock it, or use another source.")
    return value
