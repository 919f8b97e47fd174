"""The reasons a decision may give, where the policy names none of its own. Values only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.catalogue import Category
from bridge.decisions import Choice

CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
"""What a reason's code looks like: it stands in the log for ever, so it holds no free text."""

_DOWN = (Choice.TAKEDOWN, Choice.TAKEDOWN_RECORD, Choice.TAKEDOWN_ACCOUNT)
_GO = (Choice.RELEASE, Choice.REMEMBER)


@dataclass(frozen=True, slots=True)
class Reason:
    """`choices` are those it serves; `categories` those it fits, any where there are none."""

    code: str
    words: str
    choices: tuple[Choice, ...]
    categories: tuple[Category, ...] = ()


DEFAULTS = (
    Reason("child-sexual-abuse", "child sexual abuse material", _DOWN, (Category.CHILD_SAFETY,)),
    Reason("intimate-image", "intimate picture shared without consent", _DOWN, (Category.NCII,)),
    Reason("terrorist-content", "terrorist content", _DOWN, (Category.TERRORISM,)),
    Reason("exploitative", "exploitative of a minor", _DOWN, (Category.EXPLOITATIVE,)),
    Reason("listed-picture", "picture on one of our lists", _DOWN),
    Reason("against-the-rules", "against the rules of this server", _DOWN),
    Reason("required-by-law", "required by law or a court", _DOWN),
    Reason("false-positive", "another picture than the one listed", (Choice.REMEMBER, Choice.RELEASE)),
    Reason("allowed-here", "the same picture, but allowed here", _GO),
    Reason("unfounded-report", "the report is unfounded", (Choice.RELEASE,)),
    Reason("appeal-granted", "an appeal was right", _GO),
    Reason("unsure", "not sure; somebody else should look", (Choice.ESCALATE,)),
    Reason("urgent", "needs more than can be done here", (Choice.ESCALATE,)),
    Reason("later", "later", (Choice.LATER,)),
)


def reasons_for(choice: Choice, category: Category, among: Sequence[Reason] = DEFAULTS) -> tuple[Reason, ...]:
    """Those that serve the choice in this category: its own first, so the first is the default."""
    serving = [one for one in among if choice in one.choices]
    own = [one for one in serving if category in one.categories]
    return (*own, *(one for one in serving if not one.categories))
