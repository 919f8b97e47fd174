"""The console's side of `docs/api.md`: every call a method, every answer a value.

All calls raise `Unreachable` where the bridge does not answer, `Refused` where it answers with an
error, and `BadAnswer` where the two do not understand each other.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from bridge.catalogue import Bank, Category
from bridge.signals import Signal
from hma_console.acting import Acting
from hma_console.answers import BankRow, Body, UploadRow
from hma_console.bridge_settings import SettingsClient
from hma_console.deciding import Deciding
from hma_console.hma_answers import BankList, MirrorSlice, PullSlice
from hma_console.list_answers import ListsClient
from hma_console.log_answers import LogJob, LogPage
from hma_console.policy_answers import PolicyShown, Simulation
from hma_console.reveals import RevealClient
from hma_console.status import Imported, Status
from hma_console.watch_status import SelfTest
from hma_console.wire import PATIENT, Wire, json_object, named_faults

_SILENCE = 45.0
"""Seconds without a byte after which the event stream is dead: the bridge comments every 15."""

ON_PDS = "firehose,backfill,gate"
"""The sources of what lies on the PDS."""
MOST_NOT_CHECKED = 500
"""The bridge's largest page."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the stream. `upload` is given for the kind `upload` only, `type` for the kind `note`."""

    id: int | None
    kind: str
    upload: UploadRow | None = None
    type: str = ""


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Newest first; `next` goes on from the last one, None where it was the oldest."""

    uploads: tuple[UploadRow, ...]
    next: int | None


class BridgeClient:
    """Speaks to one bridge through `http`, whose transport decides where it is."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._wire = Wire(http)
        self.deciding = Deciding(self._wire)
        self.acting = Acting(self._wire)
        self.reveals = RevealClient(self._wire)
        self.settings = SettingsClient(self._wire)
        self.lists = ListsClient(self._wire)

    async def status(self) -> Status:
        return Status.parse(await self._get("/status"))

    async def uploads(
        self, *, before: int | None = None, limit: int = 200, matters: bool = False
    ) -> UploadPage:
        query = {"limit": str(limit), "only": "matters" if matters else "all"}
        if before is not None:
            query["before"] = str(before)
        body = await self._get("/uploads", query)
        return UploadPage(body.many("uploads", UploadRow.parse), body.maybe("next"))

    async def not_checked(self) -> tuple[UploadRow, ...]:
        """Uploads of the PDS that wait to be checked or need somebody: the newest MOST_NOT_CHECKED."""
        query = {"limit": str(MOST_NOT_CHECKED), "only": "not_checked", "source": ON_PDS}
        return (await self._get("/uploads", query)).many("uploads", UploadRow.parse)

    async def begin_backfill(self) -> None:
        """Looks through all accounts of the PDS; joins the run under way."""
        await self._ask("POST", "/pds/backfill")

    async def retry_pds(self) -> int:
        """What waits for the PDS is tried now; how many files that are."""
        return (await self._ask("POST", "/pds/retry")).number("files")

    async def self_test(self) -> SelfTest:
        """Goes all the way that uploads go, now; what came of it."""
        return SelfTest.parse(Body(await self._wire.ask("POST", "/selftest", timeout=PATIENT)))

    async def digest(self) -> str:
        """The last seven days in sentences, a line each."""
        return (await self._get("/digest")).text("text")

    async def pause(self, reason: str) -> None:
        """Nothing is done by itself from now on."""
        await self._ask("POST", "/pause", json={"reason": reason})

    async def resume(self) -> int:
        """Ends the pause; how many uploads are checked now."""
        return (await self._ask("POST", "/resume")).number("uploads")

    async def open_case(self, subject: str, category: Category, takes_down: bool) -> str:
        """Opens a case of what was named from outside; its id."""
        named = {"subject": subject, "category": category.value, "take_down": takes_down}
        return (await self._ask("POST", "/cases", json=named)).text("case_id")

    async def banks(self) -> tuple[BankRow, ...]:
        return (await self.bank_list()).rows

    async def bank_list(self) -> BankList:
        return BankList.parse(await self._get("/admin/banks"))

    async def make_bank(self, bank: Bank, *, as_policy_says: bool = False) -> BankRow:
        """Its threshold, mode and what its matches do may be left to the policy in force."""
        fields: dict[str, object] = {
            "name": bank.name,
            "description": bank.description,
            "category": bank.category.value,
            "role": bank.role.value,
        }
        if bank.origin:
            fields["origin"] = bank.origin
        if not as_policy_says:
            fields |= {"threshold": bank.threshold, "on_match": bank.on_match, "mode": bank.mode}
        return BankRow.parse(await self._ask("POST", "/admin/banks", json=fields))

    async def drop_bank(self, name: str) -> None:
        await self._ask("DELETE", _bank(name))

    async def switch_bank(self, name: str, *, on: bool) -> None:
        """A bank of HMA."""
        await self._ask("PUT", f"{_bank(name)}/switch", json={"on": on})

    async def mirror_bank(self, name: str, after: int) -> MirrorSlice:
        """One slice of an own bank put into HMA."""
        return MirrorSlice.parse(await self._patiently(f"{_bank(name)}/mirror", {"after": after}))

    async def pull_bank(self, name: str, source: str) -> PullSlice:
        """One slice of a bank of HMA read into an own one."""
        return PullSlice.parse(await self._patiently(f"{_bank(name)}/pull", {"from": source}))

    async def add_hash(self, bank: str, signal: Signal) -> int:
        """How many entries are new: 1, or 0 where it was there already."""
        body = await self._ask("POST", f"{_bank(bank)}/signal", json={signal.type.value: signal.hex})
        return body.number("added")

    async def add_picture(self, bank: str, content: bytes) -> int:
        return (await self._ask("POST", f"{_bank(bank)}/content", content=content)).number("added")

    async def import_list(self, bank: str, content: AsyncIterable[bytes], size: int) -> Imported:
        """Sends a file of hashes as it is read; its progress stands in `status().jobs`."""
        answer = await self._wire.ask(
            "POST",
            f"{_bank(bank)}/import",
            content=content,
            headers={"Content-Length": str(size)},
            timeout=PATIENT,
        )
        return Imported.parse(Body(answer))

    async def export_bank(self, bank: str, form: str = "text") -> AsyncIterator[bytes]:
        """The entries of an own or test bank, in pieces as they come."""
        async with self._wire.stream(f"{_bank(bank)}/export", params={"format": form}) as answer:
            async for piece in answer.aiter_bytes():
                yield piece

    async def log_entries(
        self, *, type_: str = "", case_id: str = "", day: str = "", before: int | None = None
    ) -> LogPage:
        """Newest first: those below `before` whose type begins so, of one case, of one day in UTC."""
        query = {"type": type_, "case": case_id, "day": day}
        if before is not None:
            query["before"] = str(before)
        return LogPage.parse(await self._get("/log/entries", query))

    async def start_log_check(self) -> LogJob:
        return LogJob.parse(await self._ask("POST", "/log/check"))

    async def start_log_export(
        self, scope: Mapping[str, str], output: str, disclose: Sequence[str]
    ) -> LogJob:
        body = {"scope": dict(scope), "output": output, "disclose": list(disclose)}
        return LogJob.parse(await self._ask("POST", "/log/export", json=body))

    async def log_job(self, job_id: str) -> LogJob:
        return LogJob.parse(await self._get(f"/log/jobs/{job_id}"))

    async def stop_log_job(self, job_id: str) -> None:
        await self._ask("DELETE", f"/log/jobs/{job_id}")

    async def stamp_log(self) -> int:
        """How many entries the head has that was time-stamped."""
        answer = await self._wire.ask("POST", "/log/stamps", timeout=PATIENT)
        return Body(answer).number("entries")

    async def accept_log(self) -> None:
        await self._ask("POST", "/log/accept")

    async def rotate_log_key(self, passphrase: str) -> str:
        """The new key's fingerprint."""
        body = await self._ask("POST", "/log/keys/rotate", json={"passphrase": passphrase})
        return body.text("fingerprint")

    async def unlock_log(self, passphrase: str) -> str:
        """The key's fingerprint."""
        body = await self._ask("POST", "/log/keys/unlock", json={"passphrase": passphrase})
        return body.text("fingerprint")

    async def make_log_keys(self, passphrase: str) -> str:
        """The new key's fingerprint."""
        body = await self._ask("POST", "/log/keys/create", json={"passphrase": passphrase})
        return body.text("fingerprint")

    async def policy(self) -> PolicyShown:
        return PolicyShown.parse(await self._get("/policy"))

    async def simulate(self, bank: str, changes: Mapping[str, object]) -> Simulation:
        """What another rule of one bank would have done."""
        return Simulation.parse(await self._ask("POST", "/policy/simulation", json={**changes, "bank": bank}))

    async def change_policy(self, bank: str, changes: Mapping[str, object]) -> PolicyShown:
        """Puts another rule of one bank in force."""
        path = f"/policy/banks/{quote(bank, safe='')}"
        return PolicyShown.parse(await self._ask("PUT", path, json=dict(changes)))

    async def undo_policy(self) -> PolicyShown:
        """Puts the policy before in force again."""
        return PolicyShown.parse(await self._ask("POST", "/policy/undo"))

    @asynccontextmanager
    async def events(self, after: int | None) -> AsyncIterator[AsyncIterator[Event]]:
        """The live stream from the sequence `after` on; entered once the bridge has taken us."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        timeout = httpx.Timeout(5.0, read=_SILENCE)
        async with self._wire.stream("/events", headers=headers, timeout=timeout) as answer:
            yield _events(answer.aiter_lines())

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Body:
        return Body(await self._wire.ask("GET", path, params=query))

    async def _ask(
        self, method: str, path: str, *, json: object = None, content: bytes | None = None
    ) -> Body:
        return Body(await self._wire.ask(method, path, body=json, content=content))

    async def _patiently(self, path: str, body: Mapping[str, object]) -> Body:
        """A POST that may take as long as it takes."""
        return Body(await self._wire.ask("POST", path, body=dict(body), timeout=PATIENT))


def _bank(name: str) -> str:
    return f"/admin/bank/{quote(name, safe='')}"


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[Event]:
    kind, data, at = "", "", None
    with named_faults():
        async for line in lines:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                kind = value
            elif field == "data":
                data += value
            elif field == "id":
                at = int(value) if value.isdigit() else None
            elif not line and kind:
                upload = UploadRow.parse(Body(json_object(data))) if kind == "upload" else None
                type_ = Body(json_object(data)).text("type") if kind == "note" else ""
                yield Event(at, kind, upload, type_)
                kind, data = "", ""
