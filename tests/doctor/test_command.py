"""`doctor` as it is typed: what it prints, and how it exits."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.settings import Settings
from hma_console.cli.main import main
from hma_console.doctor import local
from hma_console.doctor.asking import Answer
from hma_console.doctor.clock import clock_of
from hma_console.doctor.finding import Level
from tests.cli.running import Done, Run
from tests.fakes.hma_setup import SetUpHma, set_up_hma

HASHES = ("8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0", "2d6b" * 16, "9c1a" * 16)
PASSPHRASE = "five plain words for tests"


@contextmanager
def serving_hma(token: str) -> Iterator[SetUpHma]:
    """In a loop and thread of its own: the command has its own loop."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    made: list[SetUpHma] = []
    ends = asyncio.Event()

    async def serve() -> None:
        async with set_up_hma(token) as hma:
            hma.load("LIST", *HASHES)
            made.append(hma)
            ready.set()
            await ends.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    yield made[0]
    loop.call_soon_threadsafe(ends.set)
    thread.join(20)
    loop.close()


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Done:
        code = main(["--data-dir", str(settings.data_dir), *map(str, arguments)])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def begun(run: Run, settings: Settings) -> Path:
    """A data directory with a store, closed to others, and no keys."""
    settings.data_dir.chmod(0o750)
    assert run("bank", "create", "own").code == 0
    return settings.data_dir


def test_where_all_is_well_it_exits_0_with_a_line_for_each_thing(run: Run, begun: Path) -> None:
    done = run("doctor")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert [line.split(":")[0].split() for line in lines] == [
        ["ok", "data"],
        [lines[1].split()[0], "disk"],
        ["ok", "store"],
        ["look", "keys"],
        ["ok", "hma"],
    ]
    assert lines[3] == "look keys: there are none: the log is not signed. Do: Run `hma-console key create`."


def test_for_programs_it_prints_one_array(run: Run, begun: Path) -> None:
    found = run("doctor", "--json").json
    assert {"level": "ok", "about": "store", "what": "the store is whole", "remedy": ""} in found


def test_an_hma_that_is_not_there_is_3(run: Run, begun: Path) -> None:
    done = run("--set", "matcher.kind=hma", "--set", "matcher.hma_url=http://127.0.0.1:9", "doctor")
    assert done.code == 3
    assert "bad  hma: http://127.0.0.1:9 cannot be reached: " in done.out


def test_it_reads_the_token_that_was_set_and_shows_it_nowhere(
    run: Run, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "a-token-that-nobody-guesses"
    with_passphrase = ("--passphrase-command", f"echo {PASSPHRASE}")
    assert run(*with_passphrase, "key", "create").code == 0
    monkeypatch.setattr("sys.stdin", Typed(token))
    assert run(*with_passphrase, "secret", "set", "hma_token").code == 0
    with serving_hma(token) as hma:
        using_it = ("--set", "matcher.kind=hma", "--set", f"matcher.hma_url={hma.url}")
        done = run(*with_passphrase, *using_it, "doctor")
        assert done.code == 0, done.out
        assert "ok   hma: it sends away who has no token, and takes ours." in done.out
        assert token not in done.out + done.err
        locked = run(*using_it, "doctor")
        assert locked.code == 0
        assert "look keys: hma_token could not be read: " in locked.out
        assert "look hma: it wants a token; whether it takes ours is unknown." in locked.out


class Typed:
    """Standard input that is no terminal."""

    def __init__(self, text: str) -> None:
        self._text = text

    def isatty(self) -> bool:
        return False

    def read(self, _: int = -1) -> str:
        return self._text


def test_what_others_can_read_is_bad_and_the_remedy_closes_it(run: Run, begun: Path) -> None:
    begun.chmod(0o755)
    (begun / "store.db").chmod(0o644)
    done = run("doctor")
    assert done.code == 1
    for line in done.out.splitlines():
        if line.startswith("bad"):
            os.system(line.partition("Do: ")[2].removesuffix("."))
    assert stat.S_IMODE(begun.stat().st_mode) == 0o750
    assert run("doctor").code == 0


def test_a_store_that_is_damaged_is_bad(run: Run, begun: Path) -> None:
    size = (begun / "store.db").stat().st_size
    with (begun / "store.db").open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 8192)
    done = run("doctor")
    assert done.code == 1
    assert "bad  store: " in done.out


def test_where_nothing_was_begun_nothing_is_made(run: Run, settings: Settings) -> None:
    settings.data_dir.rmdir()
    done = run("doctor")
    assert done.code == 0
    assert not settings.data_dir.exists()
    settings.data_dir.mkdir()


@pytest.mark.parametrize(
    ("free", "level"), [(local.ENOUGH, Level.OK), (local.TOO_LITTLE, Level.LOOK), (0, Level.BAD)]
)
async def test_a_disk_that_fills_is_told_in_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, level: Level
) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage())
    (finding,) = await local.disk(settings)
    assert finding.level is level


@pytest.mark.parametrize(
    ("skew", "level"), [(None, Level.LOOK), (-4, Level.OK), (30, Level.LOOK), (-61, Level.BAD)]
)
def test_a_clock_that_is_off_is_told(skew: float | None, level: Level) -> None:
    assert clock_of("hma", Answer(200, "", skew)).level is level


def test_a_command_without_a_running_bridge_has_the_token_as_well(
    run: Run, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_passphrase = ("--passphrase-command", f"echo {PASSPHRASE}")
    run(*with_passphrase, "key", "create")
    monkeypatch.setattr("sys.stdin", Typed("token-of-hma"))
    run(*with_passphrase, "secret", "set", "hma_token")
    run(*with_passphrase, "bank", "add", "own", *HASHES)
    with serving_hma("token-of-hma") as hma:
        using_it = ("--set", "matcher.kind=both", "--set", f"matcher.hma_url={hma.url}")
        done = run(*with_passphrase, *using_it, "bank", "mirror", "own", "--to", "hma")
        assert (done.code, done.out) == (0, "3 added to OWN, 0 there already, 0 taken out\n")
        assert "token-of-hma" not in done.out + done.err
