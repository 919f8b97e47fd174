"""`[matcher]`: who compares uploads. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatcherSettings:
    """`kind` is embedded, hma (the lists here behind it) or both (their union).

    `hma_headers` are sent with every request to HMA, each `Name: value`; its token is the secret `hma_token`.
    `hma_seconds` is the longest that an upload waits for it. `hma_hashes`: it gets the pictures of uploads,
    too, and what its own hashes of them match joins what ours do. `arachnid`: Arachnid Shield is asked, too,
    by PDQ hash, with its secret `arachnid`.
    """

    kind: str = "embedded"
    hma_url: str = ""
    hma_headers: tuple[str, ...] = ()
    hma_seconds: int = 5
    hma_hashes: bool = False
    arachnid: bool = False
