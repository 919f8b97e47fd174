"""Secrets of other services, sealed to the operator's key: a locked bridge can keep them, not read them."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from bridge.keys.sealing import seal


class SecretName(StrEnum):
    """What each is for; none serves two purposes."""

    PDS_ADMIN_PASSWORD = "pds_admin_password"
    MOD_SERVICE_KEY = "mod_service_key"
    SCAN_BLOB_PASSWORD = "scan_blob_password"
    WEBHOOK_SECRET = "webhook_secret"
    CALLBACK_SECRET = "callback_secret"
    HMA_TOKEN = "hma_token"
    NCMEC = "ncmec"
    STOPNCII = "stopncii"
    THREATEXCHANGE = "threatexchange"
    ARACHNID = "arachnid"


class Unsealer(Protocol):
    def unseal(self, box: bytes, context: bytes) -> bytes: ...


def seal_secret(seal_public: bytes, name: SecretName, value: str) -> bytes:
    return seal(seal_public, value.encode(), _context(name))


def open_secret(unsealer: Unsealer, name: SecretName, sealed: bytes) -> str:
    """Raises KeysLocked, KeysError where it was sealed for other keys."""
    return unsealer.unseal(sealed, _context(name)).decode()


def _context(name: SecretName) -> bytes:
    return b"hma-console/secret/v1/" + name.value.encode()
