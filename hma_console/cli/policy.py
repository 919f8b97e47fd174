"""`policy`: what matches lead to: shown, another one tried on what matched before, and put in force."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from hma_console.answers import Body
from hma_console.bank_files import named, whole
from hma_console.cli.command import Command, Context, print_json, say
from hma_console.policy_answers import Simulation
from hma_console.policy_words import change, flowed, result
from hma_console.wire import PATIENT, Refused
from hma_console.words import moment, safe

INVALID = 1
_TOML = {"Content-Type": "application/toml"}


async def _show(given: argparse.Namespace, context: Context) -> int:
    path = "/policy" if given.version is None else f"/policy/versions/{given.version}"
    async with context.wire() as wire:
        shown = await wire.ask("GET", path)
    if context.as_json:
        print_json(shown)
        return 0
    print(f"# {_since(shown['newest'] if given.version is None else shown)}")
    print(_safe_lines(shown["text"]), end="")
    return 0


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", type=int, metavar="N", help="one that was in force before")


async def _test(given: argparse.Namespace, context: Context) -> int:
    tested = await _sent(context, "POST", "/policy/test", given.file)
    if tested is None:
        return INVALID
    if context.as_json:
        print_json(tested)
        return 0
    for one in tested["differences"]:
        print(safe(f"{one['name']}: {_or_none(one['before'])} → {_or_none(one['after'])}"))
    for each in tested["simulated"]:
        simulated = Simulation.parse(Body(each))
        print(f"\n{safe(simulated.after.bank)}: {change(simulated.before, simulated.after)}")
        for sentences in result(simulated):
            for line in flowed(sentences, 98):
                print(f"  {line}")
    say("Nothing was changed." if tested["differences"] else "It would change nothing.")
    return 0


async def _import(given: argparse.Namespace, context: Context) -> int:
    shown = await _sent(context, "PUT", "/policy", given.file)
    if shown is None:
        return INVALID
    if context.as_json:
        print_json(shown)
    else:
        print(f"Policy {shown['newest']['version']} is in force.")
    return 0


def _file_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="TOML, as docs/policy.md explains it")


async def _sent(context: Context, method: str, path: str, file: Path) -> dict[str, Any] | None:
    """The answer; None where the file is no policy, which was said."""
    text = await whole(named(str(file)))
    async with context.wire() as wire:
        try:
            return await wire.ask(method, path, content=text, headers=_TOML, timeout=PATIENT)
        except Refused as refused:
            if refused.code != "BadPolicy":
                raise
            say(f"hma-console: {safe(refused.message)}")
            say(f"Do: {safe(refused.hint)}")
            return None


def _since(version: dict[str, Any] | None) -> str:
    if version is None:
        return "The preset; nothing was imported yet."
    by = safe(version["actor"])
    return f"Policy {version['version']}, put in force {moment(version['at'])} by {by}"


def _safe_lines(text: str) -> str:
    return "".join(f"{safe(line)}\n" for line in text.splitlines())


def _or_none(value: str | None) -> str:
    return "none" if value is None else value


POLICY = Command(
    "policy",
    "what matches lead to: show it, try another one, put it in force",
    commands=(
        Command("show", "the policy in force, as a file that can be imported", _show, _show_arguments),
        Command("test", "what a file would change, and would have done", _test, _file_argument),
        Command("import", "puts a file in force, whole or not at all", _import, _file_argument),
    ),
)
