"""policy.toml: what is written is what is read, and every fault names its line and its remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.catalogue import Bank, Category, Mode, OnMatch, Role
from bridge.decisions import Choice
from bridge.errors import BadBank, BadPolicy
from bridge.policy_file import PolicyFile, parse, write
from bridge.reasons import DEFAULTS, Reason
from bridge.rules import AtTheGate, Brakes, Change, Making, Policy, Rule

STOPNCII = Bank("StopNCII", Category.NCII, threshold=20, id=1)
NCMEC = Bank("NCMEC", Category.CHILD_SAFETY, on_match=OnMatch.TAKEDOWN, threshold=31, id=2)
OWN = Bank("own", id=3)
BANKS = (STOPNCII, NCMEC, OWN, Bank("own allow", role=Role.ALLOW, id=4))


def refused(text: str) -> str:
    with pytest.raises(BadPolicy) as caught:
        parse(text).changed(BANKS)
    return f"{caught.value.message} {caught.value.hint}"


def test_an_empty_file_is_the_preset_and_leaves_every_bank_as_it_is() -> None:
    assert parse("") == PolicyFile(Policy())
    assert parse("").changed(BANKS) == []


def test_a_bank_gets_what_the_file_says_and_keeps_the_rest() -> None:
    read = parse('[bank.stopncii]\nthreshold = 18\ngate = "hold"\nautomatic_distance = 4')
    assert read.changed(BANKS) == [(STOPNCII, replace(STOPNCII, threshold=18))]
    assert read.policy.rule_of(STOPNCII) == Rule(AtTheGate.HOLD, automatic_distance=4)
    assert read.policy.rule_of(OWN) == Rule()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "# mine\n\n[bank.own]\n\nthreshold = 40\n",
            "policy.toml line 5: threshold takes 0 to 31, not 40. Write a number from 0 to 31.",
        ),
        (
            "[bank.own]\nthreshold = 3.5",
            "policy.toml line 2: threshold takes 0 to 31, not 3.5. Write a number from 0 to 31.",
        ),
        (
            "bank.own = {mode = 'shadow', threshold = true}",
            "policy.toml line 1: threshold takes 0 to 31, not true. Write a number from 0 to 31.",
        ),
        (
            "[brakes]\nthresold = 1",
            "policy.toml line 2: thresold is unknown here. Known here: automatic_a_day",
        ),
        (
            "\n[bank.own]\nthresold = 1",
            "policy.toml line 3: thresold is unknown here. Did you mean threshold?",
        ),
        ("[bank.own]\nmode = 'on'", 'line 2: mode takes no "on". Write one of: "shadow", "enforce".'),
        ("[bank.own]\ngate = 'pass'", 'Write one of: "let in", "hold", "block".'),
        ("[category.ncii]\ntell = 1", "line 2: tell takes no 1. Write true or false."),
        ("[category.nci]", "policy.toml line 1: nci is unknown here. Did you mean ncii?"),
        ("[brakes]\nentry_an_hour = 0", "line 2: entry_an_hour takes 1 to 10000, not 0."),
        ("bank = 3", "policy.toml line 1: bank is a table. Write [bank], and its values below."),
        ("\n[reason]\ncode = 'a'", "policy.toml line 2: reason is a list of tables. Write [[reason]]"),
        ("a = 1\nb == 2\n", "policy.toml line 2: invalid value. Correct it; it has to be TOML."),
        ("[bank.own]\nthreshold = 1\n[bank.own]\n", "policy.toml line 3: cannot declare"),
        ("x = [1,\n2", "policy.toml line 2: "),
        ("[bank.own]\nmode = 'shadow'\n[bank.gone]\nmode = 'shadow'", "line 3: there is no such bank."),
        ("[bank.'taken down own']", "policy.toml line 1: there is no such bank."),
        ("[bank.own]\n[bank.OWN]", "policy.toml line 2: OWN stands here twice. Write each bank once."),
        (
            "[bank.StopNCII]\nmode = 'enforce'\nthreshold = 3\non_match = 'takedown'",
            "policy.toml line 4: A match in an NCII bank is never taken down by itself.",
        ),
        ("[bank.NCMEC]\nthreshold = 3\nmode = 'shadow'", "line 3: A child-safety bank always asks you"),
        ("[category.child_safety]\non_match = 'log'", "line 2: A child-safety bank always asks you"),
        (
            "[category.exploitative]\non_match = 'takedown'",
            "line 2: A match in an exploitative bank is never",
        ),
        ("[category.child_safety]\ngate = 'block'", "line 2: child safety is always held"),
        ("[bank.NCMEC]\ntell = true\ngate = 'let in'", "line 3: child safety is always held"),
        ("[bank.'own allow']\non_match = 'takedown'", "line 2: An allow bank takes nothing down."),
        ("[[reason]]\ncode = 'A b'", 'line 2: code takes no "A b". Write up to 40 small letters'),
        ("[[reason]]\ncode = 'a'\n", "line 1: words is missing."),
        ("[[reason]]\ncode = 'a'\nwords = '\u202egnp'", "line 3: words takes no"),
        (
            "[[reason]]\ncode = 'a'\nwords = 'b'\nchoices = [\n  'release',\n  'x',\n]",
            "line 4: choices takes no",
        ),
        (
            "[[reason]]\ncode = 'a'\nwords = 'b'\nchoices = ['release']",
            "no reason serves takedown in child_saf",
        ),
    ],
)
def test_a_fault_names_its_line_and_its_remedy(text: str, said: str) -> None:
    assert said in refused(text)


def test_a_file_of_any_length_or_depth_is_answered_soon() -> None:
    assert "longer than 64 kB" in refused("#" * (65 << 10))
    assert "nested too deep" in refused("x = " + "[" * 20_000)
    many = "".join(f"[bank.b{number}]\nthreshold = 1\n" for number in range(1_500))
    assert "line 3002: threshold takes 0 to 31, not 99" in refused(f"{many}[bank.own]\nthreshold = 99\n")


gates = st.sampled_from(list(AtTheGate))
distances = st.integers(0, 31)
rules = st.builds(Rule, gates, distances, st.integers(50, 100), st.booleans(), st.booleans())
changes = st.builds(
    Change,
    st.none() | gates,
    st.none() | distances,
    st.none() | st.integers(50, 100),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
)
makings = st.builds(Making, distances, st.sampled_from(list(Mode)), st.sampled_from(list(OnMatch)))
numbers = st.integers(1, 10_000)


def allowed(policy: Policy) -> Policy:
    """The nearest policy that a file may say."""
    rule, making = dict(policy.rules), dict(policy.making)
    rule[Category.CHILD_SAFETY] = replace(rule[Category.CHILD_SAFETY], gate=AtTheGate.HOLD)
    for category in Category:
        own = making[category]
        try:
            Bank("any", category, on_match=own.on_match, mode=own.mode).check()
        except BadBank:
            making[category] = Making(own.threshold)
    said = {name: change for name, change in policy.banks.items() if change != Change()}
    return replace(policy, rules=rule, making=making, banks=said)


policies = st.builds(
    Policy,
    st.fixed_dictionaries(dict.fromkeys(Category, rules)),
    st.fixed_dictionaries(dict.fromkeys(Category, makings)),
    st.dictionaries(st.sampled_from(["own", "stopncii"]), changes),
    st.builds(Brakes, numbers, numbers, numbers, numbers),
    st.just((*DEFAULTS, Reason("ours", 'so "we" say \\ ü 𝒜', (Choice.RELEASE,), (Category.OWN,)))),
).map(allowed)


@given(policies, st.sampled_from(["own", "Ünser 𝒜"]), distances)
@settings(deadline=None, max_examples=60)
def test_what_is_written_reads_as_the_same_policy(policy: Policy, name: str, threshold: int) -> None:
    banks = [replace(OWN, name=name, threshold=threshold), STOPNCII]
    policy = replace(policy, banks={n: c for n, c in policy.banks.items() if n in (name, "stopncii")})
    text = write(policy, banks)
    read = parse(text)
    assert read.policy == policy
    assert [after for _, after in read.changed(BANKS[:1] + tuple(banks[:1]))] == sorted(
        banks, key=lambda bank: bank.name.casefold()
    )
    assert write(read.policy, banks) == text
