"""Settings: four sources, the later wins, and each mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import SettingsError
from bridge.settings import default_data_dir, load, names_of, value_of


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNTIME_DIRECTORY", "HMA_CONSOLE_DATA_DIR", "HMA_CONSOLE_BRIDGE_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_by_default_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.bridge.host, settings.bridge.port) == ("127.0.0.1", 3001)
    assert settings.fetch.allow == ()


def test_the_later_source_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('[bridge]\nport = 1\nhost = "::1"\n[fetch]\nallow = ["a", "b"]')
    assert load(tmp_path).bridge.port == 1
    monkeypatch.setenv("HMA_CONSOLE_BRIDGE_PORT", "2")
    assert load(tmp_path).bridge.port == 2
    settings = load(tmp_path, assignments=["bridge.port=3", "fetch.allow = c , d"])
    assert (settings.bridge.port, settings.bridge.host, settings.fetch.allow) == (3, "::1", ("c", "d"))


def test_what_is_true_or_false_is_so_from_every_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(tmp_path).matcher.arachnid is False
    (tmp_path / "config.toml").write_text("[matcher]\narachnid = true")
    assert load(tmp_path).matcher.arachnid is True
    monkeypatch.setenv("HMA_CONSOLE_MATCHER_ARACHNID", "False")
    assert load(tmp_path).matcher.arachnid is False
    assert load(tmp_path, assignments=["matcher.arachnid=yes"]).matcher.arachnid is True


def test_every_default_can_be_written_as_it_is_told(tmp_path: Path) -> None:
    usual = load(tmp_path)
    told = {name: value_of(usual, name) for name in names_of(usual)}
    again = load(tmp_path, assignments=[f"{name}={value}" for name, value in told.items() if value])
    assert {name: value_of(again, name) for name in told} == told


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[bridge]\nprt = 1", "no setting bridge.prt"),
        ("[brigde]\nport = 1", "no setting brigde.port"),
        ("port = 1", "outside a"),
        ('[bridge]\nport = "many"', "takes a whole number"),
        ("[bridge]\nport = -1", "takes a whole number"),
        ("[bridge]\nport = 1.5", "takes a whole number"),
        ("[bridge]\nport = true", "takes a whole number"),
        ("[bridge]\nhost = 5", "takes a text"),
        ("[matcher]\narachnid = 1", "takes true or false"),
        ('[matcher]\narachnid = "perhaps"', "takes true or false"),
        ("[fetch]\nallow = [1]", "takes a list"),
        ("[bridge", "is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, config: str, message: str) -> None:
    (tmp_path / "config.toml").write_text(config)
    with pytest.raises(SettingsError, match=message):
        load(tmp_path)


@pytest.mark.parametrize("assignment", ["port=1", "bridge.port", "=", "bridge.port=x"])
def test_a_mistake_on_the_command_line_is_named(tmp_path: Path, assignment: str) -> None:
    with pytest.raises(SettingsError):
        load(tmp_path, assignments=[assignment])


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, tmp_path / "none.toml")


def test_the_socket_lies_in_the_runtime_directory_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/hma")
    assert load(tmp_path).socket_path == Path("/run/hma/bridge.sock")


def test_a_path_too_long_for_a_socket_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="longer than"):
        _ = load(tmp_path / ("x" * 120)).socket_path


def test_the_data_directory_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMA_CONSOLE_DATA_DIR", "/srv/hma")
    assert default_data_dir() == Path("/srv/hma")


def test_each_setting_knows_where_it_is_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = '[deciding]\nlater_hours = 4\n\n[bridge]\n  "port" = 1\nhost = "::1"\n[log]\nhead_copy="/a"\n'
    (tmp_path / "config.toml").write_text(f"{config}[pds]\nurl = 'https://pds.example.org'\n")
    monkeypatch.setenv("HMA_CONSOLE_LOG_HEAD_COPY", "/b")
    origins = load(tmp_path, assignments=["bridge.host=::2"]).origins
    told = {name: (one.source.value, one.place) for name, one in origins.items()}
    assert told == {
        "deciding.later_hours": ("file", "config.toml, line 2"),
        "bridge.port": ("file", "config.toml, line 5"),
        "bridge.host": ("command line", ""),
        "log.head_copy": ("environment", "HMA_CONSOLE_LOG_HEAD_COPY"),
        "pds.url": ("file", "config.toml, line 10"),
    }
