"""A fake HMA set up in one way or another: by its own development configuration, or by ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.hma import FakeHma
from tests.fakes.hma_answers import as_json, fault

ROUTES = (
    *("/", "/c/bank/<bank_name>", "/c/bank/<bank_name>/content", "/c/bank/<bank_name>/signal", "/c/banks"),
    *("/c/signal_type/index", "/h/hash", "/m/compare", "/m/index/status", "/m/lookup", "/m/raw_lookup"),
    *("/site-map", "/status", "/status/live"),
)
DEVELOPMENT = ("/dev/factory_reset", "/dev/run_fetch", "/dev/seed_banks", "/dev/setup_sample_example")
"""Any request to these counts as a catastrophe: `was_reset`."""


class SetUpHma(FakeHma):
    """With a token it opens only the health checks to whoever has none, as assets/deploy/hma does.

    `not_found` are paths that it has not, `routes` those that it names. While `has_database` is not, it
    fails at whatever needs that.
    """

    def __init__(self, token: str = "", *, is_development: bool = False, has_live: bool = True) -> None:
        super().__init__(token)
        self.was_reset = False
        self.not_found: set[str] = set()
        self.routes: tuple[str, ...] = ROUTES
        self.has_database = True
        self._is_development = is_development
        self._has_live = has_live

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path.startswith("/dev/"):
            self.was_reset = True
        if self.trouble is None and path in ("/status", "/status/live"):
            if path == "/status/live" and not self._has_live:
                return Response(status_code=404)
            return self._status_of(path)
        answer = await super()._answer(request)
        if not self.has_database and path != "/site-map":
            return fault()
        if path in self.not_found:
            return Response(status_code=404)
        if path == "/site-map" and answer.status_code == 404:
            return as_json([*self.routes, *(DEVELOPMENT if self._is_development else ())])
        return answer

    def _status_of(self, path: str) -> Response:
        is_bad = path == "/status" and (not self.is_loaded or self.is_stale)
        words = ("INDEX-STALE" if self.is_loaded else "INDEX-NOT-LOADED") if is_bad else "I-AM-ALIVE"
        return Response(words, 503 if is_bad else 200, media_type="text/html")


@asynccontextmanager
async def set_up_hma(
    token: str = "", *, is_development: bool = False, has_live: bool = True
) -> AsyncIterator[SetUpHma]:
    """On 127.0.0.1, at a free port."""
    hma = SetUpHma(token, is_development=is_development, has_live=has_live)
    await hma.up()
    try:
        yield hma
        assert not hma.was_reset, "something asked for a route that empties HMA"
    finally:
        await hma.down()
