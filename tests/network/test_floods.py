"""Strangers flood the gate with a listed picture: they are refused, cost little, and nobody is blamed."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import Counter
from pathlib import Path

import httpx
import pytest

from bridge.settings import Settings
from tests.houses import jpeg
from tests.network.network import PATH, Account, Network, link
from tests.network.test_kills import prepared, rows
from tests.pictures import encoded, noise_photograph
from tests.serving import Served, serving

AT_ONCE = 24
HONEST = 50
"""Every so many uploads of strangers somebody uploads who may."""
LARGEST = 300_000_000
A_REFUSAL, ALL_ELSE = 4 << 10, 2 << 20
"""Bytes that the store may grow by: for an upload that the gate itself refused (it is logged), and in all."""

log = logging.getLogger(__name__)


def forged(account: Account) -> str:
    """A token that names a real account and that the PDS did not sign."""
    signed, _, _ = account.http.headers["Authorization"].rpartition(".")
    return f"{signed}.{base64.urlsafe_b64encode(bytes(64)).decode().rstrip('=')}"


async def flooded(served: Served, uploads: int, stranger: str, honest: Account) -> Counter[int]:
    """The statuses that strangers got: half have no token; half of the pictures are new copies."""
    numbers, statuses = iter(range(uploads)), Counter[int]()

    async def one_after_another(http: httpx.AsyncClient) -> None:
        for number in numbers:
            token = {"Authorization": stranger} if number % 2 else {}
            body = jpeg(0) + (number.to_bytes(4) if number % 4 > 1 else b"")
            answer = await http.post(PATH, content=body, headers={"Content-Type": "image/jpeg", **token})
            statuses[answer.status_code] += 1
            if number % HONEST == 0:
                given = {"Authorization": honest.http.headers["Authorization"], "Content-Type": "image/png"}
                own = encoded(noise_photograph(number, 64, 64))
                answer = await http.post(PATH, content=own, headers=given)
                assert answer.status_code == 200, answer.text

    async with httpx.AsyncClient(base_url=served.url, timeout=60) as http:
        await asyncio.gather(*(one_after_another(http) for _ in range(AT_ONCE)))
    return statuses


async def harms_nobody(settings: Settings, net: Network, uploads: int, mode: str) -> None:
    async with prepared(settings, net) as options, net.account() as honest, net.account() as blamed:
        chosen = ("--set", "operator.country=US", "--set", f"gate.mode={mode}")
        with serving(settings.data_dir, *options, *chosen) as served:
            before = size(settings)
            statuses = await flooded(served, uploads, forged(blamed), honest)
            most = served.memory("VmHWM")
            grown = size(settings) - before
            assert sum(statuses.values()) == uploads
            assert set(statuses) <= {400, 401}, statuses
            assert most < LARGEST, f"{most / 1e6:.0f} MB"
            assert grown < ALL_ELSE + (uploads * A_REFUSAL if mode == "block" else 0), f"{grown:,} bytes"
            nobody_is_blamed(settings, honest)
            assert len(net.blobs_stored(honest.did)) == -(-uploads // HONEST)
            each = grown / uploads
            log.info(
                "%s: %s, %.0f MB at most, the store grew by %.0f bytes each", mode, statuses, most / 1e6, each
            )
            if mode == "hold":
                await an_account_of_the_pds_is(settings, served, honest)


def size(settings: Settings) -> int:
    """Bytes of the store."""
    ((pages, each),) = rows(settings.store_path, "SELECT * FROM pragma_page_count(), pragma_page_size()")
    return int(str(pages)) * int(str(each))


def nobody_is_blamed(settings: Settings, honest: Account) -> None:
    store = settings.store_path
    assert rows(store, "SELECT * FROM cases") == []
    assert rows(store, "SELECT * FROM actions") == []
    assert rows(store, "SELECT * FROM evidence") == []
    assert {did for (did,) in rows(store, "SELECT DISTINCT did FROM uploads")} <= {"", honest.did}
    assert rows(store, "SELECT * FROM uploads WHERE verdict = 'matched' AND did <> ''") == []
    assert vault_files(settings) == []


async def an_account_of_the_pds_is(settings: Settings, served: Served, account: Account) -> None:
    """The same picture with a token that the PDS accepts: so what is not there could have been."""
    given = {"Authorization": account.http.headers["Authorization"], "Content-Type": "image/jpeg"}
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as http:
        answer = await http.post(PATH, content=jpeg(0), headers=given)
    assert answer.status_code == 200, answer.text
    [(did, cid)] = rows(settings.store_path, "SELECT did, cid FROM uploads WHERE verdict = 'matched'")
    assert (did, cid) == (account.did, link(answer.json()["blob"]))
    assert len(rows(settings.store_path, "SELECT * FROM cases")) == 1
    assert len(vault_files(settings)) == 1


def vault_files(settings: Settings) -> list[Path]:
    return list(settings.vault_dir.iterdir()) if settings.vault_dir.exists() else []


@pytest.mark.parametrize("mode", ["hold", "block"])
@pytest.mark.parametrize(
    "uploads", [100, pytest.param(10_000, marks=[pytest.mark.trial, pytest.mark.timeout(1200)])]
)
async def test_a_flood_of_strangers_harms_nobody(
    settings: Settings, net: Network, uploads: int, mode: str
) -> None:
    await harms_nobody(settings, net, uploads, mode)
