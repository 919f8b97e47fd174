"""`policy` as a person types it: what it prints, what it changes, how it exits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run


def test_a_policy_is_tested_imported_and_shown_again(run: Run, tmp_path: Path) -> None:
    run("bank", "create", "own")
    file = tmp_path / "policy.toml"
    file.write_text("[bank.own]\nthreshold = 12\n\n[brakes]\nautomatic_a_day = 7\n")
    tested = run("policy", "test", file)
    assert tested.code == 0
    assert tested.out.startswith("bank.own.threshold: 24 → 12\nbrakes.automatic_a_day: 10 → 7\n")
    assert "own: 24 → 12\n  24 → 12: you decided no case of it in 90 days." in tested.out
    assert tested.err == "Nothing was changed.\n"
    assert run("policy", "show").out.startswith("# The preset; nothing was imported yet.\n")
    assert run("policy", "import", file).out == "Policy 1 is in force.\n"
    shown = run("policy", "show")
    assert shown.out.startswith("# Policy 1, put in force ")
    again = tmp_path / "again.toml"
    again.write_text(shown.out)
    assert run("policy", "test", again).err == "It would change nothing.\n"
    assert run("policy", "show", "--version", 1).out == shown.out
    assert run("policy", "show", "--json").json["brakes"]["automatic_a_day"] == 7


@pytest.mark.parametrize("command", ["test", "import"])
def test_a_bad_policy_exits_1_with_line_and_remedy_and_a_missing_file_2(
    run: Run, tmp_path: Path, command: str
) -> None:
    run("bank", "create", "own")
    file = tmp_path / "policy.toml"
    file.write_text("[bank.own]\n\nthreshold = 40\n")
    refused = run("policy", command, file)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "hma-console: policy.toml line 3: threshold takes 0 to 31, not 40.\n"
        "Do: Write a number from 0 to 31.\n"
    )
    assert run("policy", "show").out.startswith("# The preset")
    assert run("policy", command, tmp_path / "none.toml").code == 2
