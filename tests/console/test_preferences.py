"""The operator's own file: read strictly, changed line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import SettingsError
from hma_console.preferences import Preferences, keep, load

MINE = """# My console.
[keys]
release = "R"  # by habit

[look]
theme = "light"   # at noon
"""


def test_without_a_file_all_is_as_delivered(tmp_path: Path) -> None:
    assert load(tmp_path / "console.toml") == Preferences()


def test_one_value_changes_one_line_and_comments_stay(tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    file.write_text(MINE)
    keep(file, "look.theme", "mono")
    keep(file, "look.clock", "utc")
    keep(file, "pictures.draw", "off")
    assert file.read_text() == MINE.replace('"light"   # at noon', '"mono"') + (
        'clock = "utc"\n\n[pictures]\ndraw = "off"\n'
    )
    found = load(file)
    assert (found.theme, found.clock, found.draw, dict(found.keys)) == (
        "mono",
        "utc",
        "off",
        {"release": "R"},
    )
    keep(file, "pictures.draw", "")
    assert load(file).draw == ""


def test_a_file_that_does_not_exist_is_made_with_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "new" / "console.toml"
    keep(file, "look.theme", "dark")
    assert file.read_text() == '[look]\ntheme = "dark"\n'
    assert [each.name for each in file.parent.iterdir()] == ["console.toml"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[look", "is not TOML"),
        ('[look]\ntheme = "pink"', "look.theme takes auto, dark, light, contrast, ansi, mono, not 'pink'"),
        ('[look]\ncolour = "x"', "there is no look.colour"),
        ('theme = "dark"', "theme stands outside a"),
        ("[keys]\nrelease = 5", "takes lines like"),
        ("keys = 5", "takes lines like"),
    ],
)
def test_a_mistake_in_it_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "console.toml").write_text(text)
    with pytest.raises(SettingsError, match=words.replace("[", r"\[")):
        load(tmp_path / "console.toml")


def test_a_file_that_is_broken_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "console.toml"
    file.write_text("[look\n")
    with pytest.raises(SettingsError, match="is not TOML"):
        keep(file, "look.theme", "dark")
    assert file.read_text() == "[look\n"
