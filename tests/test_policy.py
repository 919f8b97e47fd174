"""Policy: how far banks reach, what a match is worth, and what brakes an automatic action."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.catalogue import Bank, Category, Mode, OnMatch, Role
from bridge.errors import BadBank, BadSignal, BadThreshold
from bridge.policy import (
    MOST_A_BANK,
    Answer,
    Consequence,
    GateMode,
    Usage,
    admit,
    at_the_gate,
    cancel,
    reach,
    standing,
    strongest,
)
from bridge.policy import decide as decide_by
from bridge.rules import AtTheGate, Brakes, Change, Policy
from bridge.signals import UPRIGHT, Signal, SignalType, ViewKind, ViewName
from bridge.verdicts import Match

OWN = Bank("own", id=1)
CHILD = Bank("list", Category.CHILD_SAFETY, on_match=OnMatch.TAKEDOWN, threshold=31, id=2)
TRUSTED = Bank("trusted", on_match=OnMatch.TAKEDOWN, id=3)
ALLOW = Bank("own allow", role=Role.ALLOW, id=4)
TURNED = ViewName(ViewKind.TURNED, 3)


PRESET = Policy()
BRAKES = PRESET.brakes


def decide(matches: list[Match], usage: Usage, policy: Policy = PRESET) -> Consequence:
    return decide_by(matches, usage, policy)


def match(bank: Bank = OWN, distance: int = 8, **more: object) -> Match:
    fields = {"entry_id": 7, "content_id": 7, "signal_type": SignalType.PDQ, "value": b"", "quality": 90}
    return Match(bank=bank, distance=distance, **{**fields, **more})  # type: ignore[arg-type]


def exact(bank: Bank = OWN, **more: object) -> Match:
    return match(bank, 0, signal_type=SignalType.SHA256, quality=None, **more)


def test_a_bank_reaches_as_far_as_its_threshold() -> None:
    assert reach(OWN, UPRIGHT, 90) == 24


def test_a_callers_threshold_narrows_and_never_widens() -> None:
    assert reach(OWN, UPRIGHT, 90, wanted=10) == 10
    assert reach(OWN, UPRIGHT, 90, wanted=51) == 24


def test_a_listed_bank_cannot_be_narrowed_by_a_caller() -> None:
    assert reach(CHILD, UPRIGHT, 90, wanted=3) == 31


def test_poor_quality_reaches_nothing_unless_the_bank_takes_it() -> None:
    assert reach(OWN, UPRIGHT, 49) == -1
    assert reach(replace(OWN, takes_poor_quality=True), UPRIGHT, 49) == 24


def test_turned_views_reach_less_far_and_need_better_quality() -> None:
    assert reach(CHILD, TURNED, 70) == 20
    assert reach(CHILD, TURNED, 69) == -1
    assert reach(replace(OWN, threshold=12), TURNED, 90) == 12


@pytest.mark.parametrize("kind", [ViewKind.TRIMMED, ViewKind.PUT_BACK, ViewKind.ORIENTED, ViewKind.FRAME])
def test_the_other_views_reach_as_far_as_the_bank(kind: ViewKind) -> None:
    assert reach(CHILD, ViewName(kind), 50) == 31


def test_flat_and_periodic_hashes_enter_no_bank() -> None:
    with pytest.raises(BadSignal, match="flat or periodic"):
        admit(OWN, Signal(SignalType.PDQ, bytes(32)))
    with pytest.raises(BadSignal, match="flat or periodic"):
        admit(OWN, Signal(SignalType.PDQ, b"\xff" * 32))
    admit(OWN, Signal(SignalType.SHA256, bytes(32)))
    admit(OWN, Signal(SignalType.PDQ, b"\x55" * 32))


def test_a_known_poor_quality_does_not_enter_and_an_unknown_one_does() -> None:
    with pytest.raises(BadSignal, match="quality 49, 50 needed"):
        admit(OWN, Signal(SignalType.PDQ, b"\x55" * 32, 49))
    admit(replace(OWN, takes_poor_quality=True), Signal(SignalType.PDQ, b"\x55" * 32, 49))
    admit(OWN, Signal(SignalType.PDQ, b"\x55" * 32, None))


def test_an_allow_entry_takes_back_the_match_it_was_made_against_for_the_same_bytes() -> None:
    block, other = match(CHILD, entry_id=7), match(CHILD, entry_id=8)
    seen = cancel([block, other, exact(ALLOW, against=7)])
    assert [one.cancelled_by for one in seen] == ["own allow", "", ""]
    assert standing(seen) == (other,)


def test_an_allow_entry_against_nothing_takes_back_own_matches_only() -> None:
    ncii = replace(CHILD, category=Category.NCII, on_match=OnMatch.REVIEW)
    seen = cancel([match(OWN), exact(OWN), match(ncii), match(CHILD), exact(ALLOW)])
    assert [one.cancelled_by for one in seen] == ["own allow", "own allow", "", "", ""]


def test_an_allow_bank_in_shadow_mode_takes_nothing_back() -> None:
    assert cancel([match(OWN), exact(replace(ALLOW, mode=Mode.SHADOW))])[0].cancelled_by == ""


def test_a_near_allow_entry_never_hides_the_very_same_bytes_or_a_later_frame() -> None:
    near = match(ALLOW, 0)
    later = match(OWN, 0, view=ViewName(ViewKind.FRAME, 1))
    assert [one.cancelled_by for one in cancel([exact(OWN), later, near])] == ["", "", ""]


def test_an_exact_child_safety_match_is_never_taken_back() -> None:
    assert standing(cancel([exact(CHILD, entry_id=7), exact(ALLOW, against=7)])) != ()


def test_a_near_allow_entry_takes_back_own_matches_within_four_bits_only() -> None:
    ncii = replace(CHILD, category=Category.NCII, on_match=OnMatch.REVIEW)
    near = cancel([match(OWN), match(ncii), match(ALLOW, 4)])
    assert [one.cancelled_by for one in near] == ["own allow", "", ""]
    assert cancel([match(OWN), match(ALLOW, 5)])[0].cancelled_by == ""
    assert cancel([match(OWN), match(ALLOW, 2, view=TURNED)])[0].cancelled_by == ""


def test_nothing_follows_from_no_match_shadow_or_log_only() -> None:
    shadow, log = replace(OWN, mode=Mode.SHADOW), replace(OWN, on_match=OnMatch.LOG)
    assert decide([], Usage()).answer is Answer.NONE
    assert decide([match(shadow), match(log)], Usage()).categories == ()


def test_a_match_asks_a_person_and_opens_a_case() -> None:
    follows = decide([match(OWN)], Usage())
    assert (follows.answer, follows.categories, follows.takedown) == (Answer.REVIEW, (Category.OWN,), None)


def test_the_gravest_category_comes_first() -> None:
    assert decide([match(OWN), match(CHILD)], Usage()).categories == (Category.CHILD_SAFETY, Category.OWN)


@pytest.mark.parametrize(
    "found",
    [exact(TRUSTED), match(TRUSTED, 10, quality=80)],
    ids=["the very same bytes", "near, good, upright"],
)
def test_a_trusted_bank_takes_down_what_is_certain(found: Match) -> None:
    follows = decide([found], Usage())
    assert follows.answer is Answer.BLOCK
    assert follows.takedown is not None
    assert follows.takedown.match is found
    assert follows.categories == (Category.OWN,)


@pytest.mark.parametrize(
    "found",
    [
        match(TRUSTED, 11),
        match(TRUSTED, 3, quality=79),
        match(TRUSTED, 3, quality=None),
        match(TRUSTED, 0, view=TURNED),
        match(TRUSTED, 0, view=ViewName(ViewKind.PUT_BACK, 2)),
        match(TRUSTED, 0, view=ViewName(ViewKind.ORIENTED)),
    ],
    ids=["too far", "fair quality", "unknown quality", "turned", "put back", "oriented"],
)
def test_doubt_turns_a_takedown_into_a_review(found: Match) -> None:
    follows = decide([found], Usage())
    assert (follows.answer, follows.takedown) == (Answer.REVIEW, None)


def test_caps_turn_a_takedown_into_a_review() -> None:
    flood = Usage(by_content={7: BRAKES.automatic_an_hour})
    assert decide([exact(TRUSTED)], Usage(today=BRAKES.automatic_a_day)).answer is Answer.REVIEW
    assert decide([exact(TRUSTED)], flood).answer is Answer.REVIEW
    assert decide([exact(TRUSTED, content_id=8)], flood).answer is Answer.BLOCK
    assert decide([exact(TRUSTED)], Usage(today=BRAKES.automatic_a_day - 1)).answer is Answer.BLOCK


def test_the_caps_do_not_count_for_exact_child_safety_matches() -> None:
    used = Usage(today=BRAKES.automatic_a_day, by_content={7: BRAKES.automatic_an_hour})
    assert decide([exact(CHILD)], used).answer is Answer.BLOCK
    assert decide([match(CHILD, 2)], used).answer is Answer.REVIEW


def test_a_flood_of_one_entry_or_of_one_account_turns_a_takedown_into_a_review() -> None:
    policy = Policy(brakes=Brakes(10_000, 10_000, entry_an_hour=5, account_an_hour=8))
    many, more = Usage(matched={7: 4}, of_account=7), Usage(matched={7: 5})
    assert decide([exact(TRUSTED)], many, policy).answer is Answer.BLOCK
    assert decide([exact(TRUSTED)], more, policy).answer is Answer.REVIEW
    assert decide([exact(TRUSTED, content_id=8)], more, policy).answer is Answer.BLOCK
    assert decide([exact(TRUSTED)], Usage(of_account=8), policy).answer is Answer.REVIEW
    assert decide([exact(CHILD)], Usage(matched={7: 500}, of_account=500), policy).answer is Answer.BLOCK


def test_a_bank_may_take_down_nearer_or_better_copies_only() -> None:
    careful = Policy(banks={"trusted": Change(automatic_distance=4, automatic_quality=95)})
    assert decide([match(TRUSTED, 4, quality=95)], Usage(), careful).takedown is not None
    assert decide([match(TRUSTED, 5, quality=95)], Usage(), careful).takedown is None
    assert decide([match(TRUSTED, 4, quality=94)], Usage(), careful).takedown is None


def test_the_gate_goes_as_far_as_the_rule_within_its_own_mode() -> None:
    found, rules = [exact(TRUSTED)], dict(PRESET.rules)
    assert at_the_gate(found, GateMode.BLOCK, PRESET) is AtTheGate.BLOCK
    assert at_the_gate(found, GateMode.HOLD, PRESET) is AtTheGate.HOLD
    assert at_the_gate(found, GateMode.OBSERVE, PRESET) is AtTheGate.PASS
    lenient = Policy(banks={"trusted": Change(gate=AtTheGate.PASS)})
    assert at_the_gate(found, GateMode.BLOCK, lenient) is AtTheGate.PASS
    assert at_the_gate([*found, exact(OWN)], GateMode.HOLD, lenient) is AtTheGate.HOLD
    held = Policy({**rules, Category.OWN: replace(rules[Category.OWN], gate=AtTheGate.HOLD)})
    assert at_the_gate(found, GateMode.BLOCK, held) is AtTheGate.HOLD


def test_child_safety_is_held_whatever_a_policy_says() -> None:
    for gate in AtTheGate:
        policy = Policy(banks={"list": Change(gate=gate)})
        assert at_the_gate([match(CHILD)], GateMode.HOLD, policy) is AtTheGate.HOLD
        assert at_the_gate([exact(CHILD)], GateMode.BLOCK, policy) is AtTheGate.HOLD


def test_a_callers_threshold_does_not_weaken_an_allow_bank() -> None:
    assert reach(ALLOW, UPRIGHT, 90, wanted=0) == ALLOW.threshold


def test_what_stands_is_kept_before_what_was_taken_back() -> None:
    taken_back = [match(OWN, at, cancelled_by="own allow") for at in range(MOST_A_BANK)]
    assert strongest([*taken_back, match(OWN, 23)])[0].distance == 23


def test_of_thousands_of_matches_each_bank_keeps_its_first() -> None:
    kept = strongest([match(OWN, at) for at in range(24)] + [match(CHILD, 3)])
    assert [one.distance for one in kept] == [*range(MOST_A_BANK), 3]


@pytest.mark.parametrize(
    ("bank", "error"),
    [
        (replace(CHILD, mode=Mode.SHADOW), BadBank),
        (replace(CHILD, on_match=OnMatch.LOG), BadBank),
        (Bank("ncii", Category.NCII, on_match=OnMatch.TAKEDOWN), BadBank),
        (Bank("ex", Category.EXPLOITATIVE, on_match=OnMatch.TAKEDOWN), BadBank),
        (Bank("a", Category.NCII, role=Role.ALLOW), BadBank),
        (Bank("a", role=Role.ALLOW, on_match=OnMatch.TAKEDOWN), BadBank),
        (Bank(""), BadBank),
        (Bank("a/b"), BadBank),
        (Bank("x" * 64), BadBank),
        (Bank("own", threshold=32), BadThreshold),
        (Bank("own", threshold=-1), BadThreshold),
    ],
)
def test_banks_that_may_not_be_made(bank: Bank, error: type[Exception]) -> None:
    with pytest.raises(error):
        bank.check()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (exact(), "the very same bytes"),
        (match(OWN, 0), "same picture"),
        (match(OWN, 10), "near-certain copy"),
        (match(OWN, 20), "likely copy"),
        (match(OWN, 21), "weak, look closer"),
        (match(OWN, 10, quality=69), "likely copy"),
        (match(OWN, 24, quality=55), "weak, look closer"),
    ],
)
def test_a_distance_in_words(found: Match, words: str) -> None:
    assert found.likeness == words
