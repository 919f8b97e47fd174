"""A time-stamping service on this machine: HTTP of our own around OpenSSL's real `ts`."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

_CONFIG = """
[tsa]
default_tsa = service
[service]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
[refusing]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha512
[usage]
extendedKeyUsage = critical,timeStamping
"""


@dataclass(slots=True)
class TimeStamping:
    """`chain` is what a verifier needs; `answer` replaces the next answer; `asked` counts the questions.

    With the section `refusing` it takes no SHA-256, and says so as OpenSSL does.
    """

    folder: Path
    url: str = ""
    asked: int = 0
    is_down: bool = False
    answer: bytes | None = None
    last: bytes = b""
    section: str = "service"

    @property
    def chain(self) -> Path:
        return self.folder / "root.pem"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        query = await reader.readexactly(int(headers["content-length"]))
        self.asked += 1
        if self.is_down:
            writer.close()
            return
        status = "200 OK"
        body = await asyncio.to_thread(self._stamp, query) if self.answer is None else self.answer
        if headers.get("content-type") != "application/timestamp-query":
            status, body = "415 Unsupported Media Type", b""
        self.last = body
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()

    def _stamp(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        _openssl(
            self.folder, f"ts -reply -config tsa.conf -section {self.section} -queryfile query -out answer"
        )
        return (self.folder / "answer").read_bytes()


@asynccontextmanager
async def time_stamping() -> AsyncIterator[TimeStamping]:
    """On 127.0.0.1, at a free port. Its answers carry the root's certificate too, as some services' do."""
    service = TimeStamping(_authority())
    server = await asyncio.start_server(service._serve, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tsr"
    async with server:
        yield service


@cache
def _authority() -> Path:
    """A root and a service's certificate, made once a process."""
    folder = Path(mkdtemp(prefix="hma-tsa-"))
    (folder / "tsa.conf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    _openssl(folder, f"req -x509 {key} -subj /CN=root -keyout root.key -out root.pem -days 30")
    _openssl(folder, f"req {key} -subj /CN=service -keyout tsa.key -out tsa.csr")
    signing = "-CA root.pem -CAkey root.key -CAcreateserial -extfile tsa.conf -extensions usage"
    _openssl(folder, f"x509 -req -in tsa.csr {signing} -out tsa.pem -days 30")
    return folder


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True, timeout=60)
