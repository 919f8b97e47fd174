"""The nginx rule that ships, with a real nginx: no spelling goes round the gate, dead or alive."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bridge.settings import BridgeSettings, PdsSettings, Settings
from hma_console.gate_setup.rule import GATE, PDS, deploy_folder
from tests.houses import jpeg, png
from tests.network.network import PATH, Account, Network, network
from tests.network.proxies import SPELLINGS, free_port, got_in, raw_post, running
from tests.network.test_gate import MP4, gated

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None,
    reason="NGINX IS MISSING (apt-get install nginx-light): its rule in assets/deploy was not tried",
)

CONFIG = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {upstream}
    server {{
        listen 127.0.0.1:{port};
        {location}
        location / {{ proxy_pass http://{pds}; }}
    }}
}}
"""


@asynccontextmanager
async def nginx(folder: Path, port: int, gate: str, pds: str, *, refuse: bool = False) -> AsyncIterator[None]:
    """In front of gate and PDS, both as host and port."""
    upstream = (deploy_folder() / "nginx-upstream.conf").read_text()
    if refuse:
        upstream = "\n".join(line for line in upstream.splitlines() if "backup" not in line)
    upstream = upstream.replace(GATE, "\0").replace(PDS, pds).replace("\0", gate)
    location = (deploy_folder() / "nginx-gate.conf").read_text()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, upstream=upstream, location=location, pds=pds))
    async with running(port, "nginx", "-c", str(config), "-e", str(folder / "error.log")):
        yield


async def upload(port: int, ana: Account, body: bytes, **headers: str) -> httpx.Response:
    headers |= {"Authorization": ana.http.headers["Authorization"], "Content-Type": "image/png"}
    async with httpx.AsyncClient(timeout=30) as http:
        return await http.post(f"http://localhost:{port}{PATH}", content=body, headers=headers)


@asynccontextmanager
async def beside_a_pds(settings: Settings) -> AsyncIterator[tuple[Settings, Network, Account]]:
    async with network() as net, net.account() as ana:
        pds = PdsSettings(net.url, "firehose")
        yield replace(settings, bridge=BridgeSettings(port=free_port()), pds=pds), net, ana


async def test_no_spelling_and_no_encoding_goes_round_the_gate_and_a_dead_one_is_passed_by(
    settings: Settings, tmp_path: Path
) -> None:
    port = free_port()
    async with beside_a_pds(settings) as (there, net, ana):
        gate, pds = f"127.0.0.1:{there.bridge.port}", net.url.removeprefix("http://")
        async with nginx(tmp_path, port, gate, pds):
            async with gated(there, net, mode="block") as watched:
                await watched.bank("mine", png(0))
                token = ana.http.headers["Authorization"]
                for path in SPELLINGS:
                    assert not got_in(await raw_post(port, path, token, png(0))), path
                for encoding in ("gzip", "gzip, gzip", "br"):
                    packed = gzip.compress(png(0))
                    answer = await upload(port, ana, packed, **{"Content-Encoding": encoding})
                    assert answer.status_code == 415
                for body in (png(1), MP4):
                    assert (await upload(port, ana, body)).status_code == 200
                for malformed in (b"zz\r\n", b"5\r\nab"):
                    await raw_post(port, PATH, token, malformed, "Transfer-Encoding: chunked", eof=True)
                    assert not got_in(await raw_post(port, PATH, token, png(0)))
            answer = await upload(port, ana, jpeg(3))
            assert answer.status_code == 200, answer.text
            assert answer.json()["blob"] == await ana.upload(jpeg(3))


async def test_a_dead_gate_refuses_where_there_is_no_backup(settings: Settings, tmp_path: Path) -> None:
    port = free_port()
    async with beside_a_pds(settings) as (there, net, ana):
        gate, pds = f"127.0.0.1:{there.bridge.port}", net.url.removeprefix("http://")
        async with nginx(tmp_path, port, gate, pds, refuse=True):
            answer = await upload(port, ana, png(1))
            assert (answer.status_code, answer.json()["error"]) == (503, "UpstreamFailure")
            assert answer.headers["access-control-allow-origin"] == "*"
            async with httpx.AsyncClient() as http:
                assert (await http.get(f"http://localhost:{port}/xrpc/_health")).status_code == 200
