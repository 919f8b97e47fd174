"""What the console is told when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hma_console.images import Means
from hma_console.preferences import Preferences


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """`preferences` are the operator's own, kept in `preferences_file`, nowhere where there is none.

    `own_bridge` says that the bridge ends with the console; `is_demo` that its data are harmless
    pictures in a place of their own; `means` what a revealed picture is drawn with.
    """

    own_bridge: bool = False
    host: str = ""
    user: str = ""
    is_demo: bool = False
    preferences: Preferences = field(default_factory=Preferences)
    preferences_file: Path | None = None
    means: Means = field(default_factory=Means)
