"""What a command may use of the bridge when none runs: its API, called in the command's own process."""

from __future__ import annotations

from starlette.types import ASGIApp

from bridge.api.peer import as_this_user
from bridge.runtime import Bridge


def in_process(bridge: Bridge) -> ASGIApp:
    """The API as its operator calls it, without a socket between."""
    return as_this_user(bridge.app)
