"""Simple lists around a case: who else has its pictures, what its account did before."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.decisions import Choice
from hma_console.case_answers import CaseDetail, Earlier, Other
from hma_console.words import age, ago, counted, did, safe


def other_accounts(others: Sequence[Other], now: int) -> list[str]:
    if not others:
        return ["Nobody else here has this picture, nor a copy of the listed one."]
    return [
        f"{did(one.did):<24}  {age(one.received_at, now):>10}"
        f"  {'same bytes' if one.is_same else 'a copy':<10}  "
        + (f"case {safe(one.case_id[:4])}" if one.case_id else "in no case")
        for one in others
    ]


def earlier_cases(detail: CaseDetail, now: int) -> list[str]:
    """The account's other cases, newest first, each with how it ended; then what was decided in this one."""
    facts, row = detail.facts, detail.row
    lines = [did(row.did) if row.did else "The account is not known to be one of this server."]
    if facts.first_at is not None:
        lines.append(f"{counted(facts.uploads, 'picture')}, the first {ago(facts.first_at, now)}.")
    lines += ["", "Other cases:" if facts.earlier else "No other case."]
    lines += [_earlier(one, now) for one in facts.earlier]
    lines += ["", "In this case:"] if detail.decisions else []
    for made in detail.decisions:
        undone = "" if made.undone_at is None else ", undone"
        who = safe(made.actor.partition(":")[2] or made.actor)
        lines.append(f"  {ago(made.at, now):<14}  {made.choice.done} by {who}: {safe(made.reason)}{undone}")
    return lines


def _earlier(one: Earlier, now: int) -> str:
    kind = safe(one.category.replace("_", " "))
    return f"  {safe(one.id[:4])}  {ago(one.opened_at, now):<14}  {kind:<14}  {ended(one)}"


def ended(one: Earlier) -> str:
    return Choice(one.choice).done if one.choice in tuple(Choice) else "open"
