"""Each rule of the verifier alone: the bundle agrees with itself in everything but one thing.

Whoever has the key can sign anything; what he signed must still be a log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.compliance.canonical import canonical
from bridge.compliance.verify import verify
from tests.compliance.forging import CASE, OTHER, Forged, b64, entry, opened, opened_upload, problems, put

Change = Callable[[Forged], object]


@pytest.mark.parametrize("kind", ["all", "case", "range"])
def test_a_bundle_that_keeps_every_rule_verifies(kind: str, tmp_path: Path) -> None:
    forged = Forged(kind)
    verdict = verify(str(forged.write(tmp_path / "bundle")), forged.fingerprint)
    assert verdict.problems == []
    assert verdict.entries == len(forged.indices)
    assert verdict.size == 9
    assert verdict.fingerprint == forged.fingerprint
    assert verdict.made == "2026-11-24T12:00:01.000Z"


def leaf(index: int, **changes: object) -> Change:
    """The entry with these of its keys changed, and those left out that are None."""

    def change(forged: Forged) -> None:
        before = forged.leaves[index]
        assert isinstance(before, dict)
        after = {**before, **changes}
        forged.leaves[index] = after if "case" in after else {k: v for k, v in after.items() if v is not None}

    return change


def raw(index: int, data: bytes) -> Change:
    def change(forged: Forged) -> None:
        forged.leaves[index] = data

    return change


def without_keys(index: int, *keys: str) -> Change:
    return leaf(index, **dict.fromkeys(keys))


HEARTBEAT = canonical(entry("heartbeat"))


def padded(size: int) -> bytes:
    """A well-formed entry of so many bytes."""
    filler = size - len(canonical(entry("heartbeat", filler="")))
    return canonical(entry("heartbeat", filler="x" * filler))


LEAVES: list[tuple[str, Change, str]] = [
    ("all", raw(5, HEARTBEAT.replace(b":", b": ", 1)), "Entry 5 is not canonical JSON."),
    ("all", raw(5, canonical(entry("heartbeat", n=1)).replace(b'"n":1', b'"n":1.5')), "is not canonical"),
    ("all", raw(5, canonical(entry("heartbeat", n=1)).replace(b'"n":1', b'"n":NaN')), "is not canonical"),
    ("all", raw(5, HEARTBEAT.replace(b'"v":1', b'"v":1,"v":1')), "is not canonical"),
    ("all", raw(5, json.dumps(entry("heartbeat"), separators=(",", ":")).encode()), "is not canonical"),
    (
        "all",
        raw(5, canonical(entry("heartbeat", x="\u00e9")).replace(b"\xc3\xa9", b"\\u00e9")),
        "is not canonical",
    ),
    ("all", raw(5, b"\xff"), "is not canonical"),
    ("all", raw(5, b"["), "is not canonical"),
    ("all", raw(5, b"[" * 4000), "is not canonical"),
    ("all", raw(5, b"[]"), "is not written as entries are"),
    ("all", leaf(5, x=1), "is not written as entries are"),
    *[("all", without_keys(5, key), "is not written as entries are") for key in ("actor", "d", "inst", "ts")],
    *[("all", without_keys(5, key), "is not written as entries are") for key in ("type", "v")],
    ("all", leaf(5, v=2), "is not written as entries are"),
    ("all", leaf(5, v=True), "is not written as entries are"),
    ("all", leaf(5, d=[]), "is not written as entries are"),
    ("all", leaf(5, c=[]), "is not written as entries are"),
    ("all", leaf(5, case_seq=1), "is not written as entries are"),
    ("all", leaf(6, case_seq=None), "is not written as entries are"),
    ("all", raw(5, padded(4097)), "Entry 5 is cut, or longer than an entry may be."),
    ("range", raw(5, padded(4097)), "Entry 5 is cut, or longer than an entry may be."),
    ("all", leaf(7, case_seq=4), f"Case {CASE} has a gap before its entry 7."),
    ("case", leaf(7, case_seq=4), f"Case {CASE} has a gap before its entry 7."),
    ("range", leaf(7, case_seq=4), f"Case {CASE} has a gap before its entry 7."),
    ("all", leaf(3, case_seq=0), f"Case {CASE} has a gap before its entry 3."),
    (
        "all",
        leaf(3, case_prev=b64(bytes(32))),
        f"Entry 3 does not follow the entry of case {CASE} before it.",
    ),
    ("all", leaf(4, case_prev=None), f"Entry 4 does not follow the entry of case {CASE} before it."),
    ("range", leaf(4, case_prev=None), f"Entry 4 does not follow the entry of case {CASE} before it."),
    ("range", leaf(4, case_seq=1), f"Entry 4 does not follow the entry of case {CASE} before it."),
    (
        "case",
        leaf(4, case_prev=b64(bytes(32))),
        f"Entry 4 does not follow the entry of case {CASE} before it.",
    ),
    ("range", leaf(7, case_prev=b64(bytes(32))), f"Entry 7 does not follow the entry of case {CASE}"),
    ("all", leaf(4, case_prev="no hash"), "holds something that is no hash"),
    ("all", leaf(8, type="log.checked"), "The entry that says that this was exported is missing"),
    ("case", leaf(8, type="log.checked"), "The entry that says that this was exported is missing"),
    ("case", leaf(1, type="heartbeat"), "Entry 1 does not belong to what was exported."),
]


@pytest.mark.parametrize(("kind", "change", "said"), LEAVES)
def test_an_entry_that_breaks_a_rule_is_found_although_its_hash_is_in_the_tree(
    tmp_path: Path, kind: str, change: Change, said: str
) -> None:
    forged = Forged(kind)
    change(forged)
    found = problems(forged, tmp_path)
    assert any(said in each for each in found), found
    assert not any("not those that log/checkpoint covers" in each for each in found)


def test_an_entry_of_the_largest_size_and_letters_of_any_language_are_read(tmp_path: Path) -> None:
    forged = Forged("all")
    forged.leaves[5] = padded(4096)
    forged.leaves[6] = entry("case.opened", OTHER, x="\u00e9")
    assert problems(forged, tmp_path) == []


def test_a_log_of_nothing_but_its_export_verifies(tmp_path: Path) -> None:
    forged = Forged(leaves=[entry("log.exported")], indices=[0], earlier={}, export_entry=0)
    assert problems(forged, tmp_path, put("log/openings.jsonl", b"")) == []


def facts(**changes: Any) -> Change:
    return lambda forged: forged.facts.update(changes)


def told(**changes: Any) -> Change:
    return lambda forged: forged.told.update(changes)


def both(*changes: Change) -> Change:
    return lambda forged: [change(forged) for change in changes]


def indices(*numbers: int) -> Change:
    return lambda forged: setattr(forged, "indices", list(numbers))


WRITTEN = "bundle.json is not written as it is written for a bundle."
NUMBER = "bundle.json holds a number that is none."
NOT_LOGGED = "The entry that says that this was exported is missing, or is not the last."
OTHERS = "The export was logged with other entries than these: some were left out or added."
CASE_PARTLY = "The case is not whole: it had another number of entries when it was exported."
RANGE_PARTLY = "The range is not whole: entries are missing from it."

SCOPES: list[tuple[str, Change, str]] = [
    ("all", facts(x=1), WRITTEN),
    ("all", facts(tool=None), WRITTEN),
    ("all", facts(v=2), WRITTEN),
    ("all", facts(v=True), NUMBER),
    ("all", facts(size="9"), NUMBER),
    ("all", facts(entries=-1), NUMBER),
    ("all", facts(export_entry=True), NUMBER),
    ("all", facts(scope="all"), NUMBER),
    ("all", facts(origin="hma-console/another"), "bundle.json names another log or key than keys/log.pub."),
    ("all", facts(key="SHA256:another"), "bundle.json names another log or key than keys/log.pub."),
    ("all", facts(size=8), "bundle.json names another head than log/checkpoint."),
    ("all", facts(root=b64(bytes(32))), "bundle.json names another head than log/checkpoint."),
    ("all", facts(scope={}), "bundle.json names a scope that there is not."),
    ("all", facts(entries=8), "log/indices.txt is not a rising list of as many entries as bundle.json says."),
    ("all", told(scope="range"), NOT_LOGGED),
    ("all", facts(export_entry=7), NOT_LOGGED),
    ("case", told(scope="all"), NOT_LOGGED),
    ("case", told(indices=b64(bytes(32))), OTHERS),
    ("range", told(indices=b64(bytes(32))), OTHERS),
    ("case", told(indices=None), OTHERS),
    ("case", told(case_last=4), CASE_PARTLY),
    ("case", facts(scope={"kind": "case", "case": CASE, "last": 4}), CASE_PARTLY),
    ("case", facts(scope={"kind": "case", "case": OTHER, "last": 3}), CASE_PARTLY),
    ("case", facts(scope={"kind": "case", "last": 3}), CASE_PARTLY),
    ("case", indices(0, 1, 3, 4, 6, 7, 8), CASE_PARTLY),
    ("case", both(indices(0, 1, 3, 4, 8), told(case_last=2)), CASE_PARTLY),
    ("case", indices(0, 1, 3, 4, 5, 7, 8), "Entry 5 does not belong to what was exported."),
    ("case", indices(0, 1, 2, 3, 4, 7, 8), "Entry 2 does not belong to what was exported."),
    ("range", indices(0, 1, 2, 4, 5, 6, 7, 8), "Entry 2 does not belong to what was exported."),
    ("range", indices(0, 1, 4, 6, 7, 8), RANGE_PARTLY),
    ("range", indices(0, 1, 4, 5, 6, 8), RANGE_PARTLY),
    ("range", indices(0, 1, 5, 6, 7, 8), RANGE_PARTLY),
    ("range", told(to=6), RANGE_PARTLY),
    ("range", told(**{"from": 5}), RANGE_PARTLY),
    ("range", facts(scope={"kind": "range", "from": 4, "to": 6}), RANGE_PARTLY),
    (
        "range",
        facts(scope={"kind": "range", "from": "4", "to": 7}),
        "bundle.json names a range that is none.",
    ),
    (
        "range",
        facts(scope={"kind": "range", "from": 4, "to": True}),
        "bundle.json names a range that is none.",
    ),
    ("all", indices(0, 1, 2, 3, 4, 5, 6, 7), "The entries are not those that log/checkpoint covers"),
    ("all", indices(1, 2, 3, 4, 5, 6, 7, 8), "The entries are not those that log/checkpoint covers"),
]


@pytest.mark.parametrize(("kind", "change", "said"), SCOPES)
def test_a_scope_that_is_not_what_was_logged_is_found(
    tmp_path: Path, kind: str, change: Change, said: str
) -> None:
    forged = Forged(kind)
    change(forged)
    found = problems(forged, tmp_path)
    assert any(said in each for each in found), found


def openings(*lines: object) -> Change:
    return lambda forged: setattr(forged, "openings", list(lines))


NO_OPENING = "Line 1 of log/openings.jsonl is no opening."
UNRULY = "log/openings.jsonl discloses twice, out of order, or what bundle.json does not name."


def other(opening: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {key: value for key, value in (opening | changes).items() if value is not None}


OPENINGS: list[tuple[str, Change, str]] = [
    ("all", openings([]), NO_OPENING),
    ("all", openings(b"{}"), NO_OPENING),
    ("all", openings(b"{ }"), "Line 1 of log/openings.jsonl is not canonical JSON."),
    ("all", openings(other(opened(3, "account"), salt=None)), NO_OPENING),
    ("all", openings(other(opened(3, "account"), value=None)), NO_OPENING),
    (
        "all",
        openings(other(opened(3, "account"), value="x")),
        "shows a account of entry 3 that is not the one",
    ),
    ("all", openings(other(opened(3, "account"), salt=b64(bytes(32)))), "is not the one committed to"),
    ("all", openings(other(opened(3, "account"), salt="x")), "holds something that is no hash"),
    ("all", openings(opened(3, "bank")), "holds something that is no hash"),
    ("all", openings(opened(5, "account")), "opens an entry that is not here"),
    ("all", openings(opened(9, "account")), "opens an entry that is not here"),
    ("case", openings(opened(2, "account")), "opens an entry that is not here"),
    (
        "all",
        openings(other(opened_upload(2, 1), position=0)),
        "shows a uploads of entry 2 that is not the one",
    ),
    ("all", openings(other(opened_upload(2, 1), of=2)), "is not the one committed to"),
    ("all", openings(other(opened_upload(2, 1), value="x")), "is not the one committed to"),
    ("all", openings(other(opened_upload(2, 1), proof=[])), "is not the one committed to"),
    ("all", openings(other(opened_upload(2, 1), proof=["x"])), "holds something that is no hash"),
    ("all", openings(other(opened_upload(2, 1), of=None)), NO_OPENING),
    ("all", openings(other(opened_upload(2, 1), position=None)), "is not the one committed to"),
    ("all", openings(opened(3, "account"), opened(3, "account")), UNRULY),
    ("all", openings(opened(4, "bank"), opened(3, "account")), UNRULY),
    ("all", openings(opened_upload(2, 1), opened_upload(2, 0)), UNRULY),
    ("all", facts(disclosed=["account", "bank"]), UNRULY),
    ("all", facts(disclosed=[]), UNRULY),
]


@pytest.mark.parametrize(("kind", "change", "said"), OPENINGS)
def test_an_opening_that_opens_nothing_is_found(tmp_path: Path, kind: str, change: Change, said: str) -> None:
    forged = Forged(kind)
    change(forged)
    found = problems(forged, tmp_path)
    assert len(found) == 1, found
    assert said in found[0]


def test_nothing_needs_to_be_disclosed(tmp_path: Path) -> None:
    forged = Forged("all", facts={"disclosed": []})
    bundle = forged.write(tmp_path / "bundle", put("log/openings.jsonl", b""))
    assert verify(str(bundle)).problems == []
