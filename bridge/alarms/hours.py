"""When the operator is told what: quiet hours, and the hour of the weekly digest. Values only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bridge.errors import SettingsError
from bridge.settings import AlarmSettings

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_WEEKLY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) (\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """`digest_day` counts from Monday, 0. Quiet hours that begin where they end are none."""

    quiet_from: time
    quiet_to: time
    digest_day: int
    digest_at: time
    self_test_at: time

    @classmethod
    def of(cls, settings: AlarmSettings) -> Hours:
        """Raises SettingsError."""
        span, weekly = _SPAN.fullmatch(settings.quiet), _WEEKLY.fullmatch(settings.digest)
        if span is None:
            raise SettingsError(f"alarms.quiet takes hours like 22:00-07:00, not {settings.quiet[:40]!r}.")
        if weekly is None:
            raise SettingsError(
                f"alarms.digest takes a day and hour like mon 08:00, not {settings.digest[:40]!r}."
            )
        try:
            begins, ends = time(int(span[1]), int(span[2])), time(int(span[3]), int(span[4]))
            digest_at, nightly = time(int(weekly[2]), int(weekly[3])), time.fromisoformat(settings.self_test)
            return cls(begins, ends, _DAYS.index(weekly[1]), digest_at, nightly)
        except ValueError:
            raise SettingsError("[alarms] takes times of day from 00:00 to 23:59.") from None

    def quiet_until(self, at: datetime) -> datetime | None:
        """When the quiet hours end that `at` lies in; None where it lies in none."""
        begin, end = (
            datetime.combine(at.date(), each, at.tzinfo) for each in (self.quiet_from, self.quiet_to)
        )
        if self.quiet_from <= self.quiet_to:
            return end if begin <= at < end else None
        if at < end:
            return end
        return end + timedelta(days=1) if at >= begin else None
