"""What OpenSSH needs to check our signatures: SSHSIG, allowed signers, revoked keys.

PROTOCOL.sshsig, PROTOCOL.krl and ssh-keygen(1) of OpenSSH.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from textwrap import wrap

from bridge.compliance.notes import Sign
from bridge.compliance.reading import LogKey
from bridge.keys.ssh import ssh_blob, ssh_line, text

EXPORTS = "hma-console-export@v1"
CHECKPOINTS = "hma-console-checkpoint@v1"
"""Namespaces: a signature for one purpose is none for the other."""

_EXPLICIT_KEYS = b"\x02"


def sshsig(digest: bytes, public: bytes, sign: Sign, namespace: str = EXPORTS) -> str:
    """The armoured signature over what has this SHA-512, byte for byte as `ssh-keygen -Y sign` makes it."""
    named = text(namespace.encode()) + text(b"") + text(b"sha512")
    signature = sign(b"SSHSIG" + named + text(digest))
    blob = b"SSHSIG" + struct.pack(">I", 1) + text(ssh_blob(public)) + named
    blob += text(text(b"ssh-ed25519") + text(signature))
    lines = "\n".join(wrap(base64.b64encode(blob).decode(), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n"


def sha512_of(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()


def allowed_signers(origin: str, keys: Sequence[LogKey]) -> str:
    """A line a key of the log's history, each with the time it was in use."""
    lines = []
    for key in keys:
        options = f'namespaces="{EXPORTS},{CHECKPOINTS}",valid-after="{_time(key.at)}"'
        if key.ended_at is not None:
            options += f',valid-before="{_time(key.ended_at)}"'
        lines.append(f"{origin} {options} {ssh_line(key.public)}\n")
    return "".join(lines)


def revoked_keys(keys: Sequence[LogKey], at: int) -> bytes:
    """A key revocation list of the revoked ones, empty where there are none. `at` in milliseconds."""
    blobs = [text(ssh_blob(key.public)) for key in keys if key.ended_by == "revoked"]
    if not blobs:
        return b""
    head = b"SSHKRL\n\x00" + struct.pack(">IQQQ", 1, 0, at // 1000, 0) + text(b"") + text(b"")
    return head + _EXPLICIT_KEYS + text(b"".join(sorted(blobs)))


def public_pem(public: bytes) -> str:
    """The key as `openssl` reads it (RFC 8410)."""
    der = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00" + public
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y%m%d%H%M%S}Z"
