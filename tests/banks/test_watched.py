"""A watched file or address: read when it has changed, whole; half of it empties no bank."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from bridge.banks.exchanges import watched
from bridge.banks.exchanges.client import new_client
from bridge.banks.exchanges.exchange import Put
from bridge.banks.exchanges.exchanges import Exchanges
from bridge.banks.exchanges.syncing import Syncs
from bridge.banks.exchanges.watched import Watched
from bridge.catalogue import ListKind
from bridge.errors import AddressRefused, ExchangeError, InputError
from bridge.keys.secrets import SecretName
from bridge.store.exchanges import StoredExchange, find_exchange
from bridge.store.store import Store
from tests.api.webserver import answer, redirect
from tests.banks.syncing import Office, md5
from tests.fakes.site import Asked, site
from tests.stores import open_store

PDQ = "0f" * 32


def text_of(*numbers: int) -> str:
    return "".join(f"{md5(number).hex}\n" for number in numbers)


def values_of(*numbers: int) -> set[tuple[str, str]]:
    return {("md5", md5(number).hex) for number in numbers}


@dataclass
class Desk:
    store: Store
    syncs: Syncs
    exchanges: Exchanges

    async def sync(self, name: str = "list") -> StoredExchange:
        await self.syncs.ask(name)
        return await self.store.read(lambda connection: find_exchange(connection, name))

    async def connect(self, source: str) -> None:
        await self.exchanges.connect("list", ListKind.WATCHED, {"source": source}, "user:op")

    async def values(self) -> set[tuple[str, str]]:
        return await Office(self.store).values("list")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async def no_secret(name: SecretName) -> str:
        raise AssertionError(name)

    store = await open_store(tmp_path / "store.db")
    syncs = Syncs(store, no_secret, lambda: new_client(()))
    yield Desk(store, syncs, Exchanges(store, syncs))
    await syncs.close()
    await store.close()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as made:
        yield made


async def test_a_file_is_read_when_it_has_changed_and_what_left_it_leaves_the_bank(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "PAGE", 2)
    file = tmp_path / "list.txt"
    file.write_text(text_of(1, 2, 3, 4, 5))
    await desk.connect(str(file))
    state = await desk.sync()
    assert await desk.values() == values_of(1, 2, 3, 4, 5)
    assert state.changes_read == 5
    state = await desk.sync()
    assert state.changes_read == 0, "it had not changed"
    put_in_place(file, text_of(1, 3, 6))
    await desk.sync()
    assert await desk.values() == values_of(1, 3, 6)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "no hash in the list"),
        ("<html>sorry</html>\n", "no hash in the list"),
        (f'[{{"md5": "{md5(1).hex}"}}, {{"md5', "not JSON|ends early|neither text"),
        (f'[{{"md5": "{md5(1).hex}"}},', "ends early"),
    ],
)
async def test_what_is_no_whole_list_leaves_the_bank_as_it_was(
    desk: Desk, tmp_path: Path, body: str, why: str
) -> None:
    file = tmp_path / "list.txt"
    file.write_text(text_of(1, 2))
    await desk.connect(str(file))
    await desk.sync()
    put_in_place(file, body)
    state = await desk.sync()
    assert re.search(why, state.fault), state.fault
    assert await desk.values() == values_of(1, 2)
    put_in_place(file, text_of(2))
    assert (await desk.sync()).fault == ""
    assert await desk.values() == values_of(2)


async def test_a_list_goes_on_in_its_version_and_begins_anew_in_another(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "PAGE", 2)
    file = tmp_path / "list.csv"
    file.write_text("hash_type,hash_value\n" + "".join(f"md5,{md5(n).hex}\n" for n in range(5)))
    first = await Watched(str(file), client).page("")
    assert [len(first.changes), first.last, first.complete] == [2, False, False]
    after_a_kill = Watched(str(file), client)
    second = await after_a_kill.page(first.checkpoint)
    third = await after_a_kill.page(second.checkpoint)
    keys = [change.key for page in (first, second, third) for change in page.changes]
    assert len(set(keys)) == len(keys) == 5
    assert (third.last, third.complete) == (True, True)
    put_in_place(file, text_of(1, 2, 3))
    with pytest.raises(ExchangeError) as raised:
        await Watched(str(file), client).page(first.checkpoint)
    assert raised.value.expired


async def test_contents_of_hma_are_read_without_what_is_switched_off_there(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "hma.json"
    contents = [
        {"id": 1, "disable_until_ts": 1, "signals": {"pdq": PDQ, "video_md5": md5(1).hex}},
        {"id": 2, "disable_until_ts": 0, "signals": {"video_md5": md5(2).hex}},
        {"id": 3, "disable_until_ts": 4_000_000_000, "signals": {"video_md5": md5(3).hex}},
    ]
    file.write_text(json.dumps(contents))
    page = await Watched(str(file), client).page("")
    kinds = {
        signal.type.value for change in page.changes if isinstance(change, Put) for signal in change.signals
    }
    assert kinds == {"pdq", "md5"}
    assert (len(page.changes), page.unread) == (2, 2)


async def test_a_file_that_is_not_there_says_so(desk: Desk, tmp_path: Path) -> None:
    await desk.connect(str(tmp_path / "none.txt"))
    assert "No such file" in (await desk.sync()).fault


@dataclass
class Web:
    """A list behind an address, with the validators that a test gives it."""

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    next: bytes = b""

    def __call__(self, asked: Asked) -> bytes:
        self.asked.append(asked)
        if self.next:
            said, self.next = self.next, b""
            return said
        etag = self.headers.get("ETag")
        if etag and asked.headers.get("if-none-match") == etag:
            return answer(b"", "304 Not Modified")
        return answer(self.body, **self.headers)


async def test_an_address_is_asked_whether_the_list_has_changed(client: httpx.AsyncClient) -> None:
    web = Web(text_of(1).encode(), {"ETag": '"a"', "Last-Modified": "Thu, 26 Nov 2026 00:00:00 GMT"})
    async with site(web) as url:
        first = await Watched(url, client).page("")
        again = await Watched(url, client).page(first.checkpoint)
        assert (len(first.changes), first.complete) == (1, True)
        assert (again.changes, again.last, again.complete) == ((), True, False)
        assert web.asked[1].headers["if-modified-since"] == "Thu, 26 Nov 2026 00:00:00 GMT"
        web.body, web.headers = text_of(1, 2).encode(), {"ETag": '"b"'}
        assert len((await Watched(url, client).page(again.checkpoint)).changes) == 2


async def test_a_server_without_validators_is_compared_by_what_it_sends(client: httpx.AsyncClient) -> None:
    web = Web(text_of(1).encode())
    async with site(web) as url:
        first = await Watched(url, client).page("")
        again = await Watched(url, client).page(first.checkpoint)
    assert (again.changes, again.complete) == ((), False)


@pytest.mark.parametrize(
    ("said", "why", "wait"),
    [
        (answer(b"", "500 No"), "status 500", None),
        (answer(b"", "401 No"), "credentials", None),
        (answer(b"", "429 No", **{"Retry-After": "120"}), "too often", 120),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + text_of(1).encode(), "does not answer", None),
        (b"no http", "does not answer", None),
        (redirect("ftp://127.0.0.1/"), "without encryption", None),
    ],
)
async def test_an_address_that_answers_badly_says_how(
    client: httpx.AsyncClient, said: bytes, why: str, wait: int | None
) -> None:
    web = Web(next=said)
    async with site(web) as url:
        with pytest.raises(ExchangeError, match=why) as raised:
            await Watched(url, client).page("")
    assert raised.value.retry_after == wait
    assert md5(1).hex not in raised.value.message


async def test_redirects_are_followed_and_nobody_s_own_network_is_reached(client: httpx.AsyncClient) -> None:
    web = Web(text_of(1).encode(), next=redirect("/there"))
    async with site(web) as url:
        assert len((await Watched(url, client).page("")).changes) == 1
        assert web.asked[1].path == "/there"
        async with new_client(()) as guarded:
            with pytest.raises(AddressRefused):
                await Watched(url, guarded).page("")
        async with new_client(("127.0.0.1",)) as allowed:
            assert len((await Watched(url, allowed).page("")).changes) == 1


@pytest.mark.parametrize(
    "source", ["list.txt", "http://example.org/list", "https://user:word@example.org/list", "https:///list"]
)
async def test_only_a_whole_path_or_an_https_address_is_watched(desk: Desk, source: str) -> None:
    with pytest.raises(InputError, match="source takes"):
        await desk.connect(source)


def put_in_place(file: Path, body: str) -> None:
    """As whoever writes such files should."""
    new = file.with_suffix(".new")
    new.write_text(body)
    os.replace(new, file)
