"""The newest self-test in the store: a restart knows it."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlmodel import Field, SQLModel

from bridge.self_test_result import Result, Step, Way


class SelfTests(SQLModel, table=True):
    __tablename__ = "self_tests"
    one: int | None = Field(default=None, primary_key=True)
    at: int
    passed_at: int | None
    way: str
    step: str
    why: str
    took_ms: int


def last_self_test(connection: Connection) -> Result | None:
    row = connection.execute(text("SELECT at, passed_at, way, step, why, took_ms FROM self_tests")).first()
    if row is None:
        return None
    step = Step(row.step) if row.step else None
    return Result(row.at, row.passed_at, Way(row.way), step, row.why, row.took_ms)


def put_self_test(connection: Connection, result: Result) -> None:
    """In the place of the one before."""
    connection.execute(
        text(
            "INSERT OR REPLACE INTO self_tests (one, at, passed_at, way, step, why, took_ms)"
            " VALUES (1, :at, :passed_at, :way, :step, :why, :took_ms)"
        ),
        {
            "at": result.at,
            "passed_at": result.passed_at,
            "way": result.way.value,
            "step": result.step.value if result.step else "",
            "why": result.why,
            "took_ms": result.took_ms,
        },
    )
