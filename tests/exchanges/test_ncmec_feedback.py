"""Feedback to NCMEC: the very requests that were recorded, and a reason that nobody guessed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.banks.exchanges.feedback import TakesFeedback
from bridge.banks.exchanges.ncmec import KIND
from bridge.banks.exchanges.ncmec_feedback import REASON, reason_setting, tell
from bridge.errors import ExchangeError
from bridge.signals import Signal, SignalType
from bridge.store.feedbacks import Opinion
from tests.exchanges.mirror import client_of

BASE = "https://exttest.cybertip.org/hashsharing"
GUID, OTHER = "01234567-abcd-0123-4567-012345678900", "11234567-abcd-0123-4567-012345678900"
SIGNED_IN = {"Authorization": "Basic dXNlcjpwYXNz"}
PDQ = Signal(SignalType.PDQ, bytes(range(32)))
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"


@dataclass
class FakeReasons:
    guids: tuple[str, ...] = (GUID,)
    status: int = 200
    reasons: bytes | None = None
    heard: list[tuple[str, bytes, str]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/hashsharing/v2/feedback/{kind}/reasons", self._reasons),
                Route(
                    "/hashsharing/v2/entries/{member}/{entry}/{kind}/feedback",
                    self._feedback,
                    methods=["PUT"],
                ),
            ]
        )

    async def _reasons(self, request: Request) -> Response:
        if request.headers.get("authorization") != SIGNED_IN["Authorization"]:
            return Response(status_code=401)
        rows = "".join(f'<reason guid="{g}" name="Not {n}" type="PDQ"/>' for n, g in enumerate(self.guids))
        text = f'<r xmlns="{NAMESPACE}"><availableFeedbackReasons>{rows}</availableFeedbackReasons></r>'
        return Response(self.reasons or text, media_type="application/xml")

    async def _feedback(self, request: Request) -> Response:
        if request.headers.get("authorization") != SIGNED_IN["Authorization"]:
            return Response(status_code=401)
        kind = request.headers["content-type"]
        self.heard.append((request.url.path, await request.body(), kind))
        return Response(status_code=self.status)


async def say(ncmec: FakeReasons, opinion: Opinion, reason: str = "", key: str = "42-image1") -> None:
    await tell(client_of(ncmec.app), BASE, SIGNED_IN, key, PDQ, opinion, reason)


async def test_what_is_said_is_what_was_recorded() -> None:
    ncmec = FakeReasons()
    await say(ncmec, Opinion.CONFIRMED)
    await say(ncmec, Opinion.FALSE)
    path, kind = "/hashsharing/v2/entries/42/image1/PDQ/feedback", "application/xml; charset=utf-8"
    yes = f'<feedbackSubmission xmlns="{NAMESPACE}"><affirmative /></feedbackSubmission>'
    no = (
        f'<feedbackSubmission xmlns="{NAMESPACE}"><negative><reasonIds><guid>{GUID}</guid></reasonIds>'
        "</negative></feedbackSubmission>"
    )
    assert ncmec.heard == [(path, yes.encode(), kind), (path, no.encode(), kind)]


async def test_of_several_reasons_the_operator_names_one() -> None:
    ncmec = FakeReasons((GUID, OTHER))
    with pytest.raises(ExchangeError, match="has 2 reasons") as failed:
        await say(ncmec, Opinion.FALSE)
    assert f"{OTHER} (Not 1)" in failed.value.hint
    await say(ncmec, Opinion.FALSE, OTHER.upper())
    assert OTHER.encode() in ncmec.heard[-1][1]
    with pytest.raises(ExchangeError, match=r"knows the reason .* no more"):
        await say(FakeReasons(), Opinion.FALSE, OTHER)
    fits = reason_setting().fits
    assert (fits(""), fits(OTHER), fits("wrong")) == (True, True, False)


@pytest.mark.parametrize("key", ["image1", "x-image1", "42-", "-image1"])
async def test_what_is_no_key_of_theirs_is_not_asked(key: str) -> None:
    ncmec = FakeReasons()
    with pytest.raises(ExchangeError, match="no such entry"):
        await say(ncmec, Opinion.CONFIRMED, key=key)
    assert ncmec.heard == []


async def test_an_entry_cannot_lead_elsewhere() -> None:
    ncmec = FakeReasons()
    with pytest.raises(ExchangeError):
        await say(ncmec, Opinion.CONFIRMED, key="42-../../status?")
    assert ncmec.heard == []


@pytest.mark.parametrize(
    ("status", "said"), [(404, "takes no feedback"), (500, "fails with"), (429, "asked too often")]
)
async def test_what_it_does_not_take(status: int, said: str) -> None:
    with pytest.raises(ExchangeError, match=said):
        await say(FakeReasons(status=status), Opinion.CONFIRMED)


@pytest.mark.parametrize("reasons", [b"<html", b"<!DOCTYPE r [<!ENTITY a 'b'>]><r/>", b"{}"])
async def test_reasons_that_are_none(reasons: bytes) -> None:
    with pytest.raises(ExchangeError, match="something else than reasons"):
        await say(FakeReasons(reasons=reasons), Opinion.FALSE)


async def test_wrong_credentials() -> None:
    with pytest.raises(ExchangeError, match="does not take the credentials"):
        await tell(client_of(FakeReasons().app), BASE, {}, "42-image1", PDQ, Opinion.CONFIRMED)


async def test_a_connected_list_is_told_with_the_reason_of_its_settings() -> None:
    ncmec = FakeReasons((GUID, OTHER))
    settings = {"environment": "test-industry", REASON: OTHER}
    source = KIND.make(settings, client_of(ncmec.app), "user:pass")
    assert isinstance(source, TakesFeedback)
    await source.tell("42-image1", PDQ, Opinion.FALSE)
    [(path, body, _)] = ncmec.heard
    assert path == "/hashsharing/v2/entries/42/image1/PDQ/feedback"
    assert OTHER.encode() in body
