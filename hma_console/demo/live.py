"""The demo's bridge: in a temporary data directory, with its bank, and with the app uploading."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bridge.catalogue import Bank, Category
from bridge.keys.passphrases import PassphraseSources
from bridge.runtime import Bridge, running_bridge
from bridge.settings import Settings, load
from hma_console.answers import Body
from hma_console.attach import attached
from hma_console.client import BridgeClient
from hma_console.demo.app import DemoApp
from hma_console.demo.pictures import bank_pictures
from hma_console.demo.plan import plan
from hma_console.wire import Wire

BANK = Bank(
    "demo pictures",
    category=Category.TEST,
    threshold=Category.TEST.default_threshold,
    description="Harmless pictures that ship with the demo",
)
APP_NAME = "demo-app"
UPLOAD_EVERY = 0.7
"""Seconds: matches are soon to be seen, and each can be read before the next."""


@dataclass(frozen=True, slots=True)
class DemoBridge:
    """A running bridge with the demo's bank; `key` is the API key of the demo's app."""

    settings: Settings
    bridge: Bridge
    key: str

    @asynccontextmanager
    async def app(self) -> AsyncIterator[DemoApp]:
        """The demo's app, speaking to this bridge over TCP."""
        async with httpx.AsyncClient(base_url=self.bridge.url, headers={"X-API-Key": self.key}) as http:
            yield DemoApp(http)


@asynccontextmanager
async def demo_bridge() -> AsyncIterator[DemoBridge]:
    """With the app uploading in the background until the block is left.

    Where the uploading has failed meanwhile, its error is raised then. Raises NotFound where the
    demo's pictures are missing.
    """
    async with stocked_bridge() as demo:
        uploading = asyncio.create_task(_upload_for_ever(demo), name="demo uploads")
        try:
            yield demo
        finally:
            uploading.cancel()
            await asyncio.wait((uploading,))
            if not uploading.cancelled():
                uploading.result()


PASSPHRASE = "echo nothing in the demo is secret"
"""The demo's log is signed, too; its keys last as long as it does."""


@asynccontextmanager
async def stocked_bridge() -> AsyncIterator[DemoBridge]:
    """Without uploads. Its data are removed when the block is left."""
    with TemporaryDirectory(prefix="hma-demo-") as folder:
        settings = load(Path(folder), assignments=["bridge.port=0", f"log.head_copy={folder}/heads"])
        async with running_bridge(settings, PassphraseSources(command=PASSPHRASE)) as bridge:
            yield DemoBridge(settings, bridge, await _stock(settings))


async def _stock(settings: Settings) -> str:
    """Makes and fills the bank. The API key for the app."""
    async with attached(settings, listens=True) as operator:
        client = BridgeClient(operator.http)
        await client.make_bank(BANK)
        for picture in bank_pictures():
            await client.add_picture(BANK.name, picture.file().content)
        made = await Wire(operator.http).ask("POST", "/apikeys", body={"name": APP_NAME, "scopes": ["match"]})
    return Body(made).text("key")


async def _upload_for_ever(demo: DemoBridge) -> None:
    async with demo.app() as app, aclosing(app.upload_all(plan())) as uploads:
        async for _ in uploads:
            await asyncio.sleep(UPLOAD_EVERY)
