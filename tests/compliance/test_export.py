"""Bundles: verified by OpenSSH, coreutils and OpenSSL as their README says; telling what was asked only."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bridge.catalogue import Category
from bridge.compliance.export import Field, Scope, ScopeKind
from bridge.compliance.jobs import JobState
from bridge.compliance.verify import verify
from bridge.compliance.wording import _WORDS, words
from bridge.errors import KeysLocked, KeysMissing
from bridge.events import EventType
from tests.compliance.exports import CID, DID, busy_log, case_of, export, exported
from tests.compliance.logs import LoggedStore, logged_store
from tests.houses import png

ALL = Scope(ScopeKind.ALL)
EVERY_FIELD = frozenset(Field)


@pytest.fixture
async def logged(tmp_path: Path) -> AsyncIterator[LoggedStore]:
    (tmp_path / "data").mkdir()
    async with busy_log(tmp_path / "data") as opened:
        yield opened


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60)


def commands_of(readme: str, tool: str) -> list[str]:
    return [line.strip() for line in readme.splitlines() if line.strip().startswith(tool)]


async def test_the_readmes_own_commands_verify_a_bundle_and_refuse_a_changed_one(
    logged: LoggedStore, tmp_path: Path
) -> None:
    made = await exported(logged, Scope(ScopeKind.CASE, case_of(logged, Category.OWN)), tmp_path / "out")
    readme = (made.path / "README.txt").read_text()
    assert readme.isascii()
    [sign], [sums] = commands_of(readme, "ssh-keygen"), commands_of(readme, "sha256sum")
    [openssl], [checker] = commands_of(readme, "openssl pkeyutl"), commands_of(readme, "python3")
    checker = checker.replace("python3", sys.executable)
    signed = run(sign, made.path)
    assert (signed.returncode, made.fingerprint in signed.stdout, "Good" in signed.stdout) == (0, True, True)
    assert run(sums, made.path).stdout == run(sums, made.path).stderr == ""
    assert "Verified Successfully" in run(openssl, made.path).stdout
    checked = run(checker, made.path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    with (made.path / "report.csv").open("ab") as report:
        report.write(b"x")
    assert run(sums, made.path).returncode != 0
    assert "report.csv was changed after the bundle was made." in run(checker, made.path).stdout
    with (made.path / "MANIFEST.sha256").open("ab") as manifest:
        manifest.write(b"x")
    assert run(sign, made.path).returncode != 0


@pytest.mark.parametrize("kind", ["all", "case", "range"])
@pytest.mark.parametrize("ending", ["", ".zip"])
async def test_every_scope_verifies_as_a_folder_and_as_a_zip(
    logged: LoggedStore, tmp_path: Path, kind: str, ending: str
) -> None:
    times = [leaf.at for leaf in logged.leaves()]
    scope = {
        "all": ALL,
        "case": Scope(ScopeKind.CASE, case_of(logged, Category.OWN)),
        "range": Scope(ScopeKind.RANGE, since=times[6], until=times[12]),
    }[kind]
    made = await exported(logged, scope, tmp_path / f"out{ending}", EVERY_FIELD)
    verdict = verify(str(made.path), made.fingerprint)
    assert verdict.problems == []
    assert verdict.entries == made.entries
    assert len(verdict.proven) == 2
    if ending:
        with zipfile.ZipFile(made.path) as bundle:
            assert bundle.testzip() is None
            assert all(name.startswith("out/") for name in bundle.namelist())
        signature = made.path.with_name("out.zip.sig").read_bytes()
        assert signature.startswith(b"-----BEGIN SSH SIGNATURE-----")
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


async def test_the_export_is_logged_first_and_covered_by_its_own_head(
    logged: LoggedStore, tmp_path: Path
) -> None:
    made = await exported(logged, ALL, tmp_path / "out")
    facts = json.loads((made.path / "bundle.json").read_text())
    last = logged.leaves()[facts["export_entry"]]
    assert (last.type, last.actor, last.facts["scope"]) == ("log.exported", "op:2", "all")
    assert facts["size"] > facts["export_entry"] == facts["entries"] - 1
    assert "exported" in _kept(logged)


def _kept(logged: LoggedStore) -> list[str]:
    from bridge.compliance.reading import reading

    with reading(logged.store.path) as reader:
        return [kept.why for kept in reader.kept_checkpoints()]


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_by_default_nothing_personal_is_disclosed(logged: LoggedStore, tmp_path: Path) -> None:
    made = await exported(logged, ALL, tmp_path / "out")
    content = everything_in(made.path)
    for secret in (DID, CID, "<b1>p0", "user:ana", '"ana"', "key:app"):
        assert secret.encode() not in content, secret
    assert b"listed" in content, "the bank's name is"


async def test_digests_of_a_child_safety_match_are_never_disclosed(
    logged: LoggedStore, tmp_path: Path
) -> None:
    made = await exported(logged, ALL, tmp_path / "out", EVERY_FIELD)
    opened = [json.loads(line) for line in (made.path / "log/openings.jsonl").read_text().splitlines()]
    content = everything_in(made.path)
    digest = hashlib.sha256(png(1)).digest()
    assert digest.hex().encode() not in content
    assert base64.b64encode(digest) not in content
    shown = [each["index"] for each in opened if each["field"] == "content"]
    categories = {logged.leaves()[index].facts.get("category") for index in shown}
    assert categories == {"own"}
    assert DID.encode() in content, "the account is, as it was asked for"
    assert all("sha256" not in str(each["value"]) for each in opened if each["field"] == "uploads")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}


async def test_the_report_runs_nothing_loads_nothing_and_escapes_strangers(
    logged: LoggedStore, tmp_path: Path
) -> None:
    made = await exported(logged, ALL, tmp_path / "out", EVERY_FIELD)
    html = (made.path / "report.html").read_text()
    page = Links()
    page.feed(html)
    assert not page.tags & {"script", "img", "link", "iframe", "b1", "object", "a", "svg"}
    assert not page.names & {"src", "href", "onclick", "style", "srcset", "action"}
    assert "url(" not in html
    assert "@import" not in html
    assert "&lt;b1&gt;p0" in html
    assert made.fingerprint in html
    rows = list(csv.DictReader(io.StringIO((made.path / "report.csv").read_bytes().decode())))
    assert [int(row["entry"]) for row in rows] == list(range(made.entries))
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]
    assert rows[-1]["what"].endswith("entries exported (all)")


async def test_stopping_or_failing_leaves_nothing(
    logged: LoggedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "to").mkdir()
    job = await export(logged, ALL, tmp_path / "to/out", stop=True)
    assert job.state is JobState.STOPPED
    monkeypatch.setattr("bridge.compliance.bundle.Report.html", _no_room)
    job = await export(logged, ALL, tmp_path / "to/out.zip")
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "cannot be written" in job.error.message
    assert "No space left" in job.error.message
    assert list((tmp_path / "to").iterdir()) == []


def _no_room(*_: object) -> str:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("scope", "name", "said"),
    [
        (Scope(ScopeKind.CASE, "aaaaaaaaaaaaaaaa"), "out", "holds nothing of case"),
        (Scope(ScopeKind.RANGE, since=0, until=1000), "out", "holds nothing of 1970-01-01"),
        (ALL, "data", "exists already"),
        (ALL, "no/such/out", "Nothing can be written in"),
    ],
)
async def test_what_cannot_be_exported_is_said_in_a_sentence_and_not_logged(
    logged: LoggedStore, tmp_path: Path, scope: Scope, name: str, said: str
) -> None:
    before = logged.log.state.size
    job = await export(logged, scope, tmp_path / name)
    assert job.error is not None
    assert said in job.error.message
    assert logged.log.state.size == before


async def test_an_export_waits_for_its_key(logged: LoggedStore, tmp_path: Path) -> None:
    logged.keychain.lock()
    with pytest.raises(KeysLocked, match="waits until it is open"):
        await export(logged, ALL, tmp_path / "out")
    (tmp_path / "other").mkdir()
    async with logged_store(tmp_path / "other", with_keys=False) as without:
        with pytest.raises(KeysMissing, match="no key yet"):
            await export(without, ALL, tmp_path / "out")


def test_every_type_of_entry_has_words() -> None:
    assert {*_WORDS, EventType.SCAN_BATCH} == set(EventType)
    uploads = {"uploads": 3, "no_match": 1, "not_checked": 2, "unhashable": 0, "rechecked": 1}
    assert words("scan.batch", uploads) == "uploads: 1 without a match, 2 not checked (1 compared again)"
    assert not [said for said in _WORDS.values() if not re.fullmatch(r"[\w {},.:()-]+", said)]
