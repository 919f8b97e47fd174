"""The files of `assets/deploy` against what they are for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.keys.passphrases import CREDENTIAL
from hma_console.gate_setup.rule import deploy_folder

UNIT = (deploy_folder() / "hma-console.service").read_text()


def test_the_credential_is_the_one_the_bridge_reads() -> None:
    assert re.findall(r"^LoadCredential=([^:]+):", UNIT, re.M) == [CREDENTIAL]


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="SYSTEMD IS MISSING: the unit of assets/deploy was not read",
)
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "hma-console.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT, flags=re.M))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
