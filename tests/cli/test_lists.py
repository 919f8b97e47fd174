"""`lists`: connect, read, remove, without a bridge that runs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Run

HASH, OTHER = "11" * 16, "22" * 16


def test_a_file_is_connected_read_now_and_removed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{HASH}\n{OTHER}\n")
    made = run("lists", "add", "watched", "shared", f"source={file}", "--category", "ncii", "--json")
    assert (made.json["state"], made.json["bank"], made.json["entries"]) == ("never", "shared", 0)
    assert run("lists", "sync", "shared").code == 0
    found = run("lists", "--json").json
    assert [(one["name"], one["state"], one["entries"]) for one in found["exchanges"]] == [
        ("shared", "current", 2)
    ]
    [watched] = [one for one in found["programmes"] if one["name"] == "watched"]
    assert watched["lists"] == ["shared"]
    [bank] = run("bank", "list", "--json").json
    assert (bank["name"], bank["category"]) == ("shared", "ncii")
    assert run("lists", "remove", "shared").code == 2, "it asks for a word"
    assert run("lists", "remove", "shared", "--confirm", "shared").code == 0
    assert run("lists", "--json").json["exchanges"] == []


def test_a_list_that_cannot_be_read_says_why_and_repeats_nothing_of_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{HASH[:-1]}\n")
    run("lists", "add", "watched", "shared", f"source={file}")
    done = run("lists", "sync", "shared")
    assert done.code == 1
    assert "no hash in the list" in done.err
    shown = run("lists")
    assert "failing" in shown.out
    assert HASH[:12] not in done.err + shown.out + shown.err


def test_every_programme_is_told_with_what_this_host_has_of_it(run: Run) -> None:
    shown = run("lists").out
    for name in ("NCMEC hash sharing", "StopNCII", "ThreatExchange", "Arachnid Shield", "GIFCT"):
        assert name in shown
    assert "secret set ncmec`, once you have it, then `hma-console lists add ncmec NAME`" in shown
    assert "lists add threatexchange NAME privacy_group=… category=…`" in shown


def test_what_is_wrong_is_named(run: Run) -> None:
    for arguments, why in (
        (("ncmek", "a"), "no kind of list"),
        (("watched", "a"), "setting source is missing"),
        (("watched", "a", "source"), "is no setting"),
        (("watched", "a", "source=http://example.org/l"), "source takes"),
    ):
        done = run("lists", "add", *arguments)
        assert (done.code, why in done.err) == (2, True), done.err
