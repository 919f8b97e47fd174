"""The self-test: its newest result, and one for the asking."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.parts import Parts, parts
from bridge.api.shapes import Json
from bridge.self_test_result import Result


async def check(request: Request) -> Response:
    """Runs it now, and answers what came of it: also that it failed."""
    return JSONResponse(_shape(await parts(request).self_test.check()))


def summary(part: Parts, *, told: bool) -> Json | None:
    """Null before the first one, and over TCP."""
    last = part.self_test.last
    return _shape(last) if told and last is not None else None


def _shape(result: Result) -> Json:
    return {
        "passed": result.passed,
        "at": result.at,
        "passed_at": result.passed_at,
        "way": result.way.value,
        "step": result.step.value if result.step else "",
        "why": result.why,
        "do": result.step.remedy if result.step else "",
        "took_ms": result.took_ms,
    }
