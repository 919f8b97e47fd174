"""Events as leaves: what they say, what they never say, and that they are signed with every commit."""

from __future__ import annotations

import asyncio
import base64
import re
import sqlite3
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from bridge.compliance.canonical import canonical
from bridge.compliance.commitments import commit
from bridge.compliance.merkle import leaf_hash
from bridge.compliance.notes import VerifierKey, read_checkpoint
from bridge.compliance.openings import open_entry, shown_upload
from bridge.compliance.reading import reading
from bridge.errors import StoreError
from bridge.events import Event, EventType
from tests.compliance.logs import LoggedStore, logged_store
from tests.houses import House, jpeg, png

HEARTBEAT = Event(EventType.HEARTBEAT, "bridge", facts={"entries": 0})


@pytest.fixture
async def logged(tmp_path: Path) -> AsyncIterator[LoggedStore]:
    async with logged_store(tmp_path) as opened:
        yield opened


@pytest.fixture
async def house(logged: LoggedStore) -> AsyncIterator[House]:
    opened = House(logged.store, logged.folder / "index")
    await opened.matcher.start()
    yield opened
    await opened.matcher.close()
    opened.hasher.close()


async def test_every_commit_is_signed_and_covers_all_entries(logged: LoggedStore) -> None:
    for _ in range(3):
        await logged.say(HEARTBEAT)
        state = logged.log.state
        signed = read_checkpoint(state.note)
        assert signed.checkpoint.size == state.size == state.signed
        assert signed.checkpoint.root == state.root
        assert signed.is_signed_by(VerifierKey(state.origin, logged.keychain.public))
    types = [leaf.type for leaf in logged.leaves()]
    assert types == ["log.genesis", "key.created", "heartbeat", "heartbeat", "heartbeat"]
    assert logged.check().is_whole


async def test_leaves_are_canonical_and_named_by_this_process(logged: LoggedStore) -> None:
    await logged.say(HEARTBEAT, Event(EventType.API_KEY_REVOKED, "x", "user:ana", private={"name": "x"}))
    for raw, leaf in zip(logged.raw_leaves(), logged.leaves(), strict=True):
        assert bytes(leaf) == raw
        assert leaf.inst == logged.log.inst


async def test_people_and_keys_are_numbers_and_named_once_in_an_opening(logged: LoggedStore) -> None:
    for actor in ("user:ana", "key:app", "user:ana"):
        await logged.say(Event(EventType.BRIDGE_STOPPED, "bridge", actor))
    last = logged.leaves()[2:]
    assert [leaf.type for leaf in last] == [
        "actor.named", "bridge.stopped", "actor.named", "bridge.stopped", "bridge.stopped",
    ]  # fmt: skip
    assert [leaf.actor for leaf in last if leaf.type == "bridge.stopped"] == ["op:1", "key:2", "op:1"]
    with reading(logged.store.path) as reader:
        assert reader.actor_names() == {"op:1": "ana", "key:2": "app"}
        assert open_entry(reader, logged.keychain, 2)["name"].value == "ana"


async def test_uploads_without_a_match_share_one_leaf_a_commit(house: House, logged: LoggedStore) -> None:
    await house.bank("own", png(0))
    before = logged.log.state.size
    await asyncio.gather(*(house.upload(jpeg(number), claimed_author="ana") for number in (1, 2, 3, 4)))
    batches = [leaf for leaf in logged.leaves()[before:] if leaf.type == "scan.batch"]
    assert len(batches) == len(logged.leaves()) - before
    assert sum(int(leaf.facts["uploads"]) for leaf in batches) == 4
    assert sum(int(leaf.facts["no_match"]) for leaf in batches) == 4


async def test_one_upload_of_a_batch_opens_alone(house: House, logged: LoggedStore) -> None:
    await house.bank("own", png(0))
    await house.upload(jpeg(1), claimed_author="did:plc:ana", photo_id="p1")
    idx = logged.log.state.size - 1
    with reading(logged.store.path) as reader:
        batch = open_entry(reader, logged.keychain, idx)["uploads"]
    shown = shown_upload(batch, 0)
    assert isinstance(shown.value, dict)
    assert shown.value["account"] == {"claimed": "did:plc:ana", "did": ""}
    assert isinstance(shown.value["content"], str), "digests are committed once more"
    root = base64.b64decode(logged.leaves()[idx].commitments["uploads"])
    assert root == leaf_hash(commit(shown.value, shown.salt))


async def test_a_match_chains_its_case(house: House, logged: LoggedStore) -> None:
    await house.bank("own", png(0))
    for _ in range(2):
        await house.upload(jpeg(0), claimed_author="did:plc:ana")
    both = zip(logged.leaves(), logged.raw_leaves(), strict=True)
    chain = [(leaf, raw) for leaf, raw in both if leaf.case_id]
    assert [leaf.type for leaf, _ in chain] == ["case.opened", "case.matched", "case.joined", "case.matched"]
    assert [leaf.case_seq for leaf, _ in chain] == [1, 2, 3, 4]
    assert chain[0][0].case_prev == ""
    for (_, before), (leaf, _) in pairwise(chain):
        assert base64.b64decode(leaf.case_prev) == leaf_hash(before)


PERSONAL = re.compile(
    rb"did:|@|https?:|at://|bafk|\d+\.\d+\.\d+\.\d+|[0-9a-f]{32}|photo-|secret|ana|Sch\\u00fcler|perch", re.I
)


