"""docs/policy.md: its example is read in as it stands, and names every value there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from bridge.catalogue import Bank, Category
from bridge.policy_file import Made, parse
from bridge.rules import AtTheGate, Brakes, Rule

TEXT = (Path(__file__).parents[1] / "docs/policy.md").read_text()


def example() -> str:
    (found,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.M | re.S)
    return str(found)


def test_the_example_is_a_policy_and_does_what_its_comments_say() -> None:
    read = parse(example())
    stopncii, own = Bank("StopNCII", Category.NCII, threshold=31, id=1), Bank("own", id=2)
    (_, first), (_, second) = read.changed([stopncii, own])
    assert (first.threshold, second.on_match) == (20, "takedown")
    assert read.policy.rule_of(first).gate is AtTheGate.HOLD
    assert read.policy.rule_of(second).automatic_distance == 6
    assert read.policy.brakes == Brakes()
    assert [reason.code for reason in read.policy.reasons][-1] == "unsure"


def test_the_example_names_every_value_there_is() -> None:
    for kind in (Made, Rule, Brakes):
        for each in fields(kind):
            assert re.search(rf"^{each.name} = ", example(), re.M), each.name
