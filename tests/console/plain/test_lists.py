"""Lists of others in plain mode, on the real bridge: who shares them, one connected, one disconnected."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.console.plain.test_everything import said

URL = "/api/v1/exchanges"


async def test_a_file_is_connected_heard_of_and_disconnected(
    operator: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{'11' * 16}\n{'22' * 16}\n")
    heard = await said(operator, "connect watched", "friends", str(file), "ncii", "")
    assert "friends is connected, into friends; it is kept up to date." in heard
    [made] = (await operator.get(URL)).json()["exchanges"]
    assert (made["name"], made["bank"], made["settings"]) == ("friends", "friends", {"source": str(file)})
    assert (await operator.get("/api/v1/admin/bank/friends")).json()["category"] == "ncii"
    heard = await said(operator, "banks", "remove friends", "s friends", "disconnect", "no")
    assert "List friends: into bank friends" in heard
    assert "The list friends fills this bank. Do: say disconnect friends, then remove." in heard
    assert "List friends: being read now." in heard
    assert "Nothing was disconnected." in heard
    heard = await said(operator, "disconnect friends", "friends")
    assert "friends is disconnected. What only it had leaves friends, which stays." in heard
    assert (await operator.get(URL)).json()["exchanges"] == []


async def test_every_programme_is_told_and_one_in_all_its_words(operator: httpx.AsyncClient) -> None:
    heard = " ".join((await said(operator, "banks", "g", "g arachnid", "g nobody")).split())
    assert "Programme ncmec: NCMEC hash sharing (US)" in heard
    assert "Who: providers of any size, free" in heard
    assert "Send: apply at the Canadian Centre for Child Protection." in heard
    assert "Here: not asked; its secret is not set." in heard
    assert "`hma-console secret set arachnid`" in heard
    assert "There is no programme 'nobody'." in heard


async def test_no_secret_is_asked_for_and_what_is_missing_is_named(operator: httpx.AsyncClient) -> None:
    heard = await said(operator, "connect stopncii", "theirs", "", "", "connect threatexchange", *[""] * 5)
    assert "theirs is connected. Next: `hma-console secret set stopncii`." in heard
    assert "A name is missing." in heard
    heard = await said(operator, "connect threatexchange", "group", "", "", "", "", "connect gifct")
    assert "Privacy group is missing. Do: It takes the group's number." in heard
    assert "There is no programme 'gifct'." in heard
