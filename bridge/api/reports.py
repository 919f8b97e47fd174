"""`createReport` as the PDS's report service answers it; the PDS forwards its accounts' reports here."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.api.bodies import json_body
from bridge.api.xrpc import ANY_ORIGIN, xrpc_error
from bridge.atproto.callers import TooMany
from bridge.atproto.reports import METHOD, ReportInbox
from bridge.atproto.service_tokens import BadToken
from bridge.compliance.leaf import time_text
from bridge.errors import InputError, StoreError, Unreachable
from bridge.records import ReportRecord

WAIT_SECONDS = 3600


def report_route(inbox: ReportInbox) -> Route:
    async def create_report(request: Request) -> Response:
        return await _answer(inbox, request)

    return Route(f"/xrpc/{METHOD}", create_report, methods=["POST"])


async def _answer(inbox: ReportInbox, request: Request) -> Response:
    """Who calls is known before anything of the body is read."""
    try:
        reporter = await inbox.reporter(request.headers.get("authorization", ""))
        taken = await inbox.take(reporter, await json_body(request))
    except BadToken as error:
        return xrpc_error(401, error.name, error.message)
    except TooMany as error:
        return xrpc_error(429, "RateLimitExceeded", error.message, WAIT_SECONDS)
    except InputError as error:
        return xrpc_error(400, "InvalidRequest", error.message)
    except Unreachable as error:
        return xrpc_error(502, "UpstreamFailure", error.message)
    except StoreError:
        return xrpc_error(503, "ReportNotTaken", "Reports cannot be taken just now; try again later.", 30)
    return JSONResponse(_shown(taken), headers=ANY_ORIGIN)


def _shown(report: ReportRecord) -> dict[str, object]:
    """The output that the lexicon asks for."""
    return {
        "id": report.id,
        "createdAt": time_text(report.reported_at),
        "reasonType": report.reason_type,
        **({"reason": report.reason} if report.reason else {}),
        "subject": dict(report.subject),
        "reportedBy": report.reporter,
    }
