"""Secrets in the store: sealed before they come here."""

from __future__ import annotations

from sqlalchemy import Connection, text

from bridge.errors import NotFound
from bridge.keys.secrets import SecretName, Unsealer, open_secret
from bridge.store.store import Store
from bridge.uploads import now_ms


def put_secret(connection: Connection, name: SecretName, sealed: bytes) -> None:
    connection.execute(
        text(
            "INSERT INTO secrets (name, sealed, set_at) VALUES (:name, :sealed, :now)"
            " ON CONFLICT (name) DO UPDATE SET sealed = :sealed, set_at = :now"
        ),
        {"name": name.value, "sealed": sealed, "now": now_ms()},
    )


def find_secret(connection: Connection, name: SecretName) -> bytes | None:
    found: bytes | None = connection.scalar(
        text("SELECT sealed FROM secrets WHERE name = :name"), {"name": name.value}
    )
    return found


async def read_secret(store: Store, unsealer: Unsealer, name: SecretName) -> str:
    """Raises NotFound where it was never set, KeysLocked, KeysError."""
    sealed = await store.read(lambda connection: find_secret(connection, name))
    if sealed is None:
        raise NotFound(f"The secret {name.value} is not set.", f"Run `hma-console secret set {name.value}`.")
    return open_secret(unsealer, name, sealed)


def all_secrets(connection: Connection) -> list[tuple[str, int]]:
    """Names with the times when they were set."""
    return [(row.name, row.set_at) for row in connection.execute(text("SELECT * FROM secrets ORDER BY name"))]


def delete_secret(connection: Connection, name: SecretName) -> None:
    """Raises NotFound."""
    if not connection.execute(text("DELETE FROM secrets WHERE name = :name"), {"name": name.value}).rowcount:
        raise NotFound(f"The secret {name.value} is not set.")
