"""The log by commands, as an operator types them: with a bridge that runs, and without one."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.settings import Settings
from hma_console.cli.main import main

SOURCE = ("--passphrase-command", "echo five plain words for tests")
Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Holds the data directory `data` and whatever a test writes beside it."""
    return settings.data_dir


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)

    def run(*arguments: str, typed: str = "", source: tuple[str, ...] = SOURCE) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["--data-dir", str(folder / "data"), *source, *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_from_the_first_key_to_a_verified_export_without_a_bridge(run: Run, folder: Path) -> None:
    code, out, _ = run("key", "create", "--json")
    made = json.loads(out)
    assert (code, made["state"]) == (0, "open")
    assert run("bank", "create", "mine")[0] == 0
    code, out, err = run("log", "show")
    assert (code, "bank 1 made" in out, "all signed" in err) == (0, True, True)
    code, out, _ = run("log", "verify", source=())
    assert (code, "The log is whole" in out, "outside copy" in out) == (0, True, True)
    code, _, err = run("log", "export", "--all", "--output", str(folder / "x"), source=())
    assert (code, "locked" in err) == (2, True)
    code, out, _ = run("log", "export", "--all", "--output", str(folder / "out.zip"), "--json")
    exported = json.loads(out)
    assert (code, exported["fingerprint"]) == (0, made["fingerprint"])
    bundle = str(folder / "out.zip")
    code, out, _ = run("verify", bundle, "--fingerprint", made["fingerprint"])
    assert (code, out.startswith("It verifies.")) == (0, True)
    code, out, _ = run("verify", bundle, "--fingerprint", "SHA256:" + "A" * 43)
    assert (code, "WRONG KEY" in out) == (1, True)
    assert run("verify", str(folder / "nothing"))[0] == 2


def test_a_damaged_log_and_a_rolled_back_one_are_said_and_can_be_accepted(run: Run, folder: Path) -> None:
    run("key", "create")
    shutil.copytree(folder / "data", folder / "older")
    run("bank", "create", "mine")
    shutil.rmtree(folder / "data")
    (folder / "older").rename(folder / "data")
    code, out, _ = run("log", "verify")
    assert (code, "rolled back" in out) == (1, True)
    code, _, err = run("bank", "create", "next")
    assert (code, "rolled back" in err, "log accept" in err) == (3, True, True)
    assert run("log", "accept")[0] == 2
    assert run("log", "accept", "--yes")[0] == 0
    assert run("bank", "create", "next")[0] == 0
    assert run("log", "verify")[0] == 0


def test_a_secret_is_read_from_standard_input_and_printed_by_nothing(run: Run) -> None:
    code, _, err = run("secret", "set", "ncmec", typed="hunter2\n")
    assert (code, "no key" in err or "none yet" in err) == (2, True)
    run("key", "create")
    outputs = [
        run("secret", "set", "ncmec", typed="hunter2\n"),
        run("secret", "list"),
        run("log", "show"),
        run("secret", "delete", "ncmec"),
    ]
    assert [code for code, _, _ in outputs] == [0, 0, 0, 0]
    assert "hunter2" not in str(outputs)
    assert run("secret", "set", "ncmec", typed="\n")[0] == 2
    assert run("secret", "set", "mine", typed="x")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("log", "export", "--output", "x"),
        ("log", "export", "--all", "--case", "a", "--output", "x"),
        ("log", "export", "--since", "yesterday", "--output", "x"),
        ("erase", "--basis", "consent"),
        ("hold", "abc"),
        ("hold", "abc", "--end", "--until", "2030-01-01"),
        ("log", "show", "--case", "zzzz"),
    ],
)
def test_wrong_use_is_a_sentence(run: Run, arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments, source=())
    assert code == 2
    assert "Do: " in err
