"""NCMEC's hash sharing, version 2, as its documentation's examples and the recorded requests show it.

XML in its name space, HTTP Basic, ranges of times in UTC, pages in no order of time whose addresses are
good until the test says that they are not. What is deleted stays, as a deletion with a new time.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

USER, PASSWORD = "testington", "a:word"
SECRET = f"{USER}:{PASSWORD}"
PAGE = 1000
MEMBER = 42
_NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_READ = ("md5", "sha1", "pdq")


@dataclass
class Entry:
    id: str
    kind: str
    at: int
    classification: str
    fingerprints: dict[str, str]
    is_deleted: bool = False


@dataclass
class FakeNcmec:
    """`faults` are the next answers, before it is itself again. The base address ends in `/hashsharing`."""

    entries: dict[str, Entry] = field(default_factory=dict)
    page_size: int = PAGE
    faults: list[Response | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)
    begun_at: int = field(default_factory=lambda: int(time.time()) - 300)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/hashsharing/v2/entries", self._listing)])

    @property
    def values(self) -> set[tuple[str, str]]:
        """What a bank should hold of it."""
        there = [entry for entry in self.entries.values() if not entry.is_deleted]
        return {
            (kind, value) for entry in there for kind, value in entry.fingerprints.items() if kind in _READ
        }

    def put(self, id_: str, kind: str = "image", classification: str = "A1", **fingerprints: str) -> None:
        """A member enters it, or changes it."""
        self.begun_at += 1
        self.entries[id_] = Entry(id_, kind, self.begun_at, classification, fingerprints)

    def delete(self, id_: str) -> None:
        self.begun_at += 1
        entry = self.entries[id_]
        entry.at, entry.is_deleted = self.begun_at, True

    def forget_pages(self) -> None:
        """They are good for half a day."""
        self.pages.clear()

    async def _listing(self, request: Request) -> Response:
        self.asked.append(request.url.query)
        token = base64.b64encode(SECRET.encode()).decode()
        if request.headers.get("authorization") != f"Basic {token}":
            return Response(status_code=401)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        query = request.query_params
        if "start" in query and request.url.query not in self.pages:
            return Response(status_code=404)
        begin, end = (_seconds(query[name]) for name in ("from", "to"))
        found = [entry for entry in self.entries.values() if begin <= entry.at <= end]
        found.sort(key=lambda entry: entry.id[::-1])  # in no order of time
        start = int(query.get("start", "1")) - 1
        following = ""
        if start + self.page_size < len(found):
            following = f"from={quote(query['from'])}&to={quote(query['to'])}"
            following += f"&start={start + self.page_size + 1}&size={self.page_size}&max={len(found)}"
            self.pages.add(following)
        return answer_of(found[start : start + self.page_size], following)


def answer_of(entries: list[Entry], following: str = "") -> Response:
    parts = [_HEAD, f'<queryResult xmlns="{_NAMESPACE}">']
    for kind in ("image", "video"):
        of_kind = [entry for entry in entries if entry.kind == kind]
        if of_kind:
            newest = max(entry.at for entry in of_kind)
            parts.append(f'<{kind}s count="{len(of_kind)}" maxTimestamp="{_utc(newest)}">')
            parts += [_xml_of(entry) for entry in of_kind]
            parts.append(f"</{kind}s>")
    if following:
        parts.append(f"<paging><next>/v2/entries?{escape(following)}</next></paging>")
    parts.append("</queryResult>")
    return Response("\n".join(parts), media_type="application/xml")


def _xml_of(entry: Entry) -> str:
    member, at = f'<member id="{MEMBER}">Example &amp; Member</member>', _utc(entry.at)
    if entry.is_deleted:
        name = f"deleted{entry.kind.capitalize()}"
        return f"<{name}>{member}<id>{entry.id}</id><timestamp>{at}</timestamp></{name}>"
    label = f"<classification>{entry.classification}</classification>" if entry.classification else ""
    hashes = "".join(f"<{kind}>{value}</{kind}>" for kind, value in entry.fingerprints.items())
    return (
        f"<{entry.kind}>{member}<timestamp>{at}</timestamp><id>{entry.id}</id>{label}"
        f'<fingerprints>{hashes}<videntifier rel="self" href="/v2/entries/1/fingerprints/VIDENTIFIER"/>'
        f'</fingerprints><feedback lastUpdateTimestamp="{at}"><affirmativeFeedback type="Md5">'
        f'<members timestamp="{at}"><member id="7">Another</member></members>'
        "</affirmativeFeedback></feedback>"
        f"</{entry.kind}>"
    )


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
