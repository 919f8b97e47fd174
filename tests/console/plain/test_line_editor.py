from __future__ import annotations

from hma_console.plain.line_editor import LineEditor


def typed(keys: str) -> LineEditor:
    editor = LineEditor()
    for key in keys:
        editor.type(key)
    return editor


def test_what_is_taken_back_is_gone() -> None:
    assert typed("queux\x7fe").text == "queue"
    assert typed("case 7k2p\x17").text == "case "
    assert typed("case 7k2p\x15feed").text == "feed"
    assert typed("\x7f\x7f").is_empty


def test_arrows_and_the_like_leave_nothing_behind() -> None:
    assert typed("a\x1b[Db\x1bOHc\x1b[1;5Dd\x00\x07").text == "abcd"


def test_an_escape_by_itself_takes_the_line_back() -> None:
    editor = typed("half a word\x1b")
    assert editor.pause() == "\b" * 11 + " " * 11 + "\b" * 11
    assert editor.is_empty
    editor.type("t")
    assert editor.text == "t"


def test_wide_letters_are_taken_back_whole() -> None:
    editor = typed("画")
    assert editor.type("\b") == "\b\b  \b\b"


def test_nothing_it_shows_moves_the_cursor_elsewhere() -> None:
    editor = LineEditor()
    assert editor.type("\u202e") == ""
    assert "".join(editor.type(key) for key in "e\u0301\x1b[2J") == "e\u0301"
