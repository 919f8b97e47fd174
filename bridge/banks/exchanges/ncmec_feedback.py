"""Feedback to NCMEC, per fingerprint of an entry: it was right, or it was wrong for one of NCMEC's reasons.

The reasons are asked for each time, since only NCMEC knows them. Where there are several the operator names
one, once: nobody guesses what is said to NCMEC in his name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree

from bridge.banks.exchanges.answers import Answer, Question, ask, refused
from bridge.banks.exchanges.exchange import ExchangeError, Setting
from bridge.banks.exchanges.feedback import NotTaken
from bridge.signals import Signal, SignalType
from bridge.store.feedbacks import Opinion

if TYPE_CHECKING:
    import httpx

OWNER = "NCMEC"
HINT = "Run `hma-console secret set ncmec` with USER:PASSWORD."
REASON = "feedback_reason"
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
LARGEST = 1 << 20

_TYPES = {SignalType.PDQ: "PDQ", SignalType.MD5: "MD5", SignalType.SHA1: "SHA1"}
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def reason_setting() -> Setting:
    """Which of NCMEC's reasons is given where an entry matched another picture."""
    return Setting(
        lambda text: not text or _GUID.fullmatch(text) is not None, "the id of a reason", "", is_rare=True
    )


async def tell(
    client: httpx.AsyncClient,
    base: str,
    headers: Mapping[str, str],
    key: str,
    signal: Signal,
    opinion: Opinion,
    reason: str = "",
) -> None:
    """`key` is MEMBER-ENTRY, `base` an environment's address without `/v2`; `headers` sign in.

    Raises ExchangeError, NotTaken where asking again changes nothing.
    """
    member, dash, entry = key.partition("-")
    kind = _TYPES.get(signal.type)
    if not (dash and entry and member.isdecimal() and kind):
        raise NotTaken("NCMEC has no such entry, or takes no feedback on a hash of this kind.")
    base = base.rstrip("/")
    if opinion is Opinion.FALSE:
        reason = await _reason(client, base, headers, kind, reason)
        said = f"<negative><reasonIds><guid>{reason}</guid></reasonIds></negative>"
    else:
        said = "<affirmative />"
    url = f"{base}/v2/entries/{member}/{quote(entry, safe='')}/{kind}/feedback"
    body = f'<feedbackSubmission xmlns="{NAMESPACE}">{said}</feedbackSubmission>'.encode()
    _checked(await ask(client, Question(url, headers=headers, xml=body), OWNER))


async def _reason(
    client: httpx.AsyncClient, base: str, headers: Mapping[str, str], kind: str, wanted: str
) -> str:
    """The id of the one that is wanted, or of the only one. Raises ExchangeError, NotTaken."""
    question = Question(f"{base}/v2/feedback/{kind}/reasons", headers=headers)
    known = _reasons(_checked(await ask(client, question, OWNER)).body)
    if wanted:
        if wanted.lower() not in known:
            raise NotTaken(f"NCMEC knows the reason of the setting {REASON} no more.", _choice(known))
        return wanted.lower()
    if len(known) != 1:
        raise NotTaken(f"NCMEC has {len(known)} reasons for negative feedback.", _choice(known))
    return next(iter(known))


def _choice(known: Mapping[str, str]) -> str:
    named = ", ".join(f"{guid} ({name})" for guid, name in known.items())
    return f"Set {REASON} of the list to one of: {named}." if known else "Ask NCMEC."


def _reasons(body: bytes) -> dict[str, str]:
    """NCMEC's own words for each, by its id. Raises ExchangeError."""
    if len(body) > LARGEST or b"<!" in body:
        raise ExchangeError("NCMEC answers with something else than reasons for feedback.")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise ExchangeError("NCMEC answers with something else than reasons for feedback.") from None
    found = {}
    for element in root.iter():
        guid, name = element.get("guid", ""), element.get("name", "")
        if _GUID.fullmatch(guid):
            found[guid.lower()] = "".join(letter for letter in name if letter.isprintable())[:60]
    return found


def _checked(answer: Answer) -> Answer:
    if answer.status in (400, 404, 410):
        raise NotTaken(f"NCMEC takes no feedback on this entry (status {answer.status}).")
    if not answer.is_success:
        raise refused(answer, OWNER, HINT)
    return answer
