"""Where no copy is kept a picture is seen as long as the PDS gives it, and no longer: on a real PDS."""

from __future__ import annotations

import pytest

from bridge.decisions import Choice, Request, Wanted
from bridge.errors import NoCopyKept
from bridge.reveals.drawing import Drawing, Step
from bridge.reveals.reveals import Asked
from bridge.settings import Settings
from tests.houses import png
from tests.network.network import Account, Network, link
from tests.network.test_takedown import give_password, until
from tests.network.watching import watching
from tests.reveals.looking import opened


async def test_a_picture_comes_from_the_pds_until_it_is_taken_down(
    guarded: Settings, net: Network, ana: Account
) -> None:
    async with watching(guarded) as watched:
        await give_password(watched, net)
        await watched.bank("mine", png(0))
        blob = await ana.upload(png(0))
        await ana.post(blob)
        [upload] = await watched.of(link(blob))
        asked = Asked(upload.case_id, upload.id, Drawing(Step.BLURRED, 64, 64))
        shown = await watched.parts.reveals.show(asked, "user:ana")
        assert opened(shown.drawn.png).size == (64, 64)
        await watched.parts.reveals.end(shown.reveal, 1, "user:ana")
        taking = Request([Wanted(upload.case_id)], Choice.TAKEDOWN, "listed-picture", "", "one")
        await watched.parts.decisions.decide(taking, "user:ana")
        await until(watched, lambda found: "confirmed" in found)
        with pytest.raises(NoCopyKept, match="the PDS does not give it"):
            await watched.parts.reveals.show(asked, "user:ana")
