"""`hma-console` by itself, before its first screen and after its last."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hma_console.cli.console import tell_fault


def test_without_a_terminal_it_names_what_needs_none(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hma_console", "--data-dir", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        env=os.environ | {"TERM": "xterm"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "hma-console: The console needs a terminal.\n"
        "Do: Use `hma-console serve` without one, or `hma-console --plain` for lines.\n"
    )


def test_a_fault_of_the_console_names_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "hma-console.log"
    log.write_text("IndexError")
    assert tell_fault("The console failed", log, is_demo=False) == 1
    assert capsys.readouterr().err == f"hma-console: The console failed; {log} says how.\n"


def test_the_log_of_a_failed_demo_outlives_its_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "hma-console.log"
    log.write_text("IndexError")
    assert tell_fault("The console failed", log, is_demo=True) == 1
    kept = Path(capsys.readouterr().err.removesuffix(" says how.\n").rpartition("; ")[2])
    log.unlink()
    assert kept.read_text() == "IndexError"
    kept.unlink()
