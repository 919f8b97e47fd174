from __future__ import annotations

from bridge.verdicts import Verdict
from hma_console.answers import Body, UploadRow
from hma_console.feed_rows import CAPACITY, FLOOD, Counted, FeedRows
from tests.fakes.answers import NOW, upload


def row(seq: int, verdict: str = "no_match", **more: object) -> UploadRow:
    return UploadRow.parse(Body(upload(seq, 0, verdict, **more)))


def seqs(feed: FeedRows) -> list[int]:
    return [one.seq for one in feed.rows if isinstance(one, UploadRow)]


def following(*seq: int) -> FeedRows:
    feed = FeedRows()
    feed.begin([row(one) for one in seq], None)
    return feed


def test_arrivals_come_on_top_newest_first() -> None:
    feed = following(2, 1)
    feed.arrive([row(3), row(4)], NOW, hold=False)
    assert seqs(feed) == [4, 3, 2, 1]


def test_while_held_nothing_moves_and_what_is_new_is_counted() -> None:
    feed = following(2, 1)
    feed.arrive([row(3), row(4)], NOW, hold=True)
    assert seqs(feed) == [2, 1]
    assert feed.new_above == 2
    feed.release()
    assert seqs(feed) == [4, 3, 2, 1]
    assert feed.new_above == 0


def test_an_upload_checked_anew_changes_where_it_stands() -> None:
    feed = following(2, 1)
    feed.arrive([row(1, "matched")], NOW, hold=False)
    assert seqs(feed) == [2, 1]
    last = feed.rows[1]
    assert isinstance(last, UploadRow)
    assert last.verdict is Verdict.MATCHED


def test_what_is_held_and_checked_anew_is_counted_once() -> None:
    feed = following(1)
    feed.arrive([row(2, "not_checked")], NOW, hold=True)
    feed.arrive([row(2, "matched")], NOW, hold=True)
    assert feed.new_above == 1


def test_above_fifty_a_second_only_those_without_a_match_are_counted_in_one_row() -> None:
    feed = following()
    flood = [row(seq) for seq in range(1, FLOOD + 11)]
    feed.arrive([*flood[:30], row(1000, "matched"), *flood[30:]], NOW, hold=False)
    upper, matched, lower = feed.rows
    assert isinstance(upper, Counted)
    assert isinstance(lower, Counted)
    assert isinstance(matched, UploadRow)
    assert upper.number + lower.number == FLOOD + 10


def test_fifty_a_second_are_shown_one_by_one() -> None:
    feed = following()
    feed.arrive([row(seq) for seq in range(FLOOD)], NOW, hold=False)
    assert len(seqs(feed)) == FLOOD


def test_a_flood_goes_on_counting_in_the_same_row() -> None:
    feed = following()
    for batch in range(3):
        feed.arrive([row(batch * 100 + seq) for seq in range(60)], NOW + batch * 200, hold=False)
    assert len(feed.rows) == 1
    assert isinstance(feed.rows[0], Counted)
    assert feed.rows[0].number == 180


def test_after_a_flood_uploads_have_rows_again() -> None:
    feed = following()
    feed.arrive([row(seq) for seq in range(60)], NOW, hold=False)
    feed.arrive([row(100)], NOW + 2_000, hold=False)
    assert seqs(feed) == [100]


def test_no_more_than_five_hundred_rows_are_kept() -> None:
    feed = following()
    for seq in range(CAPACITY + 40):
        feed.arrive([row(seq, "matched")], NOW + seq * 1_000, hold=False)
    assert len(feed.rows) == CAPACITY
    assert seqs(feed)[0] == CAPACITY + 39


def test_older_pages_push_the_newest_out_and_then_only_count_what_is_new() -> None:
    feed = following(*range(1000, 600, -1))
    feed.add_older([row(seq) for seq in range(600, 400, -1)], 401)
    assert len(feed.rows) == CAPACITY
    assert seqs(feed)[-1] == 401
    assert feed.is_detached
    feed.arrive([row(1001)], NOW, hold=False)
    assert feed.new_above == 1
    assert seqs(feed)[0] == 900


def test_what_came_while_the_page_was_on_its_way_stays_on_top() -> None:
    feed = following(2, 1)
    feed.arrive([row(5)], NOW, hold=False)
    feed.begin([row(4), row(3), row(2)], None)
    assert seqs(feed) == [5, 4, 3, 2]
