"""HMA and the lists here compared, on stored signals."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.parts import parts
from bridge.api.records import number_in
from bridge.matching.comparing import Disagreement, compare

AT_ONCE = 50


async def compare_hma(request: Request) -> Response:
    """Some uploads at a time: whoever asks goes on from `next`. Raises NotAvailable."""
    part, limit = parts(request), number_in(request, "limit") or AT_ONCE
    done = await compare(part.store, part.matcher, number_in(request, "before"), min(limit, AT_ONCE))
    return JSONResponse(
        {
            "uploads": done.uploads,
            "matches": done.matches,
            "disagreements": [_disagreement(one) for one in done.disagreements],
            "next": done.next,
        }
    )


def _disagreement(one: Disagreement) -> dict[str, object]:
    return {
        "upload_id": one.upload_id,
        "bank": one.bank,
        "matched_by": "hma" if one.is_hmas else "here",
        "number": one.number,
        "distance": one.distance,
        "why": one.why.value,
        "words": one.why.words,
    }
