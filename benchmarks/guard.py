"""The guard of a real PDS: the gate's latency, events through the firehose, backfill."""

from __future__ import annotations

import asyncio
import sys

from benchmarks import backfill, events, gate
from tests.network.network import NODE


def run() -> None:
    """Prints a line for each figure."""
    if not NODE.exists():
        print("The real PDS is not installed: run `make network`. Nothing was measured.", file=sys.stderr)
        return
    for figures in (gate.figures, events.figures, backfill.figures):
        asyncio.run(figures())
        print()
