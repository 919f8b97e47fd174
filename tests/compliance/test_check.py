"""What somebody could do to the log, and in which words it is found: at the start, and by the whole check."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bridge.compliance.check import Checked, check_whole
from bridge.compliance.merkle import Frontier, leaf_hash
from bridge.compliance.notes import Checkpoint, VerifierKey, sign_checkpoint
from bridge.compliance.outside import OutsideCopy
from bridge.compliance.reading import NODE_LEVELS
from bridge.errors import LogDistrusted, LogError
from bridge.events import Event, EventType
from tests.compliance.logs import logged_store, open_keychain

ENTRIES = 40


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A closed data directory with a signed log of some forty entries and its outside copy."""
    async with logged_store(tmp_path) as logged:
        await logged.beat(ENTRIES)
    return tmp_path


def by_hand(folder: Path, *statements: str) -> None:
    """As an intruder would: triggers are dropped first, and made again afterwards."""
    with closing(sqlite3.connect(folder / "store.db", isolation_level=None)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'log%'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, again in triggers:
            connection.execute(again)


def rewritten(folder: Path, change: Callable[[int, bytes], bytes], *, without_last: int = 0) -> None:
    """As the operator could, who has the key: everything is hashed and signed anew."""
    keychain = open_keychain(folder)
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        rows = connection.execute("SELECT idx, leaf FROM log_entries ORDER BY idx").fetchall()
        (origin,) = connection.execute("SELECT origin FROM log_head").fetchone()
    leaves = [change(idx, leaf) for idx, leaf in rows][: len(rows) - without_last]
    frontier, nodes = Frontier(), []
    for leaf in leaves:
        nodes += [node for node in frontier.append(leaf_hash(leaf)) if node[0] % NODE_LEVELS == 0]
    key = VerifierKey(origin, keychain.public)
    note = sign_checkpoint(Checkpoint(origin, frontier.size, frontier.root), (key, keychain.sign)).note
    by_hand(folder, "DELETE FROM log_entries", "DELETE FROM log_nodes", "DELETE FROM log_checkpoints")
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        connection.executemany("INSERT INTO log_entries VALUES (?, ?)", enumerate(leaves))
        connection.executemany("INSERT INTO log_nodes VALUES (?, ?, ?)", nodes)
        connection.execute(
            "UPDATE log_head SET size = ?, frontier = ?, note = ?", (frontier.size, bytes(frontier), note)
        )
        connection.commit()


def check(folder: Path) -> Checked:
    return check_whole(folder / "store.db", OutsideCopy(folder / "heads"))


async def at_start(folder: Path) -> str:
    """What a bridge says that is started on it; nothing is written then."""
    async with logged_store(folder) as logged:
        if logged.log.trouble is None:
            return ""
        with pytest.raises(LogDistrusted):
            await logged.beat()
        return logged.log.trouble.message


async def test_a_log_that_nobody_touched_is_whole_and_says_what_it_does_not_prove(folder: Path) -> None:
    checked = check(folder)
    assert checked.is_whole
    assert checked.entries == checked.signed == ENTRIES + 2
    assert "outside copy of" in checked.proven[0]
    assert "that the clock was right" in checked.not_proven
    assert await at_start(folder) == ""


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["DELETE FROM log_entries WHERE idx > 30"], "tail was cut"),
        (["DELETE FROM log_entries WHERE idx = 20"], "Entries 20 to 20 are missing"),
        (
            ["UPDATE log_entries SET leaf = CAST(replace(leaf, 'heart', 'Heart') AS BLOB) WHERE idx = 12"],
            "one was changed",
        ),
        (["UPDATE log_nodes SET hash = zeroblob(32) WHERE idx = 0"], "one was changed"),
        (["DELETE FROM log_nodes WHERE level = 4 AND idx = 1"], "one was changed"),
        (["INSERT INTO log_nodes VALUES (8, 0, zeroblob(32))"], "nodes over entries that are not there"),
        (["UPDATE log_head SET frontier = zeroblob(length(frontier))"], "head do not agree"),
        (["UPDATE log_head SET size = size - 1"], "cannot be read|do not agree|complete subtrees"),
        (["UPDATE log_head SET note = replace(note, '42', '41')"], "signature of the newest signed head"),
        (
            ["UPDATE log_checkpoints SET note = replace(note, char(10, 49, 10), char(10, 51, 10))"],
            "The signature of|was changed",
        ),
        (["INSERT INTO log_case_entries VALUES ('aaaaaaaaaaaaaaaa', 1, 3)"], "list of the cases' entries"),
        (["DELETE FROM log_keys"], "The signature of"),
        (["UPDATE log_keys SET at = at + 1"], "log's keys and the entries do not agree"),
        (["UPDATE log_keys SET idx = 0"], "log's keys and the entries do not agree"),
        (["UPDATE log_keys SET ended_at = 1"], "log's keys and the entries do not agree"),
        (["UPDATE log_keys SET ended_by = 'lost'"], "log's keys and the entries do not agree"),
        (["UPDATE log_checkpoints SET why = 'dailx'"], "list of kept heads was changed"),
        (["UPDATE log_checkpoints SET size = 7 WHERE size = 1"], "list of kept heads was changed"),
        (["INSERT INTO log_anchors VALUES (1, 1, 1, 'rfc3161', x'00')"], "time stamps and the entries"),
        (["UPDATE log_head SET origin = 'hma-console/aaaaaaaaaaaaaaaa', note = ''"], "of another log"),
    ],
)
async def test_a_change_without_the_key_is_found_in_the_log_itself(
    folder: Path, statements: list[str], said: str
) -> None:
    shutil.rmtree(folder / "heads")
    by_hand(folder, *statements)
    checked = check(folder)
    assert not checked.is_whole
    assert any(re.search(said, problem) for problem in checked.problems), checked.problems


