"""The PDS that is guarded: whether it answers, and whether its clock is ours."""

from __future__ import annotations

from bridge.errors import Unreachable
from hma_console.doctor.asking import Server
from hma_console.doctor.clock import clock_of
from hma_console.doctor.finding import Findings, bad, ok, unreachable
from hma_console.words import safe

PDS = "pds"
LONGEST = 40


async def answers(server: Server) -> Findings:
    try:
        health = await server.get("/xrpc/_health")
    except Unreachable as fault:
        words = f"{server.url} cannot be reached: {fault.message}"
        return [unreachable(PDS, words, "See whether the PDS runs.")]
    version = health.json.get("version") if isinstance(health.json, dict) else None
    if not isinstance(version, str):
        return [bad(PDS, f"what answers at {server.url} is no PDS", "Correct pds.url.")]
    return [ok(PDS, f"{server.url} answers, version {safe(version[:LONGEST])}"), clock_of(PDS, health)]
