"""Who compares uploads, as `/status` and the alarms say it."""

from __future__ import annotations

from dataclasses import asdict

from bridge.alarms.facts import HmaFacts
from bridge.api.parts import Parts
from bridge.api.shapes import Json
from bridge.catalogue import FROM_HMA, Bank
from bridge.store.banks import made_at


def summary(part: Parts, *, told: bool) -> Json:
    """Over TCP without what is known of HMA: what it holds, and where it is, is the operator's."""
    matcher = part.matcher
    hma, known = matcher.hma, matcher.hma.known if matcher.hma else None
    if hma is None or not told:
        return {"kind": matcher.kind.value, "hma": None}
    return {
        "kind": matcher.kind.value,
        "hma": {
            "url": hma.client.url,
            "state": hma.breaker.state.value,
            "since": hma.breaker.since,
            "fault": hma.breaker.fault,
            "remedy": hma.breaker.remedy,
            "trouble": known.trouble if known else "",
            "asked_at": known.at if known else None,
            "banks": [
                {"name": bank.name, "is_on": bank.is_on, "is_sampled": bank.is_sampled}
                for bank in (known.banks if known else ())
            ],
            "hashes": known.hashes if known else 0,
            "has_token": known.has_token if known else False,
            "is_guarded": known.is_guarded if known else False,
            "pictures": asdict(hma.pictures.sent) if hma.pictures else None,
        },
    }


def shield(part: Parts) -> Json | None:
    """How Arachnid Shield is; None where it is not asked."""
    arachnid = part.matcher.arachnid
    if arachnid is None:
        return None
    return {"answered_at": arachnid.answered_at, "fault": arachnid.fault, "remedy": arachnid.remedy}


def share_of(part: Parts, bank: Bank) -> float | None:
    """The share of look-ups that a bank of HMA takes part in, as HMA said last; None where it said none."""
    known = part.matcher.hma.known if part.matcher.hma else None
    if known is None or bank.origin != FROM_HMA:
        return None
    named = {one.name.casefold(): one.ratio for one in known.banks}
    return named.get(bank.name.casefold())


async def hma_facts(part: Parts) -> HmaFacts | None:
    """None where no HMA is asked. Raises StoreError."""
    matcher = part.matcher
    if matcher.hma is None or not matcher.asks_hma:
        return None
    breaker, known = matcher.hma.breaker, matcher.hma.known
    ours = await part.store.read(lambda connection: made_at(connection, FROM_HMA))
    gone = (
        () if known is None else (name for name, at in ours.items() if at < known.at and not known.has(name))
    )
    return HmaFacts(
        is_answering=breaker.is_closed,
        since=breaker.since,
        fault=breaker.fault,
        remedy=breaker.remedy,
        trouble=known.trouble if known else "",
        banks=len(known.on) if known else 0,
        hashes=known.hashes if known else 0,
        gone=tuple(gone),
    )