async def test_a_missing_trigger_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER log_entries_stay")
    assert check(folder).problems == (
        "The log's tables are not as this program makes them: what guards them was changed.",
    )


async def test_a_cut_tail_is_told_at_the_start(folder: Path) -> None:
    by_hand(folder, "DELETE FROM log_entries WHERE idx > 30")
    assert "The log's tail was cut: of 42 entries 31 are there." in await at_start(folder)


async def test_a_changed_entry_is_told_at_the_start(folder: Path) -> None:
    by_hand(
        folder, "UPDATE log_entries SET leaf = CAST(replace(leaf, 'heart', 'Heart') AS BLOB) WHERE idx = 12"
    )
    assert "An entry between 0 and 15 was changed." in await at_start(folder)


async def test_a_rolled_back_store_is_told_by_the_outside_copy(folder: Path) -> None:
    shutil.copytree(folder, folder / "older")
    async with logged_store(folder) as logged:
        await logged.beat(3)
    for file in ("store.db", "store.db-wal", "store.db-shm"):
        (folder / file).unlink(missing_ok=True)
    shutil.copy(folder / "older" / "store.db", folder / "store.db")
    said = await at_start(folder)
    assert "rolled back: it has 42 entries" in said
    assert "it had 45 already" in said
    assert any("rolled back" in problem for problem in check(folder).problems)


async def test_a_history_rewritten_with_the_key_is_told_by_the_outside_copy(folder: Path) -> None:
    rewritten(folder, lambda idx, leaf: leaf.replace(b"heartbeat", b"heartburn") if idx == 9 else leaf)
    assert "history was rewritten" in await at_start(folder)
    assert any("history was rewritten" in problem for problem in check(folder).problems)
    shutil.rmtree(folder / "heads")
    blind = check(folder)
    assert blind.is_whole, "nothing in the log itself can tell: this is what the outside copy is for"
    assert any("no outside copy" in each for each in blind.not_proven)


async def test_a_forked_copy_is_told_from_a_rewritten_one(folder: Path) -> None:
    """The copy and the original both went on: the first outside head still holds, the newest does not."""
    shutil.copytree(folder, folder / "copy")
    async with logged_store(folder) as logged:
        await logged.beat(3)
    async with logged_store(folder / "copy") as other:
        await other.beat(8)
    shutil.rmtree(folder / "copy" / "heads")
    shutil.copytree(folder / "heads", folder / "copy" / "heads")
    said = await at_start(folder / "copy")
    assert "forked copy: up to entry 42" in said


