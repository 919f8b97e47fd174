"""The doors, before anything is behind them."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from bridge.serving import bind
from bridge.settings import Settings


def test_answers_over_tcp_are_sent_at_once(settings: Settings) -> None:
    """Else the second half of an answer waits for the first one's acknowledgement: 40 ms each time."""
    with ExitStack() as stack:
        _, server = [stack.enter_context(door) for door in bind(settings)]
        with socket.create_connection(server.getsockname()), server.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
