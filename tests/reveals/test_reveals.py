"""Looking at a picture: what is given, what is refused, and what is written down of it."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from bridge.errors import KeysLocked, PauseNeeded, PauseOffered
from bridge.hashing import Hasher
from bridge.reveals import reveals as rules
from bridge.reveals.drawing import Drawing, Step
from bridge.reveals.reveals import PAUSE_MS, Asked, Reveals
from bridge.reveals.sources import Sources
from bridge.settings import PictureSettings, Settings
from bridge.uploads import DAY_MS, now_ms
from tests.api.asking import V1, Json, add_picture, make_bank, video
from tests.reveals.looking import Looking, asking, looking, photo

pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


@pytest.fixture
async def look(settings: Settings) -> AsyncIterator[Looking]:
    async with looking(settings) as found:
        yield found


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(2_000):
        if await condition():
            return
    raise AssertionError("never so")


async def test_who_looked_at_how_much_and_how_long_is_in_the_log_and_the_case(look: Looking) -> None:
    assert await look.viewed() == []
    image, reveal = await look.shown()
    assert (image.size, image.mode) == ((200, 125), "L")
    assert (await look.end(reveal, 2_000))["reveal"] == reveal
    ended, shown = await look.log()
    who = f"user:{getpass.getuser()}"
    facts = {"reveal": reveal, "upload": look.upload, "step": 1, "colour": "grey", "size": "part"}
    assert (shown["type"], f"user:{shown['who']}", shown["facts"]) == ("reveal.shown", who, facts)
    assert ended["type"] == "reveal.ended"
    assert ended["facts"] == {**facts, "by": "person", "shown_ms": ended["facts"]["shown_ms"]}
    [viewed] = await look.viewed()
    assert (viewed["viewed"], viewed["step"], viewed["by"]) == ("no", 1, [who])


async def test_nobody_can_say_it_was_shown_for_longer_than_it_was(look: Looking) -> None:
    _, reveal = await look.shown()
    assert (await look.end(reveal, 86_400_000))["shown_ms"] < rules.LONGEST_MS


async def test_sharper_larger_and_in_colour_are_the_same_reveal(look: Looking) -> None:
    _, reveal = await look.shown()
    image, again = await look.shown(reveal=reveal, step=4, colour=True, width=640, height=640)
    assert (again, image.size, image.mode) == (reveal, (640, 400), "RGB")
    await look.end(reveal)
    [viewed] = await look.viewed()
    assert (viewed["viewed"], viewed["reveals"], viewed["step"]) == ("yes", 1, 4)
    assert (await look.http.get(f"{V1}/reveals")).json()["left"] == 9
    gone = await look.reveal(reveal=reveal)
    assert (gone.status_code, gone.json()["message"]) == (409, "That picture is hidden already.")


@pytest.mark.parametrize(
    "lesser",
    [
        ({"step": 3, "width": 640, "height": 640},),
        ({"step": 4},),
        ({"step": 4}, {"step": 1, "width": 640, "height": 640}),
    ],
)
async def test_only_a_clear_and_whole_picture_counts_as_viewed(
    look: Looking, lesser: tuple[Json, ...]
) -> None:
    """Clear but small, then whole but blurred, is neither."""
    for drawing in lesser:
        await look.seen(**drawing)
    assert [each["viewed"] for each in await look.viewed()] == ["no"]
    await look.seen(step=4, width=640, height=640)
    assert [each["viewed"] for each in await look.viewed()] == ["yes"]


async def test_what_was_ended_before_it_was_drawn_was_not_seen(look: Looking) -> None:
    _, reveal = await look.shown(step=4, width=640, height=640)
    await look.end(reveal, 0)
    assert await look.viewed() == []


async def test_a_killed_console_leaves_an_entry_that_the_bridge_closes(
    look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LONGEST_MS", 20)
    _, reveal = await look.shown()

    async def is_closed() -> bool:
        return bool((await look.log())[0]["type"] == "reveal.ended")

    await until(is_closed)
    [ended, _] = await look.log()
    assert (ended["actor"], ended["facts"]["by"], ended["facts"]["shown_ms"]) == ("bridge", "limit", 20)
    assert (await look.end(reveal, 1))["shown_ms"] == 20, "it stays as it is"


async def test_a_killed_bridge_closes_at_its_next_start_what_it_left_open(settings: Settings) -> None:
    async with looking(settings) as look:
        old = Lately(look, now_ms() - 60_000)
        await old.reveals.show(old.asked(), "user:ana")
    async with asking(settings, "US") as (_, again):

        async def is_closed() -> bool:
            log = (await again.get(f"{V1}/log/entries", params={"type": "reveal."})).json()["entries"]
            return [each["type"] for each in log] == ["reveal.ended", "reveal.shown"]

        await until(is_closed)


async def test_no_copy_kept(settings: Settings) -> None:
    async with looking(settings, country="") as look:
        answer = await look.reveal()
        assert (answer.status_code, answer.json()["message"]) == (404, "No copy kept.")
        assert await look.log() == [], "nothing was shown, nothing is written down"


async def test_a_locked_vault_says_so(look: Looking) -> None:
    look.bridge.parts.keychain.lock()
    answer = await look.reveal()
    assert answer.json()["error"] == KeysLocked.__name__


async def test_a_video_is_not_shown_here(settings: Settings) -> None:
    async with looking(settings, video()) as look:
        answer = await look.reveal()
        assert (answer.status_code, answer.json()["message"]) == (422, "A video: not shown here.")


async def test_over_tcp_nobody_sees_anything(look: Looking) -> None:
    made = await look.http.post(f"{V1}/apikeys", json={"name": "app", "scopes": ["all"]})
    headers = {"X-API-Key": made.json()["key"]}
    async with httpx.AsyncClient(base_url=look.bridge.url, headers=headers, verify=False) as app:
        assert (await app.post(f"{V1}/cases/{look.case}/reveal", json={})).status_code == 403
        assert (await app.get(f"{V1}/reveals")).status_code == 403


async def test_an_upload_of_another_case_is_not_shown(look: Looking) -> None:
    assert (await look.reveal(upload="none")).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"step": 0}, {"step": 5}, {"width": 1025}, {"height": 0}, {"colour": "yes"}, {"word": 1}]
)
async def test_what_cannot_be_drawn_is_refused(look: Looking, wrong: Json) -> None:
    assert (await look.reveal(**wrong)).status_code == 400


# Child safety


async def test_a_child_safety_picture_is_never_shown(settings: Settings) -> None:
    async with looking(settings, category="child_safety") as look:
        for word in ("", "reveal"):
            answer = await look.reveal(word=word)
            assert (answer.status_code, answer.json()["error"]) == (403, "NeverShown")
        assert await look.log() == []


async def test_where_it_was_switched_on_the_word_must_be_typed_each_time(settings: Settings) -> None:
    asking = replace(settings, pictures=PictureSettings(child_safety="ask"))
    async with looking(asking, category="child_safety") as look:
        for word in ("", "Reveal", "yes"):
            assert (await look.reveal(word=word)).json()["error"] == "WordNeeded"
        _, reveal = await look.shown(word="reveal")
        assert (await look.reveal(reveal=reveal)).json()["error"] == "WordNeeded"


async def test_another_case_with_the_same_bytes_is_no_way_round(look: Looking) -> None:
    await make_bank(look.http, "listed", category="child_safety")
    await add_picture(look.http, "listed", photo())
    await look.http.post(f"{V1}/match", content=photo())
    assert (await look.reveal()).json()["error"] == "NeverShown"


# How many


class Lately:
    """Reveals of a case at times that the test sets."""

    def __init__(self, look: Looking, now: int, a_day: int = 10) -> None:
        parts = look.bridge.parts
        self.now, self._look = now, look
        sources = Sources(parts.pipeline, parts.evidence, parts.keychain, None)
        settings = PictureSettings(reveals_a_day=a_day)
        self.reveals = Reveals(parts.store, Hasher(), sources, settings, lambda: self.now)

    def asked(self, *, goes_on: bool = False) -> Asked:
        return Asked(self._look.case, self._look.upload, Drawing(Step.BLURRED, 20, 20), goes_on=goes_on)

    async def see(self, who: str = "user:ana", *, goes_on: bool = False) -> None:
        shown = await self.reveals.show(self.asked(goes_on=goes_on), who)
        await self.reveals.end(shown.reveal, 1, who)


async def test_after_every_third_a_pause_is_offered(look: Looking) -> None:
    lately = Lately(look, now_ms())
    for _ in range(3):
        await lately.see()
    with pytest.raises(PauseOffered, match="a pause of 10 min is offered"):
        await lately.see()
    await lately.see("user:ben")
    await lately.see(goes_on=True)
    for _ in range(2):
        await lately.see()
    assert (await lately.reveals.allowance("user:ana")).pause == "offered"
    lately.now += PAUSE_MS
    assert (await lately.reveals.allowance("user:ana")).pause == "none"
    await lately.see()


async def test_after_the_days_number_the_pause_is_the_rule(look: Looking) -> None:
    lately = Lately(look, now_ms(), a_day=2)
    for _ in range(2):
        await lately.see()
    assert (await lately.reveals.allowance("user:ana")).left == 0
    lately.now += 3 * 60_000
    with pytest.raises(PauseNeeded, match=r"The day's 2 are seen: the next one in 7 min\."):
        await lately.see(goes_on=True)
    lately.now += PAUSE_MS
    await lately.see()
    with pytest.raises(PauseNeeded):
        await lately.see(goes_on=True)
    lately.now += DAY_MS
    assert (await lately.reveals.allowance("user:ana")).left == 2
