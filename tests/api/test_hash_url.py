"""`POST /api/v1/hash/url`: fetches what is public, and is nobody's way into this network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpcore
import httpx
import pytest

import bridge.limits
from bridge.settings import FetchSettings, Settings
from tests.api.asking import V1, pdq_of, picture
from tests.api.webserver import WebServer, answer, redirect, web_server

Addresses = dict[str, Iterator[list[str]]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    limits = bridge.limits.Limits(upload_bytes=1 << 20)
    return replace(settings, fetch=FetchSettings(("pictures.example",)), limits=limits)


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    """What each host name resolves to, time after time; the rest is left to the system."""
    known: Addresses = {"pictures.example": always("127.0.0.1")}
    loop = asyncio.get_running_loop()
    system = loop.getaddrinfo

    async def getaddrinfo(host: str, port: int, **options: int) -> list[tuple[object, ...]]:
        if host not in known:
            return list(await system(host, port, **options))
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in one], socket.SOCK_STREAM, 6, "", (one, port)) for one in next(known[host])]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return known


@pytest.fixture
async def site(names: Addresses) -> AsyncIterator[WebServer]:
    """Reachable only as `pictures.example`, which is allowed by name."""
    async with web_server({"/a.png": answer(picture())}) as site:
        yield site


def always(*addresses: str) -> Iterator[list[str]]:
    while True:
        yield list(addresses)


async def fetch(app: httpx.AsyncClient, url: str) -> httpx.Response:
    return await app.post(f"{V1}/hash/url", json={"url": url})


async def test_a_host_allowed_by_name_is_fetched_from(app: httpx.AsyncClient, site: WebServer) -> None:
    found = await fetch(app, f"http://pictures.example:{site.port}/a.png")
    assert found.json()["hash"] == await pdq_of(app, picture())
    assert site.asked == ["/a.png"]


async def test_the_same_machine_under_another_name_is_not(
    app: httpx.AsyncClient, site: WebServer, names: Addresses
) -> None:
    names["other.example"] = always("127.0.0.1")
    for host in ("other.example", "localhost", "127.0.0.1"):
        found = await fetch(app, f"http://{host}:{site.port}/a.png")
        assert (found.status_code, found.json()["error"]) == (400, "AddressRefused"), host
    assert site.asked == []


@pytest.mark.usefixtures("names")
async def test_an_address_that_is_not_public_is_refused(app: httpx.AsyncClient) -> None:
    for host in (
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
    ):
        found = await fetch(app, f"http://{host}/")
        assert (found.status_code, found.json()["error"]) == (400, "AddressRefused"), host


async def test_a_name_with_one_private_address_among_public_ones_is_refused(
    app: httpx.AsyncClient, names: Addresses
) -> None:
    names["both.example"] = always("93.184.215.14", "10.0.0.1")
    names["mapped.example"] = always("::ffff:10.0.0.1")
    for host in ("both.example", "mapped.example"):
        assert (await fetch(app, f"https://{host}/")).json()["error"] == "AddressRefused"


async def test_a_redirect_to_a_private_address_is_refused(app: httpx.AsyncClient, names: Addresses) -> None:
    async with web_server({}) as inner:
        secret = f"127.0.0.1:{inner.port}/a.png"
        answers = {
            f"/{code}": answer(b"", f"{code} x", Location=f"http://{secret}") for code in (301, 303, 307, 308)
        }
        answers["/no-scheme"] = redirect(f"//{secret}")
        answers["/ftp"] = redirect("ftp://pictures.example/a.png")
        async with web_server(answers) as outer:
            for path in answers:
                found = await fetch(app, f"http://pictures.example:{outer.port}{path}")
                assert (found.status_code, found.json()["error"]) == (400, "AddressRefused"), path
        assert inner.asked == []


async def test_a_redirect_within_what_is_allowed_is_followed(
    app: httpx.AsyncClient, names: Addresses
) -> None:
    async with web_server({"/a": redirect("/b"), "/b": answer(picture())}) as site:
        found = await fetch(app, f"http://pictures.example:{site.port}/a")
    assert found.status_code == 200
    assert site.asked == ["/a", "/b"]


async def test_a_name_is_asked_once_and_that_very_address_is_connected_to(
    app: httpx.AsyncClient, names: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that turns private between the check and the connection gains nothing."""
    names["turning.example"] = iter([["93.184.215.14"], ["127.0.0.1"]])
    connected: list[str] = []

    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(
        self: httpcore.AnyIOBackend, host: str, port: int, *given: Any, **named: Any
    ) -> httpcore.AsyncNetworkStream:
        if port != 80:
            return await connect(self, host, port, *given, **named)
        connected.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    first = await fetch(app, "http://turning.example/")
    second = await fetch(app, "http://turning.example/")
    assert (first.status_code, first.json()["error"]) == (502, "Unreachable")
    assert (second.status_code, second.json()["error"]) == (400, "AddressRefused")
    assert connected == ["93.184.215.14"]


async def test_other_schemes_are_refused(app: httpx.AsyncClient) -> None:
    for url in (
        "file:///etc/passwd",
        "ftp://example.org/a",
        "gopher://example.org/",
        "data:image/png;base64,AA==",
    ):
        found = await fetch(app, url)
        assert found.status_code == 400, url
        assert found.json()["error"] in ("AddressRefused", "InputError"), url


async def test_what_is_no_address_answers_400(app: httpx.AsyncClient) -> None:
    for url in (
        None,
        7,
        "",
        "x",
        "http://",
        "http://a:99999/",
        "http://[::1",
        "http://a:0/",
        "http://ä.example/",
    ):
        found = await app.post(f"{V1}/hash/url", json={"url": url})
        assert (found.status_code, found.json()["error"]) == (400, "InputError"), url


async def test_what_does_not_answer_with_a_picture_says_so(app: httpx.AsyncClient, names: Addresses) -> None:
    answers = {
        "/text": answer(b"a text"),
        "/cut": answer(picture())[:-100],
        "/noise": b"\0" * 100,
        "/round": redirect("/round"),
        "/large": answer(bytes(2 << 20)),
    }
    async with web_server(answers) as site:
        results = {
            path: (await fetch(app, f"http://pictures.example:{site.port}{path}")).status_code
            for path in (*answers, "/missing")
        }
    assert results == {
        "/text": 422,
        "/cut": 502,
        "/noise": 502,
        "/round": 502,
        "/large": 413,
        "/missing": 502,
    }
