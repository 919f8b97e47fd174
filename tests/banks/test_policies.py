"""Policies put in force: one transaction with its event, whole or not at all, and one key takes it back."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from bridge.banks.policies import Policies, Wanted
from bridge.catalogue import Bank, Category, Mode, OnMatch
from bridge.errors import BadBank, BadPolicy, BadThreshold, Conflict, NotFound
from bridge.policy import Answer
from bridge.records import Listed
from bridge.rules import AtTheGate, Policy
from bridge.store.banks import find_bank
from bridge.store.cases import case_records
from bridge.store.policies import as_text, find_version, in_force, newest_version
from tests.houses import House, jpeg, png

FILE = """
[bank.own]
threshold = 12
mode = "shadow"

[brakes]
automatic_a_day = 200
"""


async def own(house: House) -> Bank:
    return await house.store.read(lambda connection: find_bank(connection, "own"))


async def test_a_policy_changes_the_banks_it_names_and_is_read_back_as_it_is(house: House) -> None:
    await house.bank("own", png(0))
    await house.bank("other")
    made = await Policies(house.store).put_in_force(FILE, "test")
    assert (made.version, made.actor) == (1, "test")
    assert made.digest == hashlib.sha256(made.text.encode()).digest()
    assert (await own(house)).threshold == 12
    assert (await own(house)).mode is Mode.SHADOW
    assert (await house.store.read(in_force)).brakes.automatic_a_day == 200
    assert await house.store.read(as_text) == made.text
    assert (await house.events())[-1] == "policy.changed"
    assert (await house.upload(jpeg(0))).answer is Answer.NONE


async def test_a_policy_that_is_refused_leaves_the_old_one_in_force(house: House) -> None:
    await house.bank("own", png(0))
    policies = Policies(house.store)
    await policies.put_in_force(FILE, "test")
    before, happened = await house.store.read(as_text), await house.events()
    for bad in ("[bank.own]\nthreshold = 40", "[bank.own]\nthreshold = 3\n[bank.gone]", "no TOML", "x = 1"):
        with pytest.raises(BadPolicy, match=r"policy\.toml line \d: "):
            await policies.put_in_force(bad, "test")
        assert await house.store.read(as_text) == before
        assert await house.events() == happened
    newest = await house.store.read(newest_version)
    assert newest is not None
    assert newest.version == 1


async def test_before_any_import_the_preset_is_in_force_and_there_is_nothing_to_undo(house: House) -> None:
    assert await house.store.read(in_force) == Policy()
    with pytest.raises(Conflict):
        await Policies(house.store).undo("test")


async def test_undo_puts_what_was_before_in_force_and_undo_again_brings_it_back(house: House) -> None:
    await house.bank("own", png(0))
    policies = Policies(house.store)
    preset = await house.store.read(as_text)
    first = await policies.put_in_force(FILE, "test")
    undone = await policies.undo("test")
    assert (undone.version, undone.text) == (2, preset)
    assert await own(house) == replace(Bank("own"), id=1)
    assert (await policies.undo("test")).text == first.text
    assert (await house.store.read(lambda c: find_version(c, 1))).text == first.text
    assert (await house.events())[-3:] == ["policy.changed"] * 3


async def test_undo_passes_over_banks_that_are_gone_and_leaves_new_ones(house: House) -> None:
    await house.bank("own")
    await house.bank("gone")
    policies = Policies(house.store)
    await policies.put_in_force("[bank.gone]\nthreshold = 3\n[bank.own]\nthreshold = 3", "test")
    await house.banks.delete("gone", "test")
    await house.bank("new", threshold=5)
    undone = await policies.undo("test")
    assert '[bank."new"]\nthreshold = 5\n' in undone.text
    assert (await own(house)).threshold == 24


async def test_one_bank_is_changed_alone(house: House) -> None:
    await house.bank("own")
    policies = Policies(house.store)
    await policies.put_in_force("[brakes]\nautomatic_a_day = 7", "test")
    await policies.change(Wanted("own", {"threshold": 8}, AtTheGate.PASS), "test")
    policy, bank = await house.store.read(in_force), await own(house)
    assert (bank.threshold, policy.rule_of(bank).gate, policy.brakes.automatic_a_day) == (
        8,
        AtTheGate.PASS,
        7,
    )


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Wanted("nobody", {}), NotFound),
        (Wanted("ncii", {"on_match": OnMatch.TAKEDOWN}), BadBank),
        (Wanted("ncii", {"threshold": 32}), BadThreshold),
        (Wanted("list", {"mode": Mode.SHADOW}), BadBank),
        (Wanted("list", {}, AtTheGate.BLOCK), BadPolicy),
    ],
)
async def test_no_change_may_make_what_no_bank_may_be(
    house: House, wanted: Wanted, error: type[Exception]
) -> None:
    await house.bank("ncii", category=Category.NCII)
    await house.bank("list", category=Category.CHILD_SAFETY)
    with pytest.raises(error):
        await Policies(house.store).change(wanted, "test")
    assert await house.store.read(newest_version) is None


async def test_a_test_says_what_would_change_and_changes_nothing(house: House) -> None:
    await house.bank("own", png(0))
    outcome = await house.upload(jpeg(0))
    policies, before = Policies(house.store), await house.store.read(as_text)
    tested = await policies.test(FILE)
    assert {(one.name, one.before, one.after) for one in tested.differences} == {
        ("bank.own.threshold", "24", "12"),
        ("bank.own.mode", "enforce", "shadow"),
        ("brakes.automatic_a_day", "10", "200"),
    }
    (simulated,) = tested.simulated
    assert simulated.waiting == (outcome.case_id,)
    assert sum(simulated.distances) >= simulated.uploads == 1
    assert await house.store.read(as_text) == before


FLOOD = """
[brakes]
automatic_a_day = 10000
automatic_an_hour = 10000
entry_an_hour = {entry}
account_an_hour = {account}
"""


async def test_a_flood_from_one_account_is_braked_after_the_set_number_and_is_one_case(house: House) -> None:
    await house.bank("own", png(0), png(1), on_match=OnMatch.TAKEDOWN)
    await Policies(house.store).put_in_force(FLOOD.format(entry=100, account=5), "test")
    answers = [(await house.upload(png(n % 2), did="did:plc:x", cid=f"b{n}")).answer for n in range(9)]
    assert answers == [Answer.BLOCK] * 5 + [Answer.REVIEW] * 4
    assert (await house.upload(png(0), did="did:plc:y", cid="b")).answer is Answer.BLOCK
    cases = await house.store.read(lambda connection: case_records(connection, Listed.OPEN, 9))
    assert sorted(case.file_count for case in cases) == [1, 9]


async def test_an_account_that_an_app_only_claims_is_one_too(house: House) -> None:
    await house.bank("own", png(0), on_match=OnMatch.TAKEDOWN)
    await Policies(house.store).put_in_force(FLOOD.format(entry=100, account=2), "test")
    answers = [(await house.upload(png(0), claimed_author="did:plc:x")).answer for _ in range(3)]
    assert answers == [Answer.BLOCK, Answer.BLOCK, Answer.REVIEW]
    assert (await house.upload(png(0), claimed_author="did:plc:y")).answer is Answer.BLOCK


async def test_a_flood_of_one_entry_from_many_accounts_is_braked_for_that_entry_only(house: House) -> None:
    await house.bank("own", png(0), png(1), on_match=OnMatch.TAKEDOWN)
    await Policies(house.store).put_in_force(FLOOD.format(entry=4, account=100), "test")
    answers = [(await house.upload(png(0), did=f"did:plc:{n}", cid="b")).answer for n in range(6)]
    assert answers == [Answer.BLOCK] * 4 + [Answer.REVIEW] * 2
    assert (await house.upload(png(1), did="did:plc:0", cid="c")).answer is Answer.BLOCK
