"""The SQLModel tables mirror the migrations."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlmodel import SQLModel

from bridge.store import tables
from bridge.store.database import migrate

TYPES = {"INTEGER": "INTEGER", "TEXT": "VARCHAR", "BLOB": "BLOB"}


def test_tables_and_migrations_name_the_same_columns_of_the_same_types(tmp_path: Path) -> None:
    migrate(tmp_path / "store.db")
    connection = sqlite3.connect(tmp_path / "store.db")
    names = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'log\\_%' ESCAPE '\\'"
        )
    ]
    schema = {
        name: {
            column[1]: (TYPES[column[2]], bool(column[5]), bool(column[3]) or bool(column[5]))
            for column in connection.execute(f"PRAGMA table_info({name})")
        }
        for name in names
    }
    connection.close()
    mirror = {
        table.name: {
            column.name: (_type(str(column.type)), column.primary_key, not column.nullable)
            for column in table.columns
        }
        for table in SQLModel.metadata.tables.values()
    }
    assert mirror == schema
    assert tables.uploads.name == "uploads"


def _type(name: str) -> str:
    return {"LARGEBINARY": "BLOB"}.get(name, name)
