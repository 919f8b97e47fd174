from __future__ import annotations

from typing import Any

import pytest

from bridge.verdicts import Verdict
from hma_console.answers import BadAnswer, BankRow, Body, CaseRow, UploadRow
from hma_console.status import Status
from tests.fakes.alarms import with_alarms
from tests.fakes.answers import bank, case, hit, status, upload


def test_an_upload_is_read_with_its_matches() -> None:
    row = UploadRow.parse(Body(upload(5, 0, "matched", matches=[hit()], width=None)))
    assert row.verdict is Verdict.MATCHED
    assert row.matches[0].distance == 4
    assert row.width is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("verdict", "clean"), ("seq", "5"), ("seq", True), ("matches", None), ("matches", ["x"]), ("sender", 3)],
)
def test_a_field_of_another_type_or_word_is_a_bad_answer(name: str, value: object) -> None:
    with pytest.raises(BadAnswer):
        UploadRow.parse(Body(upload(5, 0) | {name: value}))


def test_a_missing_field_is_a_bad_answer() -> None:
    answer = upload(5, 0)
    del answer["reason"]
    with pytest.raises(BadAnswer, match="reason"):
        UploadRow.parse(Body(answer))


def test_what_is_no_object_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        Body([])


def test_a_case_whose_bank_is_gone_has_no_closest_match() -> None:
    answer = case("abcd", 0, hit()) | {"closest": None}
    assert CaseRow.parse(Body(answer)).closest is None


def test_a_bank_without_entries_of_a_type_has_none_of_it() -> None:
    row = BankRow.parse(Body(bank("own", signals={"md5": 3})))
    assert dict(row.signals) == {"pdq": 0, "md5": 3, "sha1": 0, "sha256": 0}


def test_a_job_of_unknown_length_has_no_share() -> None:
    job: dict[str, Any] = {
        "id": "1",
        "kind": "import",
        "bank": "own",
        "actor": "ana",
        "started_at": 0,
        "bytes_read": 50,
        "bytes_total": None,
        "lines": 1,
        "added": 1,
        "already": 0,
        "bad_count": 0,
        "bad": [],
    }
    read = Status.parse(Body(with_alarms(status(jobs=[job, job | {"bytes_total": 200}])))).jobs
    assert [one.share for one in read] == [None, 0.25]
