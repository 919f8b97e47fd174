"""The commands as a person types them: what they print, what they change, how they exit."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.settings import Settings
from hma_console.attach import attached
from hma_console.cli.bank import _entries
from hma_console.cli.main import main
from tests.cli.running import Run
from tests.pictures import encoded, photographs

HASH = "8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0"


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "below").mkdir()
    (tmp_path / "a.png").write_bytes(encoded(photographs()[0]))
    (tmp_path / "below" / "copy.jpg").write_bytes(encoded(photographs()[0], "JPEG", quality=70))
    (tmp_path / "below" / "other.png").write_bytes(encoded(photographs()[1]))
    return iter([tmp_path])


@pytest.fixture
def folder(pictures: Iterator[Path]) -> Path:
    return next(pictures)


def test_a_bank_is_made_filled_listed_and_deleted(run: Run, folder: Path) -> None:
    made = run("bank", "create", "own", "--json").json
    assert (made["category"], made["role"], made["threshold"], made["mode"]) == (
        "own",
        "block",
        24,
        "enforce",
    )
    assert run("bank", "add", "own", folder / "a.png", "--json").json["added"] == 4
    assert run("bank", "add", "own", HASH).out == "Hash: 1 added as pdq, 0 there already\n"
    sha256 = f"sha256:{HASH}"
    assert run("bank", "add", "own", sha256).out == "Hash: 1 added as sha256, 0 there already\n"
    (bank,) = run("bank", "list", "--json").json
    assert (bank["entry_count"], bank["signals"]["pdq"]) == (6, 2)
    assert "own" in run("bank", "list").out
    assert run("bank", "remove", "own", HASH).out == "1 removed\n"
    assert run("bank", "delete", "own").code == 0
    assert run("bank", "list", "--json").json == []


@pytest.mark.parametrize("category", ["child_safety", "exploitative", "terrorism", "test"])
def test_a_bank_takes_the_threshold_of_its_category(run: Run, category: str) -> None:
    assert run("bank", "create", "list", "--category", category, "--json").json["threshold"] == 31


@pytest.mark.parametrize("threshold", ["32", "-1", "0.8", "many", ""])
def test_a_threshold_that_is_no_distance_is_refused(run: Run, threshold: str) -> None:
    done = run("bank", "create", "own", f"--threshold={threshold}")
    assert done.code == 2
    assert "a distance from 0 to 31" in done.err
    assert run("bank", "list", "--json").json == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("bank", "create", "own", "--category", "pets"),
        ("bank", "create", "csam", "--category", "child_safety", "--mode", "shadow"),
        ("bank", "add", "none", HASH),
        ("bank", "add", "own", "zz"),
        ("bank", "add", "own", "nowhere.png"),
        ("bank", "import", "own", "nowhere.csv"),
        ("bank", "delete", "none"),
        ("case", "show", "none"),
        ("case", "show", ""),
        ("case", "show", ".."),
        ("case", "show", "none/../.."),
        ("bank", "delete", ""),
        ("bank", "add", "own", "/"),
        ("apikey", "revoke", ""),
        ("apikey", "revoke", "a?b/c"),
        ("scan", "/dev/zero"),
        ("apikey", "create", "app", "--scope", "everything"),
        ("apikey", "revoke", "none"),
        ("scan", "nowhere"),
        ("serve", "--port", "99999"),
    ],
)
def test_wrong_use_exits_with_2_and_one_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("hma-console: ")
    assert "Traceback" not in done.err


def test_a_list_is_imported_bad_lines_are_named_and_it_comes_out_again(run: Run, tmp_path: Path) -> None:
    values = [hashlib.sha256(bytes([number])).hexdigest() for number in range(39)]
    file = tmp_path / "list.txt"
    file.write_text("\n".join([*values[:20], "n/a", *values[20:], values[0]]))
    run("bank", "create", "own")
    done = run("bank", "import", "own", file)
    assert done.code == 0
    assert done.out.splitlines() == [
        "39 added, 1 there already, 1 not read",
        "  line 21: 3 digits, 64 needed for pdq",
    ]
    assert sorted(run("bank", "export", "own").out.split()) == sorted(values)
    rows = run("bank", "export", "own", "--format", "csv").out.splitlines()
    assert rows[0] == "hash_type,hash_value,quality"
    assert {row["hash_value"] for row in run("bank", "export", "own", "--json").json} == set(values)
    run("bank", "create", "again")
    again = tmp_path / "again.json"
    again.write_text(run("bank", "export", "own", "--json").out)
    assert run("bank", "import", "again", again, "--json").json["added"] == 39


def test_a_listed_bank_is_never_exported(run: Run) -> None:
    run("bank", "create", "list", "--category", "ncii")
    run("bank", "add", "list", HASH)
    done = run("bank", "export", "list")
    assert (done.code, done.out) == (2, "")
    assert "never exported" in done.err


def test_scan_finds_copies_and_exits_with_1(run: Run, folder: Path) -> None:
    run("bank", "create", "own")
    run("bank", "add", "own", folder / "a.png")
    (folder / "notes.txt").write_text("hello")
    (folder / "empty.jpg").write_bytes(b"")
    done = run("scan", folder, "--json")
    assert done.code == 1
    found = {Path(line["path"]).name: line for line in done.lines}
    assert {name: line["status"] for name, line in found.items()} == {
        "a.png": "matched",
        "copy.jpg": "matched",
        "other.png": "no_match",
        "notes.txt": "unhashable",
        "empty.jpg": "unhashable",
    }
    assert [match["hash_type"] for match in found["a.png"]["matches"]] == ["sha256", "pdq"]
    assert found["other.png"]["matches"] == []
    assert len(found["copy.jpg"]["hash"]) == 64
    assert found["copy.jpg"]["quality"] > 50
    (case, _) = run("case", "list", "--json").json
    shown = run("case", "show", case["id"][:5], "--json").json
    assert shown["files"][0]["source"] == "scan"
    assert "own" in run("case", "show", case["id"]).out


def test_scanning_a_file_twice_is_one_case(run: Run, folder: Path) -> None:
    run("bank", "create", "own")
    run("bank", "add", "own", folder / "a.png")
    assert run("scan", folder / "a.png").code == 1
    assert run("scan", folder / "a.png").code == 1
    assert [case["file_count"] for case in run("case", "list", "--json").json] == [2]


def test_scan_without_a_match_exits_with_0_and_without_a_list_with_3(run: Run, folder: Path) -> None:
    done = run("scan", folder / "a.png", "--json")
    assert (done.code, done.json["status"]) == (3, "not_checked")
    run("bank", "create", "own")
    run("bank", "add", "own", folder / "a.png")
    assert run("scan", folder / "below" / "other.png").code == 0


def test_an_api_key_is_shown_once(run: Run) -> None:
    made = run("apikey", "create", "app", "--scope", "hash", "match", "--json").json
    assert set(made) == {"name", "key"}
    assert made["key"] not in run("apikey", "list").out
    (key,) = run("apikey", "list", "--json").json
    assert (key["name"], key["scopes"], key["revoked_at"]) == ("app", ["hash", "match"], None)
    assert run("apikey", "create", "app", "--scope", "all").code == 2
    assert run("apikey", "revoke", "app").code == 0


@pytest.mark.parametrize(
    ("name", "share", "asked_at", "said"),
    [
        ("ON", 1.0, 9, "in HMA"),
        ("OFF", 0.0, 9, "HMA, off"),
        ("GONE", None, 9, "not in HMA"),
        ("GONE", None, 5, "in HMA"),
        ("OFF", None, None, "in HMA"),
    ],
)
def test_a_bank_of_hma_is_said_to_be_off_or_gone_once_hma_said_so(
    name: str, share: float | None, asked_at: int | None, said: str
) -> None:
    listed = [{"name": "ON", "is_on": True}, {"name": "OFF", "is_on": False}]
    words = {"description": "", "category": "ncii", "role": "block", "on_match": "review", "mode": "enforce"}
    numbers = {"threshold": 31, "entry_count": None, "hit_count": 0, "created_at": 5, "updated_at": 5}
    bank = {"name": name, "origin": "hma", "share": share, **words, **numbers}
    assert _entries(bank, {"asked_at": asked_at, "banks": listed}) == said


def test_a_command_that_asks_no_hma_says_nothing_of_one_that_is_away(
    run: Run, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    (settings.data_dir / "config.toml").write_text(
        '[matcher]\nkind = "hma"\nhma_url = "http://127.0.0.1:9"\n'
    )
    assert run("bank", "list").code == 0
    assert caplog.messages == []


def test_nothing_waits_when_nothing_waits(run: Run) -> None:
    assert run("case", "list").err == "Nothing waits.\n"
    assert run("case", "list", "--json").json == []


def test_the_console_without_a_terminal_says_what_to_do(run: Run) -> None:
    done = run()
    assert done.code == 2
    assert "hma-console serve" in done.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    help_text = capsys.readouterr().out
    assert all(name in help_text for name in ("serve", "demo", "scan", "bank", "case", "apikey"))


def test_a_file_that_is_no_list_is_wrong_use_and_not_all_its_lines_are_named(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "novel.txt"
    file.write_text("no hash\n" * 30)
    run("bank", "create", "own")
    done = run("bank", "import", "own", file)
    assert done.code == 2
    assert done.err.startswith(f"hma-console: Nothing was read of {file}: 30 lines, no hash.\n")
    assert done.out.count("  line ") == 20
    assert done.out.endswith("  and 10 more\n")


def test_scanning_without_a_list_says_what_to_do(run: Run, folder: Path) -> None:
    done = run("scan", folder / "a.png")
    assert done.code == 3
    assert done.out == f"not checked  {folder / 'a.png'}  (no list is connected)\n"
    assert "Do: connect a list: hma-console bank create" in done.err


def test_a_demo_of_no_uploads_is_refused_in_words(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("demo", "--headless", "--uploads", "0")
    assert "a number from 1 on is needed, not '0'" in capsys.readouterr().err


def test_what_strangers_wrote_does_nothing_to_the_terminal(
    run: Run, folder: Path, settings: Settings
) -> None:
    name = "evil\x1b[31m\u202e"
    picture = folder / f"{name}.png"
    (folder / "a.png").rename(picture)

    async def upload() -> None:
        async with attached(settings, listens=False) as bridge:
            files, fields = {"image": picture.read_bytes()}, {"photo_id": name}
            await bridge.http.post("/api/v1/match", files=files, data=fields)

    run("bank", "create", "own")
    assert "\x1b" not in run("bank", "add", "own", picture).out
    asyncio.run(upload())
    (case,) = run("case", "list", "--json").json
    shown = run("case", "show", case["id"])
    assert "evil\\u001b[31m\\u202e" in shown.out
    assert not {"\x1b", "\u202e"} & set(shown.out + run("case", "show", case["id"], "--json").out)
