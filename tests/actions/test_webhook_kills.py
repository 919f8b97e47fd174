"""kill -9 while a receiver is being told: after the restart it hears the same message under the same key."""

from __future__ import annotations

import asyncio
import stat

import httpx

from bridge.settings import Settings
from tests.api.asking import V1, Json
from tests.fakes.receiver import SECRET, receiving
from tests.serving import serving
from tests.stores import PASSPHRASE


async def keys_are_open(operator: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await operator.get(f"{V1}/status")).json()["log"]["keys"] != "open":
            await asyncio.sleep(0.05)


async def told(operator: httpx.AsyncClient, asked: Json) -> None:
    async with asyncio.timeout(30):
        while (await operator.get(f"{V1}/action/{asked['id']}")).json()["state"] != "confirmed":
            await asyncio.sleep(0.05)


async def test_what_was_sent_and_not_confirmed_is_sent_again_and_what_was_is_not(settings: Settings) -> None:
    script = settings.data_dir / "passphrase"
    script.write_text(f"#!/bin/sh\necho '{PASSPHRASE.decode()}'\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    async with receiving() as site:
        options = ("--set", f"webhooks.url={site.url}", "--passphrase-command", str(script))
        never = asyncio.Event()
        site.answers = [200, never]
        with serving(settings.data_dir, *options) as served:
            async with served.operator() as operator:
                await keys_are_open(operator)
                assert (await operator.put(f"{V1}/secrets/webhook_secret", json={"value": SECRET})).is_success
                for words in ("First.", "Second."):
                    body = {"action_type": "notify", "reason": words, "idempotency_key": words}
                    asked = (await operator.post(f"{V1}/action", json=body)).json()
                    await site.until(1 if words == "First." else 2)
                    if words == "First.":
                        await told(operator, asked)
            served.kill()
        with serving(settings.data_dir, *options) as served:
            async with served.operator() as operator:
                await told(operator, asked)
                again = (await operator.post(f"{V1}/action", json=body)).json()
                assert again["id"] == asked["id"]
        never.set()
    first, second, third = site.heard
    assert [each.json["text"] for each in site.heard] == ["First.", "Second.", "Second."]
    assert first.key != second.key == third.key
    assert all(each.is_signed() for each in site.heard)
