"""`init --gate` and `gate off` with a real Caddy that runs as the PDS's installer has it run."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.settings import BridgeSettings, PdsSettings, Settings
from tests.fakes import docker
from tests.houses import jpeg, png
from tests.network.network import PATH, Account, Network, link, network
from tests.network.proxies import SPELLINGS, free_port, got_in, raw_post, running, trusting
from tests.network.test_gate import gated
from tests.network.watching import Watched

pytestmark = pytest.mark.skipif(
    shutil.which("caddy") is None,
    reason="CADDY IS MISSING (apt-get install caddy): `init --gate` was not tried",
)

INSTALLERS = """{{
\temail someone@example.com
\ton_demand_tls {{
\t\task http://localhost:{ask}/tls-check
\t}}
\t# Added for the test: other ports, own certificates, a folder of its own.
\tadmin {admin}
\thttp_port {http}
\thttps_port {https}
\tlocal_certs
\tskip_install_trust
\tstorage file_system {storage}
\t{option}
}}

*.localhost, localhost {{
\ttls {{
\t\ton_demand
\t}}
\treverse_proxy http://localhost:{pds}
}}
"""


@dataclass(slots=True)
class Host:
    """A server with a PDS, its Caddy and an account; `settings` are those of the bridge beside them."""

    settings: Settings
    net: Network
    ana: Account
    caddyfile: Path
    port: int
    original: bytes
    tools: Path

    async def run(self, *command: str, fail: str = "open") -> tuple[int, str, str]:
        """The program as the operator runs it: exit code, output, errors."""
        settings = self.settings
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hma_console", "--data-dir", str(settings.data_dir)),
            *("--set", f"pds.url={settings.pds.url}", "--set", "pds.mode=firehose"),
            *("--set", "gate.mode=block", "--set", f"gate.fail={fail}"),
            *("--set", f"bridge.port={settings.bridge.port}"),
            *(*command, "--caddyfile", str(self.caddyfile)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}"},
        )
        async with asyncio.timeout(60):
            out, errors = await process.communicate()
        return process.returncode or 0, out.decode(), errors.decode()

    async def told(self, *command: str, fail: str = "open") -> dict[str, Any]:
        code, out, errors = await self.run(*command, "--yes", "--json", fail=fail)
        assert code == 0, errors
        told: dict[str, Any] = json.loads(out)
        return told

    @asynccontextmanager
    async def gate(self) -> AsyncIterator[Watched]:
        async with gated(self.settings, self.net, mode="block") as watched:
            yield watched

    async def post(self, body: bytes, path: str = PATH) -> bytes:
        return await raw_post(self.port, path, self.ana.http.headers["Authorization"], body, tls=True)

    async def upload(self, body: bytes) -> httpx.Response:
        headers = {"Authorization": self.ana.http.headers["Authorization"], "Content-Type": "image/png"}
        async with httpx.AsyncClient(verify=trusting(), timeout=30) as http:
            return await http.post(f"https://localhost:{self.port}{PATH}", content=body, headers=headers)

    def is_a_copy(self, path: str) -> bool:
        copy = Path(path)
        return copy.read_bytes() == self.original and copy.stat().st_mode == self.caddyfile.stat().st_mode

    def untouched(self) -> bool:
        """The Caddyfile as it was, and nothing new beside it."""
        files = [each.name for each in self.caddyfile.parent.iterdir()]
        return self.caddyfile.read_bytes() == self.original and files == [self.caddyfile.name]


@asynccontextmanager
async def host(
    settings: Settings, folder: Path, option: str = "", *, admin: str = "", site: str = ""
) -> AsyncIterator[Host]:
    """`option` is added to the global options, `site` is put into the place of `reverse_proxy`."""
    async with AsyncExitStack() as stack:
        net = await stack.enter_async_context(network())
        ana = await stack.enter_async_context(net.account())
        ask = await asyncio.start_server(_yes, "127.0.0.1", 0)
        await stack.enter_async_context(ask)
        port = free_port()
        text = INSTALLERS.format(
            ask=ask.sockets[0].getsockname()[1],
            admin=admin or f"localhost:{free_port()}",
            http=free_port(),
            https=port,
            storage=folder / "storage",
            option=option,
            pds=net.url.rpartition(":")[2],
        )
        if site:
            text = text.replace("reverse_proxy", f"{site}\n\treverse_proxy")
        caddyfile = folder / "pds/caddy/etc/caddy/Caddyfile"
        caddyfile.parent.mkdir(parents=True)
        (folder / "pds/compose.yaml").touch()
        caddyfile.write_text(text)
        caddyfile.chmod(0o640)
        tools = folder / "tools"
        tools.mkdir()
        (tools / "docker").write_text(
            f'#!/bin/sh\nexec {sys.executable} {docker.__file__} {caddyfile.parent} "$@"\n'
        )
        (tools / "docker").chmod(0o755)
        await stack.enter_async_context(
            running(port, "caddy", "run", "--config", str(caddyfile), "--adapter", "caddyfile")
        )
        there = replace(
            settings, bridge=BridgeSettings(port=free_port()), pds=PdsSettings(net.url, "firehose")
        )
        yield Host(there, net, ana, caddyfile, port, caddyfile.read_bytes(), tools)


async def _yes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """To Caddy's question whether it may make a certificate."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_the_installers_caddy_gets_the_gate_and_loses_it_without_a_trace(
    settings: Settings, tmp_path: Path
) -> None:
    async with host(settings, tmp_path) as there:
        async with there.gate() as watched:
            await watched.bank("mine", png(0))
            code, _, errors = await there.run("init", "--gate")
            assert code == 2, "nobody was there to say yes"
            assert "handle @hma_console_gate {" in errors
            assert there.untouched()

            told = await there.told("init", "--gate")
            assert (told["state"], told["when_dead"]) == ("in place", "pass")
            assert there.is_a_copy(told["copy"])
            changed = there.caddyfile.read_bytes()
            assert there.caddyfile.stat().st_mode & 0o777 == 0o640
            for path in SPELLINGS:
                assert not got_in(await there.post(png(0), path)), path
            answer = await there.upload(png(1))
            assert answer.status_code == 200, answer.text
            [upload] = await watched.of(link(answer.json()["blob"]))
            assert upload.did == there.ana.did

            assert (await there.told("init", "--gate"))["state"] == "already in place"
            assert there.caddyfile.read_bytes() == changed
        body = jpeg(3)
        answer = await there.upload(body)
        assert answer.status_code == 200, "the gate is dead: uploads pass"
        assert answer.json()["blob"] == await there.ana.upload(body)
        async with there.gate():
            assert (await there.told("gate", "off"))["state"] == "removed"
            assert there.caddyfile.read_bytes() == there.original
            assert got_in(await there.post(png(0)))
            assert (await there.told("gate", "off"))["state"] == "not in place"


