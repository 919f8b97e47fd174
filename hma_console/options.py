"""What the console is told when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from hma_console.images import Means


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """`theme` and `symbols` are empty where the console shall choose by the terminal.

    `own_bridge` says that the bridge ends with the console; `is_demo` that its data are harmless
    pictures in a place of their own; `means` what a revealed picture is drawn with.
    """

    own_bridge: bool = False
    host: str = ""
    user: str = ""
    theme: str = ""
    symbols: str = ""
    is_demo: bool = False
    means: Means = field(default_factory=Means)
