"""The policy: what is in force, what another would have done, another put in force, or the last undone."""

from __future__ import annotations

import functools
from dataclasses import asdict
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import chunks, json_body
from bridge.api.parts import caller, parts
from bridge.api.shapes import Json
from bridge.banks.policies import Wanted
from bridge.catalogue import Bank, Mode, OnMatch
from bridge.errors import BadPolicy, BadThreshold, InputError
from bridge.rules import AtTheGate, Policy
from bridge.simulation import DAYS, Simulated
from bridge.store import policies
from bridge.store.actions import usage
from bridge.store.banks import all_banks
from bridge.toml_tables import LONGEST

E = TypeVar("E", bound=StrEnum)


async def show(request: Request) -> Response:
    return await _answer(request)


async def show_version(request: Request) -> Response:
    number = request.path_params["version"]
    found = await parts(request).store.read(functools.partial(policies.find_version, number=number))
    return JSONResponse({**_version(found), "text": found.text})


async def put(request: Request) -> Response:
    text = await _text(request)
    await parts(request).policies.put_in_force(text, caller(request).name)
    return await _answer(request)


async def change_bank(request: Request) -> Response:
    wanted = _wanted(request.path_params["name"], await json_body(request))
    await parts(request).policies.change(wanted, caller(request).name)
    return await _answer(request)


async def undo(request: Request) -> Response:
    await parts(request).policies.undo(caller(request).name)
    return await _answer(request)


async def test(request: Request) -> Response:
    tested = await parts(request).policies.test(await _text(request))
    return JSONResponse(
        {
            "differences": [asdict(one) for one in tested.differences],
            "simulated": [_simulated(one) for one in tested.simulated],
        }
    )


async def simulate(request: Request) -> Response:
    body = await json_body(request)
    bank = body.pop("bank", None)
    if not isinstance(bank, str):
        raise InputError("A simulation needs `bank`, the name of one.")
    return JSONResponse(_simulated(await parts(request).policies.simulate(_wanted(bank, body))))


async def _answer(request: Request) -> Response:
    gate = parts(request).gate
    shown = await parts(request).store.read(_shown)
    return JSONResponse({**shown, "gate": gate.mode.value if gate else None})


def _shown(connection: Connection) -> Json:
    policy, newest = policies.in_force(connection), policies.newest_version(connection)
    banks = [bank for bank in all_banks(connection) if not (bank.is_memory or bank.is_self_test)]
    return {
        "newest": _version(newest) if newest else None,
        "text": policies.as_text(connection),
        "rules": [_rule(policy, bank) for bank in banks],
        "brakes": asdict(policy.brakes),
        "today": usage(connection).today,
        "reasons": [asdict(reason) for reason in policy.reasons],
    }


def _version(found: policies.PolicyVersion) -> Json:
    return {"version": found.version, "at": found.at, "actor": found.actor, "digest": found.digest_text}


def _rule(policy: Policy, bank: Bank) -> Json:
    return {**_bank(bank), "id": bank.id, **asdict(policy.rule_of(bank))}


def _bank(bank: Bank) -> Json:
    return {
        "bank": bank.name,
        "category": bank.category.value,
        "role": bank.role.value,
        "threshold": bank.threshold,
        "mode": bank.mode.value,
        "on_match": bank.on_match.value,
    }


def _simulated(one: Simulated) -> Json:
    return {
        "before": _bank(one.before),
        "after": _bank(one.after),
        "days": DAYS,
        "uploads": one.uploads,
        "distances": list(one.distances),
        "decided": one.decided,
        "taken_down": one.taken_down,
        "released": one.released,
        "missed": one.missed,
        "waiting": list(one.waiting),
    }


def _wanted(bank: str, body: Json) -> Wanted:
    """Raises InputError, BadThreshold, BadPolicy."""
    changes: Json = {}
    if (threshold := body.get("threshold")) is not None:
        if not isinstance(threshold, int) or isinstance(threshold, bool):
            raise BadThreshold(f"A bank's threshold is a distance from 0 to 31, not {str(threshold)[:20]}.")
        changes["threshold"] = threshold
    if (mode := body.get("mode")) is not None:
        changes["mode"] = _one_of(Mode, mode, "mode")
    if (on_match := body.get("on_match")) is not None:
        changes["on_match"] = _one_of(OnMatch, on_match, "on_match")
    gate = body.get("gate")
    return Wanted(bank, changes, None if gate is None else _one_of(AtTheGate, gate, "gate"))


def _one_of(kind: type[E], value: object, name: str) -> E:
    try:
        return kind(str(value))
    except ValueError:
        words = ", ".join(one.value for one in kind)
        raise BadPolicy(f"There is no {name} {str(value)[:20]!r}.", f"Use one of: {words}.") from None


async def _text(request: Request) -> str:
    """The body as TOML text. Raises BadPolicy."""
    body = bytearray()
    async for chunk in chunks(request):
        body += chunk
        if len(body) > 4 * LONGEST:
            raise BadPolicy(f"The policy is longer than {LONGEST >> 10} kB.", "Leave out what is as preset.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadPolicy("The policy is not UTF-8.", "Save it as UTF-8.") from None
