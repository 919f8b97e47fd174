"""What a list holds is written nowhere but among its entries: a busy run, and all it wrote searched.

The bridge is a process of its own, so that its log is what an operator would send with a fault report.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bridge.settings import Settings
from bridge.signals import UPRIGHT, Signal, SignalType, View
from bridge.store.database import writer_engine
from hma_console.cli.main import main
from tests.api.asking import V1, pdq_of, picture
from tests.busy_lists import FILE, keeping_lists, values_of_exchanges
from tests.busy_run import (
    Run,
    break_store,
    clients_of,
    decide_all,
    export_log,
    fill_list,
    look_at_screens,
    match_all,
    values_of_list,
)
from tests.console.driving import Stage
from tests.fakes.bridge_api import lived_in
from tests.fakes.receiver import ReceivingServer, receiving
from tests.serving import serving
from tests.stores import PASSPHRASE
from tests.traces import Traces, written_in_files, written_in_store

OF_UPLOADS = ("signals.sha256", "signals.sha1", "signals.md5", "uploads.sha256")
"""Where the hashes of the uploads themselves stand: a list's values too, where the very bytes came here."""


@pytest.fixture
async def webhooks() -> AsyncIterator[ReceivingServer]:
    async with receiving() as site:
        yield site


async def test_nothing_that_is_written_tells_a_value_of_a_child_safety_list(
    settings: Settings, tmp_path: Path, webhooks: ReceivingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle.zip"
    settings.data_dir.mkdir(exist_ok=True)
    config = settings.data_dir / "config.toml"
    config.write_text(
        f'[webhooks]\nurl = "{webhooks.url}/mine"\napps = ["app hma-console {webhooks.url}/app"]\n'
        '[operator]\ncountry = "US"\n[fetch]\nallow = ["127.0.0.1"]\n'
    )
    with serving(settings.data_dir) as served:
        async with served.operator() as operator:
            of_list = values_of_list(await pdq_of(operator, picture(1)))
        run = Run(served, of_list | values_of_exchanges(), frozenset(of_list))
        async with clients_of(run) as (operator, app):
            made = await operator.post(f"{V1}/log/keys/create", json={"passphrase": PASSPHRASE.decode()})
            assert made.status_code == 201, made.text
            secret = await operator.put(f"{V1}/secrets/webhook_secret", json={"value": "a secret for tests"})
            assert secret.status_code == 200, secret.text
            await fill_list(run, operator, app)
            await match_all(run, operator, app)
            async with keeping_lists(run, operator, tmp_path):
                [case, *_] = await decide_all(run, operator)
                await webhooks.until(4)
                await look_at_screens(run, case)
                for listing in (("lists",), ("lists", "sync", FILE), ("lists", "--json")):
                    await asyncio.to_thread(main, ["--data-dir", str(settings.data_dir), *listing])
                    run.said.append(("hma-console lists", repr(capsys.readouterr()).encode()))
            commands = (
                ("bank", "add", "list", run.hex("pdq 1"), run.hex("md5 1")),
                ("bank", "add", "list", f"{run.hex('pdq 1')[:-1]}g"),
                ("bank", "remove", "list", run.hex("md5 1"), f"{run.hex('md5 1')}:md5"),
                ("case", "show", case),
                ("log", "show"),
            )
            for arguments in commands:
                await asyncio.to_thread(main, ["--data-dir", str(settings.data_dir), *arguments])
                run.said.append((f"hma-console {arguments[0]}", repr(capsys.readouterr()).encode()))
            await export_log(run, operator, bundle)
            await break_store(run, operator, app, settings.store_path)
        served.kill()
    assert len(run.said) > 150
    run.said += [(one.path, repr(one.headers).encode() + one.body) for one in webhooks.heard]
    run.said.append(("exported log", bundle.read_bytes()))
    run.said += written_in_files(settings.data_dir, but=("store.db", "index/"))
    assert "serve.log" in {where for where, _ in run.said}
    stored = [
        (where, cell)
        for where, cell in written_in_store(settings.store_path)
        if not where.startswith("entries.")
    ]
    assert len(stored) > 500

    traces = Traces(run.values.items())
    of_uploads = {where: traces.found(cell) for where, cell in stored if where in OF_UPLOADS}
    assert of_uploads["signals.md5"] | of_uploads["signals.sha1"] <= {
        *("md5 of picture 2", "sha1 of picture 3", "theirs md5 of picture 5")
    }
    told = {
        (where, name)
        for where, said in (*run.said, *(cell for cell in stored if cell[0] not in OF_UPLOADS))
        for name in traces.found(said)
    }
    assert told == set()


VALUE = hashlib.shake_256(b"a value of a list").digest(32)


@pytest.mark.parametrize(
    "writing",
    [
        lambda value: value,
        lambda value: f"…{value.hex()[:12]}…",
        lambda value: value.hex(":").upper(),
        lambda value: f"x{value[5:11].hex()}y",
        lambda value: repr(value),
        lambda value: repr(list(value)),
        lambda value: str(int.from_bytes(value)),
        lambda value: base64.b64encode(b"a" + value),
        lambda value: base64.urlsafe_b64encode(b"ab" + value),
        lambda value: base64.b32encode(b"abc" + value).lower(),
    ],
)
def test_a_trace_is_found_in_every_usual_writing(writing: Callable[[bytes], Any]) -> None:
    traces = Traces([("it", VALUE)])
    assert traces.found(writing(VALUE)) == {"it"}
    assert traces.found(writing(hashlib.shake_256(b"another").digest(32))) == set()


def test_what_a_fault_prints_of_a_signal_is_its_type_alone(tmp_path: Path) -> None:
    """Crash reports and logs print whatever object was at hand."""
    signal = Signal(SignalType.PDQ, VALUE, 80)
    view = View(UPRIGHT, VALUE, 80)
    engine = writer_engine(tmp_path / "store.db", lambda *_: 0)
    with engine.connect() as connection, pytest.raises(SQLAlchemyError) as failed:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", (VALUE,))
    engine.dispose()
    printed = f"{signal!r} {view!r} {[signal]} {failed.value}"
    assert Traces([("it", VALUE)]).found(printed) == set()
    assert "pdq" in printed


async def test_a_console_that_fails_prints_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """Textual's own report of a crash prints what each of them holds."""

    def fail(typed: str) -> None:
        raise RuntimeError("A fault of the console.")

    async def crash() -> None:
        app = Stage(lived_in()).app
        async with app.run_test() as pilot:
            app.call_next(fail, VALUE.hex())
            await pilot.pause()

    with pytest.raises(RuntimeError, match="A fault"):
        await crash()
    printed = capsys.readouterr().err
    assert "A fault of the console." in printed
    assert Traces([("it", VALUE)]).found(printed) == set()
