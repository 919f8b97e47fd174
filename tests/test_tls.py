"""All outgoing connections of the bridge trust the same certificates, read once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bridge.banks.exchanges.client import PublicTransport
from bridge.tls import trusted

BRIDGE = Path(__file__).parents[1] / "bridge"
MAKES = re.compile(r"\b(create_default_context|create_ssl_context|SSLContext)\(")
OPENS = re.compile(r"\b(?:httpx\.AsyncClient|AsyncHTTPTransport|AsyncConnectionPool)\(")
SAYS = re.compile(r"\b(verify|ssl_context|transport)=")


def calls(text: str) -> Iterator[str]:
    """The arguments of each call that opens connections."""
    for found in OPENS.finditer(text):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[found.end() : end - 1]


def test_certificates_are_read_in_one_place_and_no_client_reads_its_own() -> None:
    opened = 0
    for file in BRIDGE.rglob("*.py"):
        text = file.read_text()
        assert file.name == "tls.py" or not MAKES.search(text), file
        for arguments in calls(text):
            opened += 1
            assert SAYS.search(arguments), f"{file}: {arguments}"
    assert opened > 5


def test_lists_are_read_with_what_all_others_trust() -> None:
    assert PublicTransport(())._pool._ssl_context is trusted()
