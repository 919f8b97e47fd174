"""The policy in sentences: short ones, true of every rule and of every outcome of a try."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.rules import AtTheGate
from hma_console.policy_answers import PolicyShown, RuledBank, RuleRow, Simulation
from hma_console.policy_words import asks_you, at_the_gate, braked, explained, flowed, histogram, result

OWN = RuledBank("own", Category.OWN, Role.BLOCK, 31, Mode.ENFORCE, OnMatch.REVIEW)
RULE = RuleRow(OWN, AtTheGate.BLOCK, 10, 80, True, False)
SHOWN = PolicyShown(1, 0, (RULE,), 200, 10, 20, 20, 0, "hold")
NARROW = replace(OWN, threshold=20)
TRIED = Simulation(OWN, NARROW, 90, 2114, (0,) * 32, 9, 2, 7, 0, ("7k2pxxyy",))


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (TRIED, "31 → 20 would have released 7 of the 9 cases you decided. You released all 7."),
        (TRIED, "Missed: none of the 2 you took down. Waiting now: 7k2p would be released."),
        (TRIED, "Careful: 9 cases are few, and new pictures may differ."),
        (replace(TRIED, released=6, missed=1), "7 of the 9 cases you decided. You released 6 of them."),
        (replace(TRIED, released=6, missed=1), "Missed: 1 of the 2 you took down."),
        (replace(TRIED, released=0), "would have released none of the 9 cases you decided."),
        (replace(TRIED, decided=1, released=1), "would have released the one case you decided."),
        (replace(TRIED, decided=1, released=0), "would not have released the one case you decided."),
        (replace(TRIED, taken_down=1), "Missed: not the one you took down."),
        (replace(TRIED, taken_down=1, missed=1), "Missed: the one you took down."),
        (replace(TRIED, decided=0), "31 → 20: you decided no case of it in 90 days."),
        (
            replace(TRIED, before=NARROW, after=OWN),
            "20 → 31 would match more. How much more was never stored.",
        ),
        (replace(TRIED, waiting=()), "Waiting now: none would be released."),
        (replace(TRIED, waiting=("aaaa1", "bbbb1")), "Waiting now: aaaa and bbbb would be released."),
        (replace(TRIED, waiting=tuple(f"{n:04}x" for n in range(9))), "0002 and 6 more would be released."),
        (replace(TRIED, decided=50), "Careful: new pictures may differ."),
        (replace(TRIED, after=replace(OWN, on_match=OnMatch.LOG)), "review → log would have released 7"),
    ],
)
def test_what_a_try_comes_to(tried: Simulation, said: str) -> None:
    assert said in " ".join(sentence for line in result(tried) for sentence in line)


def test_no_sentence_about_any_rule_is_longer_than_fourteen_words_or_breaks_a_promise() -> None:
    for category, role, mode, on_match, gate, going in product(
        Category, Role, Mode, OnMatch, AtTheGate, ("", "observe", "hold", "block")
    ):
        own = replace(OWN, category=category, role=role, mode=mode, on_match=on_match)
        rule, shown = replace(RULE, own=own, gate=gate), replace(SHOWN, gate=going)
        for sentence in (*explained(rule, shown), *braked(shown, 78), *braked(shown, 50)):
            assert len(sentence.split(";")[0].split()) <= 14, sentence
        if going in ("", "observe"):
            assert at_the_gate(rule, going) == "let in"
        if asks_you(rule) == "never":
            assert role is Role.ALLOW or mode is Mode.SHADOW or on_match is OnMatch.LOG


def test_a_bank_that_takes_down_asks_beyond_its_automatic_distance_or_its_own() -> None:
    takes = replace(RULE, own=replace(OWN, on_match=OnMatch.TAKEDOWN))
    assert asks_you(takes) == "distance over 10"
    assert asks_you(replace(takes, own=replace(takes.own, threshold=6))) == "distance over 6"


@pytest.mark.parametrize("mark", [0, 3, 19, 20, 31])
def test_every_number_ends_above_its_bar(mark: int) -> None:
    counts = [0] * 32
    counts[mark] = counts[28] = 9
    axis, bars = histogram(counts, mark)
    assert bars.index("│") == mark + 1
    for number in (0, 4, 8, 12, 16, 20, 24, 28, 31):
        end = number + (number > mark)
        assert axis[: end + 1].endswith(str(number))
        assert (bars[end] == "█") == (number in (mark, 28))


def test_sentences_flow_into_lines_and_none_is_cut() -> None:
    lines = flowed(["One two three.", "Four.", "Five six seven eight nine."], 15)
    assert lines == ["One two three.", "Four.", "Five six seven", "eight nine."]
