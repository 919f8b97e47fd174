"""Uploads' pictures on their way to an HMA, which hashes them in its own way, where it is set so.

What it makes of them is compared besides our own hashes and can only add: HMA hashes palettes and CMYK
wrongly, and gives nothing for what it cannot read. That it refuses a picture is no failure of HMA's.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from secrets import token_hex

from bridge.errors import HmaError
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaDown, HmaFault, HmaGarbled, HmaRefused

PIECE = 64 << 10
"""Bytes that are copied of a picture at a time."""
LONGEST_HASH = 3000
"""Letters: a hash is looked up by an address, of which HMA's server takes 4,094."""
MOST_AT_ONCE = 4
"""Half of what HMA is asked at once: lookups, which are quick, do not wait for pictures, which are not."""
FORM_PART = "photo"
"""HMA's name of the content type. Only pictures are kept here long enough to be sent."""
_TYPE = re.compile(r"[A-Za-z0-9_.-]{1,64}")

log = logging.getLogger(__name__)


class LentPicture:
    """A picture that is sent as HMA's form: its bytes belong to an upload, and are held until `take_back`.

    A request may outlive whoever asked; then it breaks off instead of keeping them.
    """

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        mark = token_hex(16)
        named = f'form-data; name="{FORM_PART}"; filename="{FORM_PART}"'
        self._head = (
            f"--{mark}\r\nContent-Disposition: {named}\r\nContent-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{mark}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Content-Length": str(len(self._head) + len(body) + len(self._tail)),
        }

    def take_back(self) -> None:
        self._body = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises HmaDown once it was taken back."""
        yield self._head
        at = 0
        while piece := self._piece(at):
            yield piece
            at += len(piece)
        yield self._tail

    def _piece(self, at: int) -> bytes:
        if self._body is None:
            raise HmaDown("The upload was over before HMA had read it.")
        return self._body[at : at + PIECE]


@dataclass(frozen=True, slots=True)
class Sent:
    """Since the bridge started: pictures that HMA hashed, and those it did not; why, the last time."""

    hashed: int = 0
    refused: int = 0
    fault: str = ""


class HmaPictures:
    """Has HMA hash pictures, and keeps count."""

    def __init__(self, client: HmaClient) -> None:
        self._client = client
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self.sent = Sent()

    async def hashes(self, body: bytes) -> Mapping[str, str]:
        """HMA's own hashes of a picture, by HMA's names of the types; none where it refuses the picture.

        Raises HmaError where it does not answer, or not as an HMA does.
        """
        lent = LentPicture(body)
        try:
            async with self._free:
                found = await self._client.hash_picture(lent.headers, lent.pieces())
        except HmaError as error:
            if not is_about_the_picture(error):
                raise
            self.refuse(error.message)
            return {}
        finally:
            lent.take_back()
        if not all(map(_TYPE.fullmatch, found)):
            raise HmaGarbled("It names a signal type as no HMA does.")
        self.sent = Sent(self.sent.hashed + 1, self.sent.refused, self.sent.fault)
        return {name: value for name, value in found.items() if self._can_be_asked(name, value)}

    def refuse(self, why: str) -> None:
        """Counts a picture that HMA's own hashes were not compared of; the first is logged, too."""
        if not self.sent.refused:
            log.warning("HMA refused a picture, of which our own hashes were compared: %s", why)
        self.sent = Sent(self.sent.hashed, self.sent.refused + 1, why)

    def _can_be_asked(self, name: str, value: str) -> bool:
        """HMA gives an empty hash for a picture that is too flat to have one."""
        if len(value) > LONGEST_HASH:
            self.refuse(f"HMA's {name} is too long to be looked up.")
        return 0 < len(value) <= LONGEST_HASH


def is_about_the_picture(error: HmaError) -> bool:
    """Whether HMA, which answers, cannot do with this picture: a 500 is what it says to a broken one."""
    return isinstance(error, HmaRefused) or (isinstance(error, HmaFault) and error.status == 500)