async def test_going_on_after_a_roll_back_is_itself_an_entry(folder: Path) -> None:
    rewritten(folder, lambda _, leaf: leaf, without_last=5)
    async with logged_store(folder) as logged:
        trouble, state = logged.log.trouble, logged.log.state
        assert trouble is not None
        facts: dict[str, str | int] = {"size": state.size, "outside_size": 42}
        await logged.say(Event(EventType.ROLLBACK_ACCEPTED, "log", "user:ana", facts))
        assert logged.log.trouble is None
        await logged.beat()
    assert check(folder).is_whole
    assert await at_start(folder) == ""


async def test_the_outside_copy_is_left_alone_while_the_log_is_not_trusted(folder: Path) -> None:
    (head,) = (folder / "heads").glob("*.head")
    before = head.read_bytes()
    rewritten(folder, lambda _, leaf: leaf, without_last=5)
    await at_start(folder)
    assert head.read_bytes() == before


async def test_a_row_whose_values_are_gone_is_told_and_breaks_nothing(folder: Path) -> None:
    """As where a bit of a row's header flipped: STRICT tables do not look at what is there already."""
    by_hand(
        folder,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'log_head'",
    )
    by_hand(folder, "UPDATE log_head SET size = NULL, frontier = NULL")
    with pytest.raises(LogError, match="head was changed"):
        check(folder)
    assert "head was changed" in await at_start(folder)


async def test_a_second_head_or_one_of_another_number_is_none(folder: Path) -> None:
    """As where a bit flipped in the header of the page that holds it."""
    lenient = (
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (one = 1)', '') WHERE name = 'log_head'",
    )
    for change in (
        "UPDATE log_head SET one = 9",
        "INSERT INTO log_head SELECT 1, origin, size, frontier, note FROM log_head",
    ):
        by_hand(folder, *lenient)
        by_hand(folder, change)
        with pytest.raises(LogError, match="head was changed"):
            check(folder)


async def test_no_log_is_no_whole_log(tmp_path: Path) -> None:
    from bridge.store.database import migrate

    migrate(tmp_path / "store.db")
    with pytest.raises(LogError, match="no log here yet"):
        check(tmp_path)


def contents(path: Path) -> list[tuple[str, object]] | None:
    """The log's rows, None where SQLite cannot read them."""
    tables = ("log_entries", "log_head", "log_case_entries", "log_checkpoints", "log_keys", "log_nodes")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            return [(table, row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    except (sqlite3.Error, UnicodeDecodeError):  # the latter where the name of a column was hit
        return None


def flips_accepted(folder: Path, positions: list[int], seed: int) -> list[int]:
    """The positions where one flipped bit changed what the log says and the check did not notice."""
    original = (folder / "store.db").read_bytes()
    before = contents(folder / "store.db")
    assert before
    accepted = []
    for position in positions:
        flipped = bytearray(original)
        flipped[position] ^= 1 << random.Random(seed + position).randrange(8)
        (folder / "store.db").write_bytes(flipped)
        try:
            noticed = not check(folder).is_whole
        except (LogError, sqlite3.Error):
            noticed = True
        if not noticed and contents(folder / "store.db") != before:
            accepted.append(position)
    (folder / "store.db").write_bytes(original)
    return accepted


async def test_no_flipped_bit_of_the_store_is_accepted_with_other_content(folder: Path) -> None:
    size = (folder / "store.db").stat().st_size
    assert flips_accepted(folder, sorted(random.Random(3).sample(range(size), 1500)), seed=3) == []


@pytest.mark.trial
@pytest.mark.timeout(3600)
async def test_no_flipped_bit_in_any_byte_of_the_store_is_accepted(folder: Path) -> None:
    size = (folder / "store.db").stat().st_size
    assert flips_accepted(folder, list(range(size)), seed=4) == []
