"""Times of day where the test runs, and the hours that are set by default."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.alarms.hours import Hours
from bridge.settings import AlarmSettings

HOURS = Hours.of(AlarmSettings())
LOCAL = datetime.now(UTC).astimezone().tzinfo


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)
