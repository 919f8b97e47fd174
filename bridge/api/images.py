"""Endpoints that take images and hashes: hash, hash/url, match, match/batch, scan."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge import policy
from bridge.api import shapes
from bridge.api.bodies import Received, files, hash_in, is_json, json_body, received
from bridge.api.errors import body_of
from bridge.api.fetching import fetched
from bridge.api.parts import Caller, caller, parts
from bridge.errors import (
    BadSignal,
    BadThreshold,
    BridgeError,
    InputError,
    NotChecked,
    Unhashable,
    Unreachable,
)
from bridge.matching.matcher import Query
from bridge.receiving import Content
from bridge.signals import Signals
from bridge.uploads import Source, Upload
from bridge.verdicts import Verdict

MOST_IN_A_BATCH = 1000
LONGEST_TEXT = 4096
FETCH_SECONDS = 60.0


async def hash_image(request: Request) -> Response:
    async with received(request) as item:
        return _hashes(await parts(request).pipeline.hash(item.content))


async def hash_url(request: Request) -> Response:
    url = (await json_body(request)).get("url")
    if not isinstance(url, str):
        raise InputError("The address is missing.", 'Send {"url": "https://…"}.')
    part = parts(request)
    async with part.pipeline.receive() as receiver:
        try:
            async with asyncio.timeout(FETCH_SECONDS), fetched(url, part.settings.fetch.allow) as body:
                async for chunk in body:
                    await receiver.feed(chunk)
        except TimeoutError:
            raise Unreachable(f"The address gave no whole file within {FETCH_SECONDS:.0f} s.") from None
        return _hashes(await part.pipeline.hash(await receiver.finish()))


def _hashes(signals: Signals) -> Response:
    if not signals.views:
        raise Unhashable(signals.fault or "a video has no PDQ hash")
    return JSONResponse({"success": True, **shapes.hashes(signals)})


async def match(request: Request) -> Response:
    if is_json(request):
        body = await json_body(request)
        return JSONResponse(await _compare_hash(request, body, body.get("threshold")))
    async with received(request) as item:
        return JSONResponse(await _compare(request, _upload(item, caller(request)), item.content))


async def scan(request: Request) -> Response:
    """A file of the operator's own, on the socket only: an upload like any other."""
    async with received(request) as item:
        upload = Upload(Source.SCAN, caller(request).name, uri=f"file://{_text(item.fields, 'path')}")
        return JSONResponse(await _compare(request, upload, item.content))


async def match_batch(request: Request) -> Response:
    """Each item gets its own answer, in order; 207 where not all of them were compared.

    In a form each image is taken as it comes, with the fields that came before it.
    """
    results: list[shapes.Json] = []
    if is_json(request):
        body = await json_body(request)
        given = body.get("hashes")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise InputError("The hashes are missing.", 'Send {"hashes": [{"hash_value", "hash_type"}]}.')
        _check_count(len(given))
        for one in given:
            results.append(await _tried(_compare_hash(request, one, body.get("threshold"))))
        return _batch(results)
    async with AsyncExitStack() as held:
        fields: dict[str, str] = dict(request.query_params)
        async for item in files(request, held, fields):
            _check_count(len(results) + 1)
            named = replace(item, fields={"photo_id": item.file_name, **fields})
            results.append(await _tried(_compare_named(request, named)))
            await held.aclose()
    return _batch(results)


async def _compare_named(request: Request, item: Received) -> shapes.Json:
    return await _compare(request, _upload(item, caller(request)), item.content)


async def _compare(request: Request, upload: Upload, content: Content) -> shapes.Json:
    """Raises NotChecked and Unhashable, with the upload's id, once it is recorded as such."""
    part = parts(request)
    done = await part.pipeline.process(upload, content)
    if done.verdict is Verdict.NOT_CHECKED and done.unchecked:
        why = done.unchecked
        raise NotChecked(why.reason, why.message, why.retry_after, upload.id)
    if done.verdict is Verdict.UNHASHABLE:
        raise Unhashable(done.reason, upload.id)
    return shapes.outcome(done, reveals_lists=caller(request).is_operator)


async def _compare_hash(request: Request, given: dict[str, object], threshold: object) -> shapes.Json:
    """Compares one hash; over TCP with own and test banks only. Nothing is recorded of it."""
    value, kind = given.get("hash_value"), given.get("hash_type") or ""
    if not isinstance(value, str) or not isinstance(kind, str):
        raise BadSignal("The hash is missing.", 'Send {"hash_value": "…", "hash_type": "pdq"}.')
    reveals = caller(request).is_operator
    query = Query.of_hash(hash_in(value, kind), _distance(threshold), listed=reveals)
    compared = await parts(request).matcher.match(query)
    matches = policy.cancel(compared.matches)
    if compared.unchecked and not policy.standing(matches):
        raise compared.unchecked
    return shapes.comparison(policy.strongest(matches), compared.banks, reveals_lists=reveals)


async def _tried(work: Awaitable[shapes.Json]) -> shapes.Json:
    """The answer for one of many, or its error in the same place."""
    try:
        return await work
    except BridgeError as error:
        return {"success": False, **body_of(error)}


def _batch(results: list[shapes.Json]) -> Response:
    if not results:
        raise InputError("There is nothing to compare.", "Send images or hashes.")
    whole = all(result["success"] for result in results)
    return JSONResponse({"success": whole, "results": results}, 200 if whole else 207)


def _check_count(count: int) -> None:
    if count > MOST_IN_A_BATCH:
        raise InputError(f"More than {MOST_IN_A_BATCH} at a time.", "Send them in several requests.")


def _upload(item: Received, by: Caller) -> Upload:
    """Where an app says the image came from; it proves nothing of its author."""
    try:
        metadata = json.loads(item.fields.get("metadata") or "{}")
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise InputError("The metadata is not a JSON object.", "Send a JSON object as `metadata`.")
    return Upload(
        Source.API,
        by.name,
        claimed_author=_text(item.fields, "author_did"),
        photo_id=_text(item.fields, "photo_id"),
        metadata=metadata,
        wanted=_distance(item.fields.get("threshold")),
    )


def _text(fields: dict[str, str], name: str) -> str:
    text = fields.get(name, "")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"The field {name} is longer than {LONGEST_TEXT} characters.")
    return text


def _distance(threshold: object) -> int | None:
    """A caller's threshold as a distance: 0 to 1 is a similarity, a whole number above 1 a distance.

    Raises BadThreshold.
    """
    if threshold is None or threshold == "":
        return None
    try:
        number = float(threshold) if isinstance(threshold, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if isinstance(threshold, bool) or not 0 <= number <= 256 or (number > 1 and number != int(number)):
        raise BadThreshold(f"{str(threshold)[:20]!r} is no threshold.")
    return math.floor((1 - number) * 256) if number <= 1 else int(number)
