"""A log with cases in it, and its exports, made as the program makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from bridge.catalogue import Category, OnMatch
from bridge.compliance.export import Exported, ExportRequest, Field, Scope
from bridge.compliance.jobs import Job, JobState, LogJobs
from tests.compliance.logs import LoggedStore, logged_store
from tests.houses import House, jpeg, png

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@asynccontextmanager
async def busy_log(folder: Path) -> AsyncIterator[LoggedStore]:
    """A case of an own bank with two files, one of a child-safety bank, uploads that matched nothing."""
    async with logged_store(folder) as logged:
        house = House(logged.store, folder / "index")
        await house.matcher.start()
        await house.bank("mine", png(0), description="=HYPERLINK(1)")
        listed = {"category": Category.CHILD_SAFETY, "on_match": OnMatch.REVIEW, "threshold": 31}
        await house.bank("listed", png(1), **listed)
        for number in (0, 2, 0, 3, 1):
            await house.upload(
                jpeg(number), did=DID, cid=CID, claimed_author="ana", photo_id=f"<b1>p{number}"
            )
        await house.upload(png(1), did=DID, cid=CID)
        await house.matcher.close()
        house.hasher.close()
        yield logged


async def export(
    logged: LoggedStore,
    scope: Scope,
    output: Path,
    disclosed: Iterable[Field] = (Field.BANK,),
    *,
    stop: bool = False,
) -> Job:
    """As the API does it: logged first, then written; the job as it ended."""
    jobs = LogJobs(logged.store, logged.log, logged.keychain)
    job = jobs.start_export(ExportRequest(scope, output, frozenset(disclosed)), "user:ana")
    if stop:
        jobs.stop(job.id)
    await jobs.wait()
    return job


async def exported(
    logged: LoggedStore, scope: Scope, output: Path, disclosed: Iterable[Field] = (Field.BANK,)
) -> Exported:
    job = await export(logged, scope, output, disclosed)
    assert job.state is JobState.DONE, job.error and job.error.message
    assert isinstance(job.result, Exported)
    return job.result


def case_of(logged: LoggedStore, category: Category) -> str:
    """The id of the case under this category."""
    return next(
        leaf.case_id
        for leaf in logged.leaves()
        if leaf.type == "case.opened" and leaf.facts["category"] == category.value
    )
