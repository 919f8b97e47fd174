"""What the tests ask of a bridge, in one line each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import Any, Protocol

import httpx

from tests.pictures import encoded, noise_photograph

Json = dict[str, Any]

V1 = "/api/v1"


class AppClients(Protocol):
    """Makes an API key with these scopes (all, where none is named) and a client over TCP that uses it."""

    async def __call__(self, *scopes: str) -> httpx.AsyncClient: ...


@cache
def picture(seed: int = 1, form: str = "PNG") -> bytes:
    """A file with a picture of its own for each seed."""
    return encoded(noise_photograph(seed), form)


def video(size: int = 4_000) -> bytes:
    """The beginning of an MP4 file, and then anything."""
    return b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(range(250)) * (size // 250)


def flipped(hash_value: str, bits: int) -> str:
    """The hash at exactly this distance from the one given, as hexadecimal."""
    spread = sum(1 << (8 * number + 3) for number in range(bits))
    return f"{int(hash_value, 16) ^ spread:064x}"


async def make_bank(client: httpx.AsyncClient, name: str = "own", **settings: object) -> None:
    answer = await client.post(f"{V1}/admin/banks", json={"name": name, **settings})
    assert answer.status_code == 201, answer.text


async def add_hash(client: httpx.AsyncClient, bank: str, **hashes: object) -> Json:
    answer = await client.post(f"{V1}/admin/bank/{bank}/signal", json=hashes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def add_picture(client: httpx.AsyncClient, bank: str, data: bytes) -> Json:
    answer = await client.post(f"{V1}/admin/bank/{bank}/content", content=data)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def pdq_of(client: httpx.AsyncClient, data: bytes) -> str:
    answer = await client.post(f"{V1}/hash", content=data)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["hash"])


async def upload(client: httpx.AsyncClient, data: bytes, **fields: str) -> httpx.Response:
    """One upload, as a form."""
    return await client.post(f"{V1}/match", files={"image": ("picture", data)}, data=fields)


async def ask_hash(client: httpx.AsyncClient, value: str, **fields: object) -> httpx.Response:
    return await client.post(f"{V1}/match", json={"hash_value": value, **fields})


async def in_pieces(data: bytes, size: int = 1_000) -> AsyncIterator[bytes]:
    """As a body of unknown length: httpx then sends chunks and no Content-Length."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def form(*parts: tuple[str, bytes] | tuple[str, bytes, str]) -> tuple[bytes, dict[str, str]]:
    """A multipart body with its header; a part with a third member, a file name, is a file."""
    body = b""
    for name, value, *file_name in parts:
        named = f'; filename="{file_name[0]}"' if file_name else ""
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        body += head.encode() + value + b"\r\n"
    return body + b"--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}
