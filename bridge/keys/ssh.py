"""Public keys as SSH writes them (RFC 4253, RFC 8709)."""

from __future__ import annotations

import base64
import hashlib
import struct


def text(data: bytes) -> bytes:
    """SSH's `string`: its length in four bytes, then itself."""
    return struct.pack(">I", len(data)) + data


def ssh_blob(public: bytes) -> bytes:
    """An Ed25519 public key of 32 raw bytes."""
    return text(b"ssh-ed25519") + text(public)


def ssh_line(public: bytes) -> str:
    return f"ssh-ed25519 {base64.b64encode(ssh_blob(public)).decode()}"


def fingerprint(public: bytes) -> str:
    """As `ssh-keygen -l` prints it: SHA256:…"""
    digest = base64.b64encode(hashlib.sha256(ssh_blob(public)).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"
