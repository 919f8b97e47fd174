"""A bell: an owner task sleeps by it, and whoever brings work rings."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Rung while nobody waits, it is heard by the next who does. For one event loop and one waiter."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Until it is rung, or `seconds` have passed; then it is silent again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