async def test_no_leaf_of_a_busy_run_holds_anything_personal(house: House, logged: LoggedStore) -> None:
    await house.bank("secret list", png(0), png(1), description="the Schüler case, see https://example.org")
    for number in range(8):
        await house.upload(
            jpeg(number % 5),
            did="did:plc:ewvi7nxzyoun6zhxrhs64oiz",
            claimed_author="ana@perch.example",
            cid="bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            uri="at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3k",
            photo_id=f"photo-{number}",
            metadata={"ip": "192.0.2.7"},
        )
    sizes = []
    for raw in logged.raw_leaves():
        rest = re.sub(rb'"ssh":"[^"]*"|"vkey":"[^"]*"|"[A-Za-z0-9+/]{43}="', b'""', raw)
        assert not PERSONAL.search(rest), rest
        sizes.append(len(raw))
    assert len(sizes) > 20


@pytest.mark.parametrize(
    ("facts", "private"),
    [
        ({"bank": "NCMEC"}, {}),
        ({"category": "did:plc:x"}, {}),
        ({"handle": "ana"}, {}),
        ({"entries": True}, {}),
        ({"bank": 2**60}, {}),
        ({}, {"address": "192.0.2.1"}),
        ({}, {"bank": 1.5}),
    ],
)
async def test_what_no_leaf_may_say_is_refused_with_its_change_alone(
    logged: LoggedStore, facts: dict[str, str | int], private: dict[str, object]
) -> None:
    bad = Event(EventType.ENTRIES_ADDED, "x", facts=facts, private=private)
    results = await asyncio.gather(logged.say(bad), logged.say(HEARTBEAT), return_exceptions=True)
    assert isinstance(results[0], ValueError)
    assert results[1] is None
    assert logged.leaves()[-1].type == "heartbeat"
    assert logged.check().is_whole


async def test_without_keys_it_records_unsigned_and_keeps_no_openings(tmp_path: Path) -> None:
    async with logged_store(tmp_path, with_keys=False) as logged:
        await logged.say(Event(EventType.API_KEY_CREATED, "x", "user:ana", {"scopes": "all"}, {"name": "x"}))
        assert (logged.log.state.signed, logged.log.state.size) == (0, 3)
        assert not any(leaf.commitments for leaf in logged.leaves())
        assert logged.check().is_whole


async def test_a_locked_key_leaves_the_older_signature_until_it_is_open(logged: LoggedStore) -> None:
    logged.keychain.lock()
    await logged.say(Event(EventType.API_KEY_REVOKED, "x", "user:ana", private={"name": "x"}))
    assert logged.log.state.size == logged.log.state.signed + 2
    assert logged.leaves()[-1].commitments, "a locked service still writes openings"
    unsigned = logged.check()
    assert unsigned.is_whole
    assert "the last 2 entries: they are not signed yet" in " ".join(unsigned.not_proven)
    from tests.compliance.logs import _opened

    logged.keychain._pair = _opened()._pair
    await logged.store.sign()
    assert logged.log.state.size == logged.log.state.signed
    assert logged.check().is_whole


async def test_a_leaf_that_reads_back_otherwise_stops_the_commit(
    logged: LoggedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory without error correction flips bits; a signed head over a flipped leaf is for ever wrong."""
    real = leaf_hash
    calls = iter([False, True])
    monkeypatch.setattr(
        "bridge.compliance.growth.leaf_hash",
        lambda leaf: real(leaf[:-1] + bytes([leaf[-1] ^ 1]) if next(calls, False) else leaf),
    )
    with pytest.raises(StoreError, match="reads back other"):
        await logged.say(HEARTBEAT)
    monkeypatch.undo()
    await logged.say(HEARTBEAT)
    assert logged.check().is_whole


@pytest.mark.parametrize("table", ["log_entries", "log_nodes", "log_case_entries", "log_checkpoints"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "REPLACE"])
async def test_the_logs_tables_only_grow_even_by_hand(
    logged: LoggedStore, house: House, table: str, verb: str
) -> None:
    await house.bank("own", png(0))
    await house.upload(jpeg(0), claimed_author="ana")
    await logged.beat(20)
    connection = sqlite3.connect(logged.store.path)
    connection.execute("PRAGMA recursive_triggers = OFF")
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    statement = {
        "UPDATE": f"UPDATE {table} SET {columns[-1]} = {columns[-1]}",
        "DELETE": f"DELETE FROM {table}",
        "REPLACE": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
    }[verb]
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute(statement)
    connection.close()


async def test_a_full_disk_stops_the_change_and_its_entry_together(logged: LoggedStore) -> None:
    async def allow(pages: int) -> None:
        await logged.store.write(lambda c: c.execute(text(f"PRAGMA max_page_count = {pages}")), ())

    await allow(1)  # SQLite reads it as: no more than there are
    before = logged.log.state.size
    with pytest.raises(StoreError, match=r"nothing recorded: .*disk is full") as told:
        await logged.beat(500)
    assert "Make room" in told.value.hint
    assert len(logged.leaves()) == logged.log.state.size >= before
    await allow(100_000)
    await logged.beat()
    assert logged.check().is_whole


def test_canonical_json_is_that_of_rfc_8785() -> None:
    import rfc8785
    from hypothesis import given
    from hypothesis import strategies as st

    values = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    )

    @given(values)
    def same(value: object) -> None:
        assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]

    same()
    for bad in (2**53, 1.5, {"ü": 1}, {1: 2}, b"x"):
        with pytest.raises((ValueError, AttributeError)):
            canonical(bad)  # type: ignore[arg-type]
