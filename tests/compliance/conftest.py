"""Bundles, made once for all tests of the verifier."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from bridge.catalogue import Category
from bridge.compliance.export import Field, Scope, ScopeKind
from tests.compliance.exports import busy_log, case_of, exported

KINDS = ("all", "case", "range")


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One bundle of each scope and a zip, made once."""
    folder = tmp_path_factory.mktemp("bundles")
    (folder / "data").mkdir()

    async def make() -> None:
        async with busy_log(folder / "data") as logged:
            times = [leaf.at for leaf in logged.leaves()]
            case = Scope(ScopeKind.CASE, case_of(logged, Category.OWN))
            await exported(logged, case, folder / "case", frozenset(Field))
            await exported(logged, Scope(ScopeKind.RANGE, since=times[6], until=times[12]), folder / "range")
            await exported(logged, Scope(ScopeKind.ALL), folder / "all", frozenset(Field))
            await exported(logged, case, folder / "zipped.zip")

    asyncio.run(make())
    return folder


@pytest.fixture(params=KINDS)
def bundle(request: pytest.FixtureRequest, bundles: Path, tmp_path: Path) -> Path:
    """A copy to be changed."""
    return Path(shutil.copytree(bundles / request.param, tmp_path / request.param))
