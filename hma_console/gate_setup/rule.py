"""The rule that puts the gate into a Caddyfile, told apart from the rest by two comments. Pure text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import hma_console
from bridge.errors import NotFound
from hma_console.gate_setup.caddyfile import NotRecognised, tree
from hma_console.gate_setup.sites import Site, gated_sites, pds_sites

BEGIN, END = "# hma-console gate: begin", "# hma-console gate: end"
MATCHER = "@hma_console_gate"
GATE, PDS = "127.0.0.1:3001", "127.0.0.1:3000"
"""As the files of `assets/deploy/` name them."""


class WhenDead(StrEnum):
    """What the proxy does with uploads while no gate runs."""

    PASS = "pass"
    REFUSE = "refuse"


def rule(when_dead: WhenDead, gate: str, pds: str) -> str:
    """The lines of the rule; gate and PDS as Caddy names upstreams. Raises NotFound without the assets."""
    text = (deploy_folder() / f"Caddyfile.{when_dead}").read_text(encoding="utf-8")
    return text.replace(GATE, "\0").replace(PDS, pds).replace("\0", gate)


def inserted(text: str, when_dead: WhenDead, gate: str, pds_url: str) -> str:
    """The Caddyfile with the rule first in each site of the PDS, an older one of ours replaced.

    Raises NotRecognised.
    """
    text = removed(text)
    lines = text.split("\n")
    for site in sorted(pds_sites(tree(text), pds_url), key=lambda site: site.line, reverse=True):
        opening = lines[site.line]
        ending = "\r" if opening.endswith("\r") else ""
        indent = opening[: len(opening) - len(opening.lstrip())] + "\t"
        own = rule(when_dead, gate, site.upstream).splitlines()
        lines[site.line + 1 : site.line + 1] = [f"{indent}{line}{ending}" for line in own]
    return "\n".join(lines)


def removed(text: str) -> str:
    """The Caddyfile without any rule of ours, byte for byte as it was. Raises NotRecognised."""
    kept, inside = [], False
    for line in text.split("\n"):
        mark = line.strip()
        if mark in (BEGIN, END) and inside is (mark == BEGIN):
            break
        if not inside and mark != BEGIN:
            kept.append(line)
        inside = mark == BEGIN or (inside and mark != END)
    else:
        if not inside:
            return "\n".join(kept)
    raise NotRecognised(
        "The comments that mark the gate's rule are incomplete.", "Remove the rule by hand, and reload Caddy."
    )


def sites_with_the_rule(text: str) -> list[Site]:
    """Raises NotRecognised where the file is not understood."""
    return gated_sites(tree(text), MATCHER)


def deploy_folder() -> Path:
    """In the installed package, or in the checkout beside it. Raises NotFound."""
    package = Path(hma_console.__file__).parent
    for folder in (package / "assets" / "deploy", package.parent / "assets" / "deploy"):
        if folder.is_dir():
            return folder
    raise NotFound("The files for deployment are not there.", "Install hma-console anew.")
