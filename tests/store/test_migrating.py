"""A store's file is brought to this version's schema whole, or stays as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import SchemaTooNew
from bridge.store import database
from bridge.store.database import migrate


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    migrate(tmp_path / "store.db")
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SchemaTooNew, match="later version"):
        migrate(tmp_path / "store.db")


def test_an_upgrade_that_fails_leaves_the_file_to_the_version_that_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "store.db", database.migrations()
    monkeypatch.setattr(database, "migrations", lambda: steps[:3])
    migrate(path)
    before = _schema(path)
    monkeypatch.setattr(database, "migrations", lambda: [*steps[:-1], "CREATE TABLE half (a); SELECT no;"])
    with pytest.raises(sqlite3.OperationalError):
        migrate(path)
    assert _schema(path) == before
    monkeypatch.setattr(database, "migrations", lambda: steps)
    migrate(path)
    migrate(tmp_path / "new.db")
    assert _schema(path) == _schema(tmp_path / "new.db")


def _schema(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchall()
        return version + connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_the_store_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    migrate(tmp_path / "store.db")
    assert (tmp_path / "store.db").stat().st_mode & 0o777 == 0o600
