"""What `doctor` says of an HMA, by how it is set up and what state it is in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hma_console.doctor import hma as checks
from hma_console.doctor.asking import asked
from hma_console.doctor.finding import Finding, Level
from hma_console.doctor.hma_pictures import pictures
from tests.fakes.hma import Trouble
from tests.fakes.hma_setup import ROUTES, SetUpHma, set_up_hma

TOKEN = "token-of-hma"
HASHES = (
    "8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0",
    "2d6b1af3a956c529e79ca3d2526fa834d4196c81cedd04de0a26b855fc99b724",
    "8792786c879370e4af1bc0e43f1bc0e03f1cc2e33da4c3537cec821b2ce4f376",
)


async def found(url: str, token: str = TOKEN) -> list[Finding]:
    async with asked(url, token) as server:
        return [finding async for finding in checks.examine(server)]


def worst(findings: list[Finding]) -> list[str]:
    """What is not fine, in words."""
    return [f"{each.level.value}: {each.what}" for each in findings if each.level is not Level.OK]


@asynccontextmanager
async def well_set_up(token: str = TOKEN) -> AsyncIterator[SetUpHma]:
    async with set_up_hma(token) as hma:
        hma.load("LIST", *HASHES)
        yield hma


async def test_an_hma_set_up_by_our_file_is_fine_and_every_line_says_so() -> None:
    async with well_set_up() as hma:
        findings = await found(hma.url)
        assert worst(findings) == []
        assert [each.what for each in findings] == [
            f"{hma.url} answers and is ready",
            "it sends away who has no token, and takes ours",
            "its development routes are off",
            "all 3 PDQ hashes are in its index",
            "it is of release 1.1.5 or later; 1.1.7 was tried",
            "ours and that of hma agree",
        ]
        assert {line.split()[0] for line in hma.asked} == {"GET"}


async def test_where_nobody_listens_it_says_so_and_no_more() -> None:
    async with well_set_up() as hma:
        url = hma.url
    (finding,) = await found(url)
    assert (finding.level, finding.is_unreachable) == (Level.BAD, True)
    assert finding.what.startswith(f"{url} cannot be reached: ")


async def test_another_server_is_called_no_hma() -> None:
    async with well_set_up() as hma:
        hma.trouble = Trouble.HTML
        assert worst(await found(hma.url)) == [f"bad: what answers at {hma.url} is no HMA"]


async def test_alive_is_not_called_ready() -> None:
    async with well_set_up() as hma:
        hma.is_loaded = False
        first, *_ = await found(hma.url)
        assert (first.level, first.what) == (
            Level.BAD,
            "it runs, and has loaded no index yet: nothing is compared",
        )
        hma.is_loaded, hma.is_stale = True, True
        first, *_ = await found(hma.url)
        assert (first.level, first.what) == (Level.BAD, "its index is stale: it could not be read anew")


async def test_an_hma_that_takes_everybody_is_named() -> None:
    async with well_set_up(token="") as hma:
        (said,) = worst(await found(hma.url, token=""))
        assert said.startswith("look: it answers without a token: whoever reaches it can")


@pytest.mark.parametrize(
    ("token", "said"), [("", "wants a token, and none is set"), ("x", "refuses our token")]
)
async def test_a_token_that_it_does_not_take_is_named(token: str, said: str) -> None:
    async with well_set_up() as hma:
        assert f"bad: it {said}" in worst(await found(hma.url, token))


async def test_a_development_configuration_is_named_and_its_routes_are_never_asked() -> None:
    async with set_up_hma(TOKEN, is_development=True) as hma:
        hma.load("LIST", *HASHES)
        (said,) = worst(await found(hma.url))
        assert said.startswith("bad: it runs a development configuration: one request to /dev/factory_reset")
        assert not any("/dev" in line for line in hma.asked)


async def test_a_single_entry_is_named_where_its_index_never_finds_it() -> None:
    async with set_up_hma(TOKEN) as hma:
        hma.load("LIST", HASHES[0])
        assert worst(await found(hma.url)) == [
            "look: it holds one hash in all, and does not find it: HMA's own index never does"
        ]
        hma.state.is_flat = True
        assert worst(await found(hma.url)) == []
        assert not any(HASHES[0] in line for line in hma.asked)


async def test_a_database_that_is_away_is_named_and_nothing_else_is_blamed() -> None:
    """As the real server of 1.1.7: for some 40 seconds it goes on calling itself ready."""
    async with well_set_up() as hma:
        hma.has_database = False
        assert worst(await found(hma.url)) == ["bad: its list of banks answers 500"]


async def test_an_index_that_lags_is_looked_at_and_one_that_is_not_built_is_bad() -> None:
    async with well_set_up() as hma:
        hma.state.add(hma.state.banks[0], {"pdq": HASHES[0]})
        assert worst(await found(hma.url)) == ["look: its index has 3 of 4 PDQ hashes"]
        hma.state.now = lambda: int(time.time()) - checks.INDEXED_WITHIN - 5
        for content in hma.state.contents.values():
            content.added_at = hma.state.now()
        assert worst(await found(hma.url)) == ["bad: its index has 3 of 4 PDQ hashes"]
    async with set_up_hma(TOKEN) as hma:
        bank = hma.state.add_bank("LIST")
        for value in HASHES:
            hma.state.add(bank, {"pdq": value})
        assert worst(await found(hma.url)) == ["look: its index has 0 of 3 PDQ hashes"]
        for content in hma.state.contents.values():
            content.added_at -= checks.INDEXED_WITHIN + 5
        assert worst(await found(hma.url)) == ["bad: its index has 0 of 3 PDQ hashes"]


async def test_a_bank_that_matches_by_chance_is_named() -> None:
    async with well_set_up() as hma:
        hma.load("HALF", HASHES[0], ratio=0.5)
        hma.state.add_bank("OFF", 0.0)
        assert worst(await found(hma.url)) == ["look: bank HALF matches by chance only"]


async def test_an_older_release_is_told_by_what_it_has_not() -> None:
    async with set_up_hma(TOKEN, has_live=False) as hma:
        hma.load("LIST", *HASHES)
        assert worst(await found(hma.url)) == ["look: it is older than release 1.1.5; 1.1.7 was tried"]


@pytest.mark.parametrize("trouble", [Trouble.FAULT, Trouble.FULL, Trouble.HALF_JSON])
async def test_whatever_it_answers_there_is_a_finding_and_no_crash(trouble: Trouble) -> None:
    async with well_set_up() as hma:
        hma.trouble = trouble
        assert any(each.level is Level.BAD for each in await found(hma.url))


async def test_pictures_of_uploads_go_to_it_only_where_it_can_hash_them_and_nobody_sees_them() -> None:
    async with well_set_up() as hma, asked(hma.url, TOKEN) as server:
        (fine,) = await pictures(server)
        assert (fine.level, fine.what.split(",")[0]) == (Level.OK, "each picture that is uploaded goes to it")
        hma.not_found.add("/site-map")
        assert len(await pictures(server)) == 1
        hma.not_found.clear()
        hma.routes = tuple(each for each in ROUTES if each != "/h/hash")
        (finding,) = await pictures(server)
        assert (finding.level, finding.what.split(",")[0]) == (Level.BAD, "it hashes no pictures")
        assert {line.split()[0] for line in hma.asked} == {"GET"}
    async with asked("http://hma.example.org", TOKEN) as elsewhere:
        (finding,) = await pictures(elsewhere)
        assert (finding.level, "in the clear" in finding.what) == (Level.BAD, True)
