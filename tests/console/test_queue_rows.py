"""The Queue's list as a value: pages that overlap and change, floods that are one line."""

from __future__ import annotations

from hma_console.answers import Body, CaseRow
from hma_console.case_answers import CasePage
from hma_console.queue_rows import FLOOD, CaseList, lines_of
from tests.fakes.answers import case, hit


def row(number: int, content: int = 0, **more: object) -> CaseRow:
    """Opened after all of a smaller number."""
    return CaseRow.parse(
        Body(case(f"c{number:04d}", 1_000_000 - number, hit(content_id=content or number + 1), **more))
    )


def rows(*numbers: int) -> tuple[CaseRow, ...]:
    return tuple(row(number) for number in numbers)


def ids(cases: CaseList) -> list[int]:
    return [int(one.id[1:]) for one in cases.cases]


def test_pages_that_overlap_are_one_list() -> None:
    cases = CaseList("waiting")
    cases.take(CasePage(rows(1, 2, 3, 4), 6), 0)
    assert cases.has_more
    cases.take(CasePage(rows(4, 5, 6), 6), 3)
    assert (ids(cases), cases.has_more) == ([1, 2, 3, 4, 5, 6], False)


def test_what_went_from_a_page_goes_and_what_came_stands_in_its_place() -> None:
    cases = CaseList("waiting")
    cases.take(CasePage(rows(1, 2, 3, 4, 5, 6), 6), 0)
    pressing = row(9, category="ncii")
    cases.take(CasePage((pressing, *rows(1, 3)), 6), 0)
    assert ids(cases) == [9, 1, 3, 4, 5, 6]


def test_a_last_page_ends_the_list() -> None:
    cases = CaseList("waiting")
    cases.take(CasePage(rows(1, 2, 3), 3), 0)
    cases.take(CasePage(rows(1), 1), 0)
    assert ids(cases) == [1]
    cases.take(CasePage((), 0), 0)
    assert ids(cases) == []


def test_what_was_decided_here_is_gone_at_once() -> None:
    cases = CaseList("waiting")
    cases.take(CasePage(rows(1, 2, 3), 3), 0)
    cases.drop(["c0002", "none"])
    assert (ids(cases), cases.total) == ([1, 3], 2)


def test_fifty_cases_of_one_content_are_one_line_in_the_place_of_the_first() -> None:
    flood = [row(number, content=7) for number in range(10, 10 + FLOOD)]
    lines = lines_of([row(1), *flood[:9], row(2), *flood[9:]], set())
    assert [len(line.cases) for line in lines] == [1, FLOOD, 1]
    assert len(lines_of(flood[1:], set())) == FLOOD - 1
    assert len(lines_of(flood, {("own", 7)})) == FLOOD


def test_a_flood_of_more_than_one_decision_may_be_about_is_several_lines() -> None:
    lines = lines_of([row(number, content=7) for number in range(1_200)], set())
    assert [len(line.cases) for line in lines] == [500, 500, 200]
    assert len({line.key for line in lines}) == 3
