"""The demo without a console: each upload's verdict in a line, a summary, and an exit code."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from itertools import islice

from bridge.verdicts import Verdict
from hma_console.demo.app import Uploaded
from hma_console.demo.live import stocked_bridge
from hma_console.demo.plan import PlannedUpload, plan
from hma_console.demo.transformations import Transformation


async def run_headless(uploads: int, write: Callable[[str], None], *, as_json: bool = False) -> int:
    """Makes the first so many uploads of the plan; see `report`."""
    return await report(islice(plan(), uploads), write, as_json=as_json)


async def report(
    planned: Iterable[PlannedUpload], write: Callable[[str], None], *, as_json: bool = False
) -> int:
    """Makes the uploads and writes a line of each, then a summary. 0 where every verdict was right, else 1.

    Right is that a copy of what the bank holds matched, and that any other picture was compared and
    did not. As JSON each line is an object, the summary the last. Raises BridgeError where the
    bridge could not be started or asked.
    """
    done: list[Uploaded] = []
    async with stocked_bridge() as demo, demo.app() as app:
        began = time.perf_counter()
        async with aclosing(app.upload_all(planned)) as verdicts:
            async for uploaded in verdicts:
                done.append(uploaded)
                write(json.dumps(_fields(uploaded)) if as_json else _line(uploaded))
        seconds = time.perf_counter() - began
    write(json.dumps(_summary_fields(done, seconds)) if as_json else _summary(done, seconds))
    return 0 if all(each.is_right for each in done) else 1


@dataclass(frozen=True, slots=True)
class _Tally:
    """Of some uploads: how many were planted and unrelated, and how many of each matched."""

    planted: int
    planted_matched: int
    unrelated: int
    unrelated_matched: int
    not_compared: int

    @classmethod
    def of(cls, done: Iterable[Uploaded]) -> _Tally:
        verdicts = [(each.planned.planted, each.verdict) for each in done]
        compared = (Verdict.MATCHED, Verdict.NO_MATCH)
        return cls(
            planted=sum(planted for planted, _ in verdicts),
            planted_matched=verdicts.count((True, Verdict.MATCHED)),
            unrelated=sum(not planted for planted, _ in verdicts),
            unrelated_matched=verdicts.count((False, Verdict.MATCHED)),
            not_compared=sum(verdict not in compared for _, verdict in verdicts),
        )


def _by_transformation(done: Iterable[Uploaded]) -> dict[Transformation, _Tally]:
    of_each = ((one, [up for up in done if up.planned.transformation is one]) for one in Transformation)
    return {one: _Tally.of(uploads) for one, uploads in of_each if uploads}


def _line(uploaded: Uploaded) -> str:
    planned, found = uploaded.planned, uploaded.found
    match = f"{found.bank} · distance {found.distance} · {found.view}" if found else ""
    wrong = f"  WRONG: it {'was planted' if planned.planted else 'is unrelated'}"
    return (
        f"{planned.number:>4}  {planned.picture.title:<15}  {planned.transformation:<13}  "
        f"{uploaded.verdict.words:<11}  {match:<50}{uploaded.took_ms:>6.0f} ms"
        f"{'' if uploaded.is_right else wrong}"
    )


def _summary(done: list[Uploaded], seconds: float) -> str:
    tally = _Tally.of(done)
    lines = ["", f"{'':<14}{'planted copies matched':>24}{'unrelated matched':>22}"]
    for transformation, each in _by_transformation(done).items():
        lines.append(f"{transformation:<14}{_planted(each):>24}{_unrelated(each):>22}")
    lines.append(f"{'all':<14}{_planted(tally):>24}{_unrelated(tally):>22}")
    if tally.not_compared:
        lines.append(f"{tally.not_compared} could not be compared.")
    lines.append(f"{len(done)} uploads in {seconds:.1f} s.")
    return "\n".join(lines)


def _planted(tally: _Tally) -> str:
    return f"{tally.planted_matched} of {tally.planted}"


def _unrelated(tally: _Tally) -> str:
    return f"{tally.unrelated_matched} of {tally.unrelated}"


def _fields(uploaded: Uploaded) -> dict[str, object]:
    planned, found = uploaded.planned, uploaded.found
    return {
        "upload": planned.number,
        "picture": planned.picture.title,
        "transformation": planned.transformation,
        "planted": planned.planted,
        "verdict": uploaded.verdict,
        "bank": found.bank if found else None,
        "distance": found.distance if found else None,
        "view": found.view if found else None,
        "took_ms": round(uploaded.took_ms, 1),
    }


def _summary_fields(done: list[Uploaded], seconds: float) -> dict[str, object]:
    return {
        "uploads": len(done),
        "seconds": round(seconds, 2),
        **asdict(_Tally.of(done)),
        "transformations": {one: asdict(each) for one, each in _by_transformation(done).items()},
    }
