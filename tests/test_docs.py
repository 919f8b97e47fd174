"""The documents say what the program does: no setting, command or endpoint is left out or made up."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from bridge.api.endpoints import ENDPOINTS
from bridge.settings import Settings
from hma_console.cli.command import Command
from hma_console.cli.main import COMMANDS
from hma_console.keys import SCOPES

ROOT = Path(__file__).parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_setting_is_documented_and_none_is_made_up() -> None:
    settings = Settings(Path("/nowhere"))
    names = {
        f"{section.name}.{key.name}"
        for section in fields(settings)
        if section.name not in ("data_dir", "origins")
        for key in fields(getattr(settings, section.name))
    }
    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", read("docs/settings.md"), re.M)) == names


def _names(commands: Sequence[Command], before: str = "hma-console") -> Iterator[str]:
    for command in commands:
        if command.run:
            yield f"{before} {command.name}"
        yield from _names(command.commands, f"{before} {command.name}")


def test_every_command_is_documented_and_none_is_made_up() -> None:
    documented = re.findall(r"^\| `(hma-console(?: [a-z]+)*)", read("docs/commands.md"), re.M)
    assert documented == ["hma-console", *_names(COMMANDS)]


def test_every_endpoint_is_documented() -> None:
    text = read("docs/api.md")
    for endpoint in ENDPOINTS:
        path = re.sub(r":(int|path)\}", "}", endpoint.path)
        short = path.removeprefix("/api/v1")
        assert path in text or short in text, path


def test_every_key_can_be_found_by_its_name() -> None:
    names = {one.id for scope in SCOPES.values() for one in scope}
    own = read("docs/console.md").partition("## Your own look and keys")[2].partition("\n## ")[0]
    assert set(re.findall(r"`([a-z_-]+)`", own)) - {"pictures.draw"} == names


def test_every_direct_dependency_is_explained() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = project["project"]["dependencies"] + [
        name for group in project["dependency-groups"].values() for name in group
    ]
    text = read("docs/dependencies.md")
    for requirement in wanted:
        name = re.split(r"[\[<>=; ]", requirement)[0]
        assert name.removeprefix("types-") in text, name


def test_what_the_readme_links_to_exists() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", read("README.md")):
        assert (ROOT / link).exists(), link


def test_what_a_document_links_to_exists_down_to_its_heading() -> None:
    for document in (ROOT / "docs").glob("*.md"):
        for file, _, heading in re.findall(r"\]\(([^)#:]*)(#([^)]+))?\)", document.read_text()):
            linked = document.parent / file if file else document
            assert linked.exists(), f"{document.name}: {file}"
            if heading:
                headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.M)
                anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
                assert heading in anchors, f"{document.name}: {file}#{heading}"
