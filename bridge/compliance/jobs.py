"""Long work on the log, one at a time, in a thread: a check of the whole, an export. With progress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bridge.compliance.check import Checked, check_whole
from bridge.compliance.export import Exported, ExportRequest, Plan, Step, plan, write_bundle
from bridge.compliance.leaf import Leaf
from bridge.compliance.log import ComplianceLog
from bridge.compliance.reading import reading
from bridge.errors import BridgeError, Conflict, KeysLocked, KeysMissing, NotFound, StoreError
from bridge.events import Event, EventType
from bridge.keys.keychain import Keychain
from bridge.store.store import Store
from bridge.uploads import new_id, now_ms

KEPT = 20
"""Jobs that are remembered after their end."""

log = logging.getLogger(__name__)

Result: TypeAlias = Checked | Exported


class JobKind(StrEnum):
    CHECK = "check"
    EXPORT = "export"


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class Stopped(Exception):
    """The operator stopped the job."""


@dataclass(slots=True)
class Job:
    """One piece of work as it goes on. `done` of `total` entries within `step`."""

    kind: JobKind
    actor: str
    what: str
    id: str = field(default_factory=new_id)
    started_at: int = field(default_factory=now_ms)
    ended_at: int | None = None
    state: JobState = JobState.RUNNING
    step: str = ""
    done: int = 0
    total: int = 0
    result: Result | None = None
    error: BridgeError | None = None
    stopping: bool = False

    def tell(self, step: str, done: int, total: int) -> None:
        """Called from the job's thread. Raises Stopped once the operator wants no more of it."""
        self.step, self.done, self.total = step, done, total
        if self.stopping:
            raise Stopped


class LogJobs:
    """Starts jobs and owns their tasks."""

    def __init__(self, store: Store, compliance: ComplianceLog, keychain: Keychain) -> None:
        self._store = store
        self._compliance = compliance
        self._keychain = keychain
        self._jobs: dict[str, Job] = {}
        self._task: asyncio.Task[None] | None = None

    def start_check(self, actor: str) -> Job:
        """Raises Conflict where a job runs already."""
        return self._start(Job(JobKind.CHECK, actor, "the whole log"), self._check)

    def start_export(self, request: ExportRequest, actor: str) -> Job:
        """Raises Conflict, KeysMissing, KeysLocked: a bundle that nobody signed proves nothing."""
        if not self._keychain.exists:
            raise KeysMissing("The log has no key yet: an export could not be signed.")
        if not self._keychain.can_sign:
            raise KeysLocked("The log's key is locked: the export waits until it is open.")
        job = Job(JobKind.EXPORT, actor, request.what)

        async def export(job: Job) -> Result:
            return await self._export(request, job)

        return self._start(job, export)

    def find(self, job_id: str) -> Job:
        """Raises NotFound."""
        if job_id not in self._jobs:
            raise NotFound("There is no such job, or it ended long ago.")
        return self._jobs[job_id]

    @property
    def all(self) -> list[Job]:
        """Newest first."""
        return list(self._jobs.values())[::-1]

    def stop(self, job_id: str) -> Job:
        job = self.find(job_id)
        job.stopping = True
        return job

    async def wait(self) -> None:
        """Until no job runs."""
        if self._task is not None:
            await asyncio.wait((self._task,))

    async def close(self) -> None:
        for job in self._jobs.values():
            job.stopping = True
        await self.wait()

    def _start(self, job: Job, work: Callable[[Job], Awaitable[Result]]) -> Job:
        if self._task is not None and not self._task.done():
            raise Conflict("The log is being checked or exported already.", "Wait for it, or stop it.")
        self._jobs[job.id] = job
        for old in list(self._jobs)[:-KEPT]:
            del self._jobs[old]
        self._task = asyncio.create_task(self._run(job, work), name=f"log {job.kind}")
        return job

    async def _run(self, job: Job, work: Callable[[Job], Awaitable[Result]]) -> None:
        try:
            job.result = await work(job)
            job.state = JobState.DONE
        except Stopped:
            job.state = JobState.STOPPED
        except BridgeError as error:
            job.state, job.error = JobState.FAILED, error
        except Exception as error:
            log.exception("The job %s of the log failed", job.kind)
            job.state, job.error = JobState.FAILED, StoreError(f"It failed: {type(error).__name__}.")
        finally:
            job.ended_at = now_ms()

    async def _check(self, job: Job) -> Result:
        def tell(done: int, total: int) -> None:
            job.tell("entries", done, total)

        checked = await asyncio.to_thread(check_whole, self._store.path, self._compliance.outside, tell)
        result = "whole" if checked.is_whole else "damaged"
        facts: dict[str, str | int] = {"entries": checked.entries, "result": result}
        if self._compliance.trouble is None:
            await self._store.write(lambda _: None, [Event(EventType.LOG_VERIFIED, "log", job.actor, facts)])
        return checked

    async def _export(self, request: ExportRequest, job: Job) -> Result:
        """The act itself is logged first, and covered by the head that the bundle carries."""
        planned = await asyncio.to_thread(self._plan, request)
        event = Event(EventType.LOG_EXPORTED, "log", job.actor, planned.facts)
        entry = await self._log_export(event)
        return await asyncio.to_thread(self._write, planned, entry, job)

    async def _log_export(self, event: Event) -> int:
        """Logs the export; its index. Others may have written since: the entry is looked for."""
        await self._store.write(lambda _: None, [event])
        return await asyncio.to_thread(self._find_entry, event)

    def _plan(self, request: ExportRequest) -> Plan:
        with reading(self._store.path) as reader:
            return plan(reader, request)

    def _find_entry(self, event: Event) -> int:
        with reading(self._store.path) as reader:
            for idx in range(reader.head.size - 1, -1, -1):
                leaf = Leaf.of_bytes(reader.leaf(idx))
                if leaf.type == event.type and leaf.facts == dict(event.facts):
                    return idx
        raise StoreError("The export's own entry is not in the log.")

    def _write(self, planned: Plan, entry: int, job: Job) -> Exported:
        def tell(step: Step, done: int, total: int) -> None:
            job.tell(step.value, done, total)

        with reading(self._store.path) as reader:
            return write_bundle(reader, planned, entry, self._keychain, tell)
