"""Which version the PDS says it is: asked now and then, since it may be upgraded meanwhile."""

from __future__ import annotations

import asyncio

from bridge.atproto.pds import Pds
from bridge.errors import PdsRefused, Unreachable

ASK_SECONDS, DOWN_SECONDS = 300.0, 10.0
LONGEST = 40


class Health:
    """`run` is the owner task. `version` is what the PDS said last, empty where it says none."""

    def __init__(self, pds: Pds) -> None:
        self._pds = pds
        self.version = ""

    async def run(self) -> None:
        """Ends when cancelled."""
        while True:
            try:
                told = (await self._pds.query("_health", {})).get("version")
            except PdsRefused:  # no such address there
                told = None
            except Unreachable:
                await asyncio.sleep(DOWN_SECONDS)
                continue
            self.version = told[:LONGEST] if isinstance(told, str) else ""
            await asyncio.sleep(ASK_SECONDS)
