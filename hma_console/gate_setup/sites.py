"""Which sites of a Caddyfile hand requests to the PDS, and where they are reached from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from hma_console.gate_setup.caddyfile import Block, NotRecognised

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"})
_TRANSPARENT = frozenset({"handle", "route"})
"""Blocks that our rule, which stands before them, has precedence over."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a site answers. `scheme` is empty where the Caddyfile does not tell it."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Site:
    """`line` is the one its brace is opened on; `upstream` is how it names the PDS, empty if it does not."""

    line: int
    upstream: str
    addresses: tuple[Address, ...]


def pds_sites(root: Block, pds_url: str) -> list[Site]:
    """Raises NotRecognised where there is none, or a rule at its top might catch what is not the PDS's."""
    pds = _place(pds_url)
    found = []
    for block in _sites(root):
        if upstream := _upstream(block, pds):
            found.append(_site(root, block, upstream))
    if found:
        return found
    raise NotRecognised(f"No site of this Caddyfile has a reverse_proxy to the PDS at {pds_url}.")


def gated_sites(root: Block, matcher: str) -> list[Site]:
    """The sites that our rule stands in, known by the name of its matcher."""
    return [_site(root, block, "") for block in _sites(root) if block.find(matcher)]


def address(text: str, http_port: int = 80, https_port: int = 443) -> Address | None:
    """None where it names no one host: a wildcard, or a name that only Caddy's environment knows."""
    scheme, separator, rest = text.rpartition("://")
    if "*" in rest or "{" in rest or (separator and scheme not in ("http", "https")):
        return None
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
    except ValueError:
        return None
    if not scheme and port == http_port:
        scheme = "http"
    return Address(
        scheme, parts.hostname or "localhost", port or (http_port if scheme == "http" else https_port)
    )


def _sites(root: Block) -> Iterator[Block]:
    """Without the global options, snippets and named routes."""
    return (block for block in root.inner if block.words and not block.name.startswith(("(", "&")))


def _site(root: Block, block: Block, upstream: str) -> Site:
    options = next((each for each in root.inner if not each.words), Block([], -1))
    http_port, https_port = _port(options, "http_port", 80), _port(options, "https_port", 443)
    texts = (each for word in block.words for each in word.split(",") if each)
    addresses = (address(text, http_port, https_port) for text in texts)
    return Site(block.line, upstream, tuple(each for each in addresses if each))


def _port(options: Block, name: str, default: int) -> int:
    values = [each.words[1] for each in options.find(name) if len(each.words) > 1]
    return int(values[0]) if values and values[0].isdecimal() else default


def _upstream(block: Block, pds: tuple[str, int]) -> str:
    """How this block, or one in it, names the PDS."""
    for each in block.inner:
        if each.name == "reverse_proxy":
            words = [*each.words[1:], *(word for to in each.find("to") for word in to.words[1:])]
            named = (word for word in words if not word.startswith(("/", "@", "*")) and _place(word) == pds)
            if found := next(named, ""):
                return found
        elif found := _upstream(each, pds):
            matched = any(word.startswith("@") for word in each.words[1:])
            if each.name not in _TRANSPARENT or matched:
                head = f"`{' '.join(each.words)}` on line {each.line + 1}"
                raise NotRecognised(f"The reverse_proxy to the PDS stands in {head}.")
            return found
    return ""


def _place(text: str) -> tuple[str, int]:
    """Host and port; all names of this machine are one."""
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return text, 0
    host = parts.hostname or ""
    return ("localhost" if host in _HERE else host), port
