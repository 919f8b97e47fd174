"""`init --gate` and `gate off`: the gate into the way of uploads, and out of it again."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path

from bridge.errors import BridgeError, InputError, SettingsError, Unreachable
from bridge.settings import Settings
from hma_console.cli.command import Command, Context, print_json, say
from hma_console.cli.typing import typed_word
from hma_console.gate_setup import caddy, probe, rule
from hma_console.gate_setup.caddyfile import NotRecognised
from hma_console.gate_setup.change import change
from hma_console.gate_setup.rule import WhenDead
from hma_console.gate_setup.sites import Address, Site, address
from hma_console.words import safe

_OFF = 'Set `[gate] mode = "off"` in config.toml and restart hma-console, so that no gate waits there.'


async def _init(given: argparse.Namespace, context: Context) -> int:
    if not given.gate:
        raise InputError("So far `init` sets up the gate only.", "Say `hma-console init --gate`.")
    settings = _wanted(context.settings)
    when_dead = WhenDead(given.when_dead) if given.when_dead else _default(settings)
    gate = _gate_place(settings)
    caddyfile = caddy.find_caddyfile(given.caddyfile)
    before, text = _read(caddyfile)
    try:
        changed = rule.inserted(text, when_dead, gate, settings.pds.url)
    except NotRecognised:
        print(rule.rule(when_dead, gate, settings.pds.url.rstrip("/")))
        raise
    addresses = _addresses(rule.sites_with_the_rule(changed), given.public_url)
    await _there_is_a_gate(gate)
    told = {"caddyfile": str(caddyfile), "when_dead": str(when_dead)}
    if changed == text:
        await probe.uploads_reach_the_gate(addresses)
        _tell(context, told | {"state": "already in place"}, "The gate is already in place, and answers.")
        return 0
    _confirm(given, context, caddyfile, text, changed)
    copy = await change(
        caddyfile,
        before,
        changed.encode(),
        await caddy.caddy_of(caddyfile),
        lambda: probe.uploads_reach_the_gate(addresses),
    )
    words = f"Uploads go through the gate now, in every spelling that was tried. What was there: {copy}"
    _tell(context, told | {"state": "in place", "copy": str(copy)}, words)
    return 0


async def _off(given: argparse.Namespace, context: Context) -> int:
    caddyfile = caddy.find_caddyfile(given.caddyfile)
    before, text = _read(caddyfile)
    changed = rule.removed(text)
    told = {"caddyfile": str(caddyfile)}
    if changed == text:
        _tell(context, told | {"state": "not in place"}, f"No gate is in {caddyfile}; nothing was changed.")
        return 0
    addresses = _addresses(rule.sites_with_the_rule(text), given.public_url)
    _confirm(given, context, caddyfile, text, changed)
    copy = await change(
        caddyfile,
        before,
        changed.encode(),
        await caddy.caddy_of(caddyfile),
        lambda: probe.uploads_pass_the_gate_by(addresses),
    )
    words = f"Uploads go to the PDS directly. What was there: {copy}\n{_OFF}"
    _tell(context, told | {"state": "removed", "copy": str(copy)}, words)
    return 0


def _wanted(settings: Settings) -> Settings:
    """Raises SettingsError where no gate could answer."""
    if not settings.pds.url:
        raise SettingsError(
            "A gate needs its PDS.", 'Set `[pds] url = "http://127.0.0.1:3000"` and `mode = "firehose"`.'
        )
    if settings.gate.mode == "off":
        raise SettingsError("The gate is off.", 'Set `[gate] mode = "observe"` and restart the service.')
    if not settings.bridge.port:
        raise SettingsError("The proxy must know the bridge's port.", "Set `[bridge] port`.")
    return settings


def _default(settings: Settings) -> WhenDead:
    return WhenDead.REFUSE if settings.gate.fail == "closed" else WhenDead.PASS


def _gate_place(settings: Settings) -> str:
    """The host as an address: Caddy's errors, by which a dead gate is known, name that."""
    host = settings.bridge.host
    host = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]:{settings.bridge.port}" if ":" in host else f"{host}:{settings.bridge.port}"


def _read(caddyfile: Path) -> tuple[bytes, str]:
    before = caddyfile.read_bytes()
    try:
        return before, before.decode()
    except UnicodeDecodeError:
        raise NotRecognised(f"{caddyfile} is not UTF-8 text.") from None


def _addresses(sites: Sequence[Site], public_url: str) -> list[Address]:
    """Where the change is tested. Raises InputError where the Caddyfile names no host."""
    texts = [address(public_url)] if public_url else [each for site in sites for each in site.addresses]
    if found := [each for each in texts if each is not None]:
        return found
    raise InputError(
        "The site of the PDS names no host that the change could be tested at.",
        "Say where the PDS is reached: --public-url https://pds.example.com",
    )


async def _there_is_a_gate(gate: str) -> None:
    try:
        answers = await probe.gate_answers(gate)
    except BridgeError:
        answers = False
    if not answers:
        raise Unreachable(
            f"No gate answers at {gate}; nothing was changed.",
            "Start `hma-console serve` with these settings first.",
        )


def _confirm(given: argparse.Namespace, context: Context, caddyfile: Path, text: str, changed: str) -> None:
    """Shows what would change; raises InputError where it is not wanted."""
    lines = difflib.unified_diff(
        text.splitlines(), changed.splitlines(), str(caddyfile), "with this change", lineterm=""
    )
    for line in lines:
        say(safe(line.expandtabs(4)))
    if not given.yes:
        typed_word("yes", "To write this and reload Caddy")


def _tell(context: Context, told: dict[str, str], words: str) -> None:
    print_json(told) if context.as_json else say(words)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--caddyfile", type=Path, metavar="FILE", help="the one that Caddy runs with")
    parser.add_argument(
        "--public-url", default="", metavar="URL", help="where the PDS is reached through Caddy"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _init_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gate", action="store_true", help="put the gate in front of the PDS's uploads")
    parser.add_argument(
        "--when-dead",
        choices=[str(each) for each in WhenDead],
        help="what the proxy does with uploads while hma-console does not run (default: as gate.fail)",
    )
    _common(parser)


INIT = Command("init", "set up what runs beside the PDS", _init, _init_arguments)
GATE = Command(
    "gate",
    "the gate in front of the PDS's uploads",
    commands=(Command("off", "take it out of the proxy's way again", _off, _common),),
)
