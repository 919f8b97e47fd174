"""The frozen clock of the console's tests, and lengths of time in milliseconds."""

from __future__ import annotations

from typing import Any

NOW = 1_764_158_671_000
"""2025-11-26 12:04:31 UTC: the frozen clock of the console's tests."""
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

Json = dict[str, Any]
