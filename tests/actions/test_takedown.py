"""A takedown against a PDS that says yes and does nothing, says no, or is in trouble."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import httpx
import pytest

from bridge.actions.effect import Blocked, Impossible, NotYet
from bridge.actions.takedown import Takedown
from bridge.atproto.admin import PdsAdmin
from bridge.atproto.credentials import AdminPassword
from bridge.atproto.pds import Pds
from bridge.errors import KeysLocked, NotFound
from bridge.store.outbox import Action, ActionState

ASK, READ = "com.atproto.admin.updateSubjectStatus", "com.atproto.admin.getSubjectStatus"
NO_SUBJECT = (400, {"error": "NotFound", "message": "Subject not found"})
STANDS = (200, {"subject": {}, "takedown": {"applied": True, "ref": "case"}})
DOES_NOT = (200, {"subject": {}, "takedown": {"applied": False}})
YES = (200, {"subject": {}, "takedown": {"applied": True}})

Answer = tuple[int, Mapping[str, object]]


def action(attempts: int = 0) -> Action:
    return Action(
        1, "k", "takedown", ActionState.RUNNING, "case", "upload", "did:plc:x", "bafk", attempts=attempts
    )


def effect(
    reads: Sequence[Answer], asked: Answer = YES, *, applies: bool = True
) -> tuple[Takedown, list[dict[str, object]]]:
    """Against a PDS that answers so to reading back, one after the other; and what it was asked."""
    asks: list[dict[str, object]] = []
    waiting = list(reads)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Basic YWRtaW46cGFzcw=="
        if request.url.path == f"/xrpc/{READ}":
            status, body = waiting.pop(0)
            return httpx.Response(status, json=body)
        assert request.url.path == f"/xrpc/{ASK}"
        asks.append(json.loads(request.content))
        return httpx.Response(asked[0], json=asked[1])

    return Takedown(admin(answer), applies=applies), asks


def admin(answer: Callable[[httpx.Request], httpx.Response]) -> PdsAdmin:
    async def password() -> str:
        return "pass"

    return PdsAdmin(Pds("http://pds.test", httpx.MockTransport(answer)), AdminPassword(password))


async def test_it_is_asked_for_under_the_case_and_read_back() -> None:
    takedown, asks = effect([DOES_NOT, STANDS])
    await takedown.carry_out(action())
    subject = {"$type": "com.atproto.admin.defs#repoBlobRef", "did": "did:plc:x", "cid": "bafk"}
    assert asks == [{"subject": subject, "takedown": {"applied": True, "ref": "case"}}]


async def test_what_stands_already_is_not_asked_for_again() -> None:
    takedown, asks = effect([STANDS])
    await takedown.carry_out(action())
    restore, more = effect([DOES_NOT], applies=False)
    await restore.carry_out(action())
    assert asks == more == []


async def test_a_yes_that_did_nothing_is_no_success() -> None:
    takedown, _ = effect([DOES_NOT, DOES_NOT])
    with pytest.raises(NotYet, match="said yes, but it does not stand"):
        await takedown.carry_out(action())


async def test_a_blob_that_is_not_there_is_waited_for_then_given_up() -> None:
    takedown, _ = effect([NO_SUBJECT] * 4)
    with pytest.raises(NotYet, match="does not have this blob yet"):
        await takedown.carry_out(action(attempts=3))
    with pytest.raises(Impossible, match="does not have this blob"):
        await takedown.carry_out(action(attempts=4))


async def test_an_account_that_is_gone_is_given_up_although_the_pds_fails_on_it() -> None:
    takedown, asks = effect([NO_SUBJECT] * 2, asked=(500, {"error": "InternalServerError"}))
    with pytest.raises(NotYet, match="answers 500"):
        await takedown.carry_out(action())
    with pytest.raises(Impossible, match="does not have this blob"):
        await takedown.carry_out(action(attempts=4))
    assert len(asks) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ((401, {"error": "AuthenticationRequired"}), NotYet, "does not accept the admin password"),
        ((403, {}), NotYet, "does not accept the admin password"),
        ((500, {"error": "InternalServerError"}), NotYet, "answers 500"),
        ((400, {"error": "InvalidRequest", "message": "Bad subject"}), Impossible, "Bad subject"),
    ],
)
async def test_what_the_pds_says_against_it_is_told_apart(
    answer: Answer, kind: type[Exception], said: str
) -> None:
    for takedown, _ in (effect([answer]), effect([DOES_NOT], asked=answer)):
        with pytest.raises(kind, match=said) as told:
            await takedown.carry_out(action())
        assert type(told.value) is kind


@pytest.mark.parametrize("missing", [KeysLocked("Locked."), NotFound("Not set.")])
async def test_without_a_password_nobody_is_asked(missing: Exception) -> None:
    async def password() -> str:
        raise missing

    def answer(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("the PDS was asked")

    takedown = Takedown(
        PdsAdmin(Pds("http://pds.test", httpx.MockTransport(answer)), AdminPassword(password)), applies=True
    )
    with pytest.raises(Blocked):
        await takedown.carry_out(action())
