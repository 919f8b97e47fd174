"""Who shares lists, in words: what is here of each, and what comes next."""

from __future__ import annotations

from hma_console.list_answers import ListRow, Programme
from hma_console.words import ago, safe

ARACHNID = "arachnid"


def shortly(one: Programme) -> str:
    """What is here of it, in a word or three."""
    if one.name == ARACHNID:
        if one.shield is None:
            return "not asked"
        if one.lacks_secret:
            return "no secret"
        return "no answer" if one.shield.fault else "asked"
    if one.lists:
        return "connected"
    if one.kind is None:
        return "no list to read here"
    return "secret is set" if one.secret and one.secret_is_set else "not connected"


def here(one: Programme, now: int) -> str:
    """What is here of it, without a full stop."""
    if one.name == ARACHNID:
        return _shield(one, now)
    if one.lists:
        return f"connected: {safe(', '.join(one.lists))}"
    if one.kind is None:
        return "this version reads no list of it"
    if not one.secret:
        return "not connected"
    return f"not connected; its secret is {'set' if one.secret_is_set else 'not set'}"


def _shield(one: Programme, now: int) -> str:
    if one.shield is None:
        return f"not asked; its secret is {'set' if one.secret_is_set else 'not set'}"
    if one.shield.fault:
        return f"no answer: {safe(one.shield.fault).rstrip('.')}"
    if one.lacks_secret:
        return "to be asked, but its secret is not set"
    if one.shield.answered_at is None:
        return "asked from the next upload on"
    return f"asked for each upload, answered {ago(one.shield.answered_at, now)}"


def remedy(one: Programme) -> str:
    """What is to be done for it to be used, by a command or in config.toml; empty where nothing is."""
    if one.lacks_secret and (one.kind is not None or one.name == ARACHNID):
        return f"`hma-console secret set {one.secret}`, once you have it"
    if one.name == ARACHNID:
        if one.shield is None:
            return "`arachnid = true` under [matcher] in config.toml, then start anew"
        return safe(one.shield.remedy).rstrip(".")
    return ""


def connected(made: ListRow, one: Programme) -> str:
    """What connecting it came to, and what is missing still."""
    if one.lacks_secret:
        return f"{safe(made.name)} is connected. Next: `hma-console secret set {one.secret}`."
    return f"{safe(made.name)} is connected, into {safe(made.bank)}; it is kept up to date."


def disconnected(one: ListRow) -> str:
    return f"{safe(one.name)} is disconnected. What only it had leaves {safe(one.bank)}, which stays."
