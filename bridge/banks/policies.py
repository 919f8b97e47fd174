"""The policy as the operator changes it: read, tried on what is stored, put in force, undone."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge.catalogue import Bank, Category
from bridge.errors import BadPolicy, Conflict
from bridge.events import Event, EventType
from bridge.policy_file import PolicyFile, parse, write
from bridge.rules import AtTheGate, Change
from bridge.simulation import Simulated, simulate
from bridge.store import policies as stored
from bridge.store.banks import all_banks, find_bank
from bridge.store.policies import PolicyVersion
from bridge.store.simulation import seen
from bridge.store.store import Store


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that a policy would change; None is where it stands in one of the two only."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Tested:
    """What a policy would change, and what it would have made of what each bank that it changes matched."""

    differences: tuple[Difference, ...]
    simulated: tuple[Simulated, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Another rule for one bank; None leaves a value as it is."""

    bank: str
    changes: Mapping[str, object]
    gate: AtTheGate | None = None

    def of(self, bank: Bank) -> Bank:
        """Raises BadBank, BadThreshold."""
        return replace(bank, **self.changes).check()  # type: ignore[arg-type]


class Policies:
    """One policy is in force at any time: the newest in the store, the preset before there is one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put_in_force(self, text: str, actor: str) -> PolicyVersion:
        """Raises BadPolicy, naming the line and the remedy: then the old one is still in force."""
        read = await asyncio.to_thread(parse, text)
        return await self._write(lambda connection: _import(connection, read, actor), actor)

    async def change(self, wanted: Wanted, actor: str) -> PolicyVersion:
        """Puts one bank's other rule in force. Raises NotFound, BadBank, BadThreshold, BadPolicy."""
        return await self._write(lambda connection: _change(connection, wanted, actor), actor)

    async def undo(self, actor: str) -> PolicyVersion:
        """Puts what was in force before in force again, as a version of its own. Raises Conflict."""
        return await self._write(lambda connection: _undo(connection, actor), actor)

    async def test(self, text: str) -> Tested:
        """What it would change and would have done; changes nothing. Raises BadPolicy."""
        read = await asyncio.to_thread(parse, text)
        return await self._store.read(lambda connection: _test(connection, read))

    async def simulate(self, wanted: Wanted) -> Simulated:
        """Raises NotFound, BadBank, BadThreshold."""
        return await self._store.read(lambda connection: _simulate(connection, wanted))

    async def _write(self, change: stored.Change, actor: str) -> PolicyVersion:
        return await self._store.write(change, lambda made: [_changed(made, actor)])


def _changed(made: PolicyVersion, actor: str) -> Event:
    facts: dict[str, str | int] = {"version": made.version, "digest": made.digest_text}
    return Event(EventType.POLICY_CHANGED, str(made.version), actor, facts)


def _import(connection: Connection, read: PolicyFile, actor: str) -> PolicyVersion:
    changed = [after for _, after in read.changed(all_banks(connection))]
    return stored.put_in_force(connection, read.policy, changed, actor)


def _change(connection: Connection, wanted: Wanted, actor: str) -> PolicyVersion:
    bank = find_bank(connection, wanted.bank)
    after, policy = wanted.of(bank), stored.in_force(connection)
    if wanted.gate is not None:
        if bank.category is Category.CHILD_SAFETY and wanted.gate is not AtTheGate.HOLD:
            raise BadPolicy("Child safety is always held, never blocked or let in.", "Leave it at hold.")
        own = policy.banks.get(bank.name.casefold(), Change())
        own = replace(own, gate=wanted.gate)
        policy = replace(policy, banks={**policy.banks, bank.name.casefold(): own})
    return stored.put_in_force(connection, policy, [after], actor)


def _undo(connection: Connection, actor: str) -> PolicyVersion:
    newest = stored.newest_version(connection)
    if newest is None:
        raise Conflict("No policy was ever changed here: there is none to go back to.")
    read, banks = parse(newest.before), all_banks(connection)
    there = {bank.name.casefold() for bank in banks}
    kept = {name: made for name, made in read.banks.items() if name.casefold() in there}
    changed = [after for _, after in replace(read, banks=kept).changed(banks)]
    return stored.put_in_force(connection, read.policy, changed, actor)


def _test(connection: Connection, read: PolicyFile) -> Tested:
    banks = all_banks(connection)
    pairs = read.changed(banks)
    after = {bank.id: bank for _, bank in pairs}
    written = write(read.policy, [after.get(bank.id, bank) for bank in banks])
    return Tested(
        tuple(_differences(stored.as_text(connection), written)),
        tuple(
            simulate(bank, other, banks, seen(connection, bank.id)) for bank, other in pairs if bank != other
        ),
    )


def _simulate(connection: Connection, wanted: Wanted) -> Simulated:
    bank = find_bank(connection, wanted.bank)
    return simulate(bank, wanted.of(bank), all_banks(connection), seen(connection, bank.id))


def _differences(before: str, after: str) -> Iterator[Difference]:
    old, new = (dict(_flat("", tomllib.loads(text))) for text in (before, after))
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) != new.get(name):
            yield Difference(name, old.get(name), new.get(name))


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Every value with its whole name; a reason goes by its code."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for one in value:
            yield from _flat(f"{name}.{one['code']}", {k: v for k, v in one.items() if k != "code"})
    else:
        yield name, _said(value)


def _said(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