async def test_a_dead_gate_refuses_where_it_was_so_chosen_and_all_else_goes_on(
    settings: Settings, tmp_path: Path
) -> None:
    async with host(settings, tmp_path) as there:
        async with there.gate():
            assert (await there.told("init", "--gate", fail="closed"))["when_dead"] == "refuse"
        answer = await there.upload(png(1))
        assert (answer.status_code, answer.json()["error"]) == (503, "UpstreamFailure")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert int(answer.headers["retry-after"]) > 0
        async with httpx.AsyncClient(base_url=f"https://localhost:{there.port}", verify=trusting()) as http:
            assert (await http.get("/xrpc/_health")).status_code == 200
            await there.net.command("stop-pds")
            down = await http.get("/xrpc/_health")
            assert (down.status_code, down.content) == (502, b""), "as without our rule"


@pytest.mark.parametrize(
    ("option", "admin", "site", "why"),
    [
        ("", "off", "", "reload"),
        ("order reverse_proxy before handle", "", "", "do not reach the gate"),
        ("", "", "import /nowhere/at-all", "File to import not found"),
    ],
    ids=["cannot be reloaded", "does not do what it should", "is not taken"],
)
async def test_what_does_not_hold_is_put_back_byte_for_byte(
    settings: Settings, tmp_path: Path, option: str, admin: str, site: str, why: str
) -> None:
    async with host(settings, tmp_path, option, admin=admin) as there, there.gate():
        if site:
            broken = there.original.replace(b"\treverse_proxy", f"\t{site}\n\treverse_proxy".encode())
            there.caddyfile.write_bytes(broken)
            there.original = broken
        code, _, errors = await there.run("init", "--gate", "--yes")
        assert code == 3
        assert why in errors
        assert there.untouched()
        assert got_in(await there.post(png(0)))


async def test_what_is_not_recognised_is_left_alone_and_the_rule_to_paste_is_shown(
    settings: Settings, tmp_path: Path
) -> None:
    async with host(settings, tmp_path) as there, there.gate():
        there.original = there.original.replace(b"\treverse_proxy", b"\timport elsewhere #")
        there.caddyfile.write_bytes(there.original)
        code, out, errors = await there.run("init", "--gate", "--yes")
        assert code == 2
        assert "reverse_proxy 127.0.0.1:" in out
        assert "No site of this Caddyfile" in errors
        assert there.untouched()


async def test_without_a_gate_that_answers_nothing_is_changed(settings: Settings, tmp_path: Path) -> None:
    async with host(settings, tmp_path) as there:
        code, _, errors = await there.run("init", "--gate", "--yes")
        assert code == 3
        assert "No gate answers" in errors
        assert there.untouched()
