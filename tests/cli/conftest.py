from __future__ import annotations

import pytest

from bridge.settings import Settings
from hma_console.cli.main import main
from tests.cli.running import Done, Run


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Done:
        code = main(["--data-dir", str(settings.data_dir), *map(str, arguments)])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run
