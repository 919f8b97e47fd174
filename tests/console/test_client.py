from __future__ import annotations

from pathlib import Path

import pytest

from bridge.catalogue import Bank, Category, Role
from bridge.errors import Unreachable
from hma_console import bank_files
from hma_console.wire import Refused
from tests.console.driving import Stage
from tests.fakes.answers import upload


async def test_pages_go_on_where_the_last_one_ended(stage: Stage) -> None:
    stage.bridge.uploads = [upload(seq, 0) for seq in range(9, 0, -1)]
    first = await stage.client.uploads(limit=5)
    second = await stage.client.uploads(before=first.next, limit=5)
    assert [one.seq for one in first.uploads + second.uploads] == list(range(9, 0, -1))
    assert second.next is None


async def test_only_what_matters_is_asked_of_the_bridge(stage: Stage) -> None:
    page = await stage.client.uploads(matters=True)
    assert {one.verdict.value for one in page.uploads} == {"matched", "not_checked", "unhashable"}


async def test_a_refusal_carries_the_bridges_own_words(stage: Stage) -> None:
    with pytest.raises(Refused, match="There is no bank nowhere") as refused:
        await stage.client.drop_bank("nowhere")
    assert (refused.value.code, refused.value.hint) == ("NotFound", "See 5 Banks.")


async def test_where_nobody_listens_the_bridge_is_unreachable(stage: Stage) -> None:
    stage.transport.is_down = True
    with pytest.raises(Unreachable):
        await stage.client.status()
    with pytest.raises(Unreachable):
        async with stage.client.events(None):
            pass


async def test_events_carry_uploads_and_begin_after_the_given_one(stage: Stage) -> None:
    async with stage.client.events(7) as events:
        stage.bridge.say("note", {"type": "x", "subject": "y"}, 8)
        stage.bridge.say("upload", upload(9, 0), 9)
        note, arrived = await anext(events), await anext(events)
    assert stage.bridge.last_event_ids == ["7"]
    assert (note.id, note.kind, note.upload) == (8, "note", None)
    assert arrived.upload is not None
    assert arrived.upload.seq == 9


async def test_a_bank_is_made_with_its_policy(stage: Stage) -> None:
    made = await stage.client.make_bank(Bank("mine", Category.TEST, Role.ALLOW, description="of ours"))
    assert (made.name, made.category, made.role, made.description) == (
        "mine",
        Category.TEST,
        Role.ALLOW,
        "of ours",
    )


async def test_a_list_is_sent_as_it_is_read(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"ab\n" * 200_000)
    size = await bank_files.size_of(path)
    imported = await stage.client.import_list("own", bank_files.pieces(path), size)
    assert stage.bridge.received["import"] == path.read_bytes()
    assert imported.lines == 200_000
    assert imported.bad[0].line == 2


async def test_an_export_becomes_a_new_file_of_the_owner(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    await bank_files.write(path, stage.client.export_bank("own"))
    assert path.read_text() == "ab" * 32 + "\n"
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(bank_files.FileFault, match="exists already"):
        await bank_files.write(path, stage.client.export_bank("own"))


async def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(bank_files.FileFault, match="There is no"):
        await bank_files.size_of(tmp_path / "nothing")
    with pytest.raises(bank_files.FileFault, match="not a file"):
        await bank_files.size_of(tmp_path)
    with pytest.raises(bank_files.FileFault, match="missing"):
        bank_files.named("  ")
