"""Every endpoint in one table: what it is called, who may call it, what it takes and gives."""

from __future__ import annotations

from bridge.api import appeals, asked, banks, callbacks, events, hma_banks, images, records, status
from bridge.api.endpoint import IMAGE, OPEN, OPERATOR, V1, Endpoint
from bridge.api.operator_endpoints import OPERATOR_ENDPOINTS
from bridge.api.parts import Scope

_BANK = f"{V1}/admin/bank/{{name}}"
_PAGE = ("limit", "before")
_ABOUT = ("threshold", "author_did", "photo_id", "metadata")

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/health", status.health, OPEN, "Whether uploads are compared now", "Health"),
    Endpoint("POST", f"{V1}/hash", images.hash_image, Scope.HASH, "Hash an image", "Hashes", (IMAGE,)),
    Endpoint(
        "POST",
        f"{V1}/hash/url",
        images.hash_url,
        Scope.HASH,
        "Hash the image at a public address",
        "Hashes",
        ("Url",),
    ),
    Endpoint(
        "POST",
        f"{V1}/match",
        images.match,
        Scope.MATCH,
        "Compare an image, or one hash",
        "Matched",
        (IMAGE, "HashToMatch"),
        _ABOUT,
    ),
    Endpoint(
        "POST",
        f"{V1}/match/batch",
        images.match_batch,
        Scope.MATCH,
        "Compare up to 1,000 images or hashes",
        "Batch",
        (IMAGE, "HashesToMatch"),
        _ABOUT,
    ),
    Endpoint(
        "POST",
        f"{V1}/appeals",
        appeals.of_upload,
        Scope.ACTION,
        "Appeal for an upload of one's own",
        "Appealed",
        ("UploadAppeal",),
        (),
        201,
    ),
    Endpoint(
        "POST", f"{V1}/action", asked.ask, Scope.ACTION, "Ask for an action", "AskedAction", ("Ask",), (), 202
    ),
    Endpoint(
        "POST",
        f"{V1}/action/batch",
        asked.ask_batch,
        Scope.ACTION,
        "Ask for up to 1,000 actions",
        "AskedBatch",
        ("Asks",),
        (),
        202,
    ),
    Endpoint("GET", f"{V1}/action/{{id}}", asked.show, Scope.ACTION, "How far one is", "AskedAction"),
    *(
        Endpoint("POST", f"{V1}/webhook/{name}", handler, OPEN, summary, "Callback", (takes,), (), 202)
        for name, handler, summary, takes in (
            ("hma-callback", callbacks.hma, "HMA reports a match; signed", "HmaCallback"),
            ("atproto-callback", callbacks.atproto, "Others acted on an account; signed", "AtprotoCallback"),
        )
    ),
    Endpoint("GET", f"{V1}/status", status.status, Scope.READ, "How the bridge is", "Status"),
    Endpoint(
        "GET", f"{V1}/status/metrics", status.metrics, Scope.READ, "The same for Prometheus", "text/plain"
    ),
    Endpoint("GET", f"{V1}/openapi.json", status.openapi, Scope.READ, "This document", "application/json"),
    Endpoint("GET", f"{V1}/events", events.events, Scope.READ, "News as they come", "text/event-stream"),
    Endpoint("GET", f"{V1}/logs", records.logs, Scope.READ, "What was said of uploads", "Logs", (), _PAGE),
    Endpoint(
        "GET",
        f"{V1}/logs/{{photo_id:path}}",
        records.logs,
        Scope.READ,
        "The same of one photo",
        "Logs",
        (),
        _PAGE,
    ),
    Endpoint("GET", f"{V1}/admin/banks", banks.list_all, Scope.BANKS, "All banks", "Banks"),
    Endpoint(
        "POST", f"{V1}/admin/banks", banks.create, Scope.BANKS, "Make a bank", "Bank", ("NewBank",), (), 201
    ),
    Endpoint("GET", _BANK, banks.show, Scope.BANKS, "One bank", "Bank"),
    Endpoint("DELETE", _BANK, banks.delete, Scope.BANKS, "Delete a bank with its entries", "Success"),
    Endpoint(
        "POST",
        f"{_BANK}/signal",
        banks.add_signal,
        Scope.BANKS,
        "Add hashes of one picture",
        "Addition",
        ("NewSignal",),
        (),
        201,
    ),
    Endpoint(
        "DELETE",
        f"{_BANK}/signal",
        banks.remove_signal,
        Scope.BANKS,
        "Remove hashes",
        "Success",
        ("NewSignal",),
    ),
    Endpoint(
        "POST",
        f"{_BANK}/content",
        banks.add_content,
        Scope.BANKS,
        "Add a picture by its file",
        "Addition",
        (IMAGE,),
        (),
        201,
    ),
    Endpoint(
        "DELETE",
        f"{_BANK}/content/{{content_id:int}}",
        banks.remove_content,
        Scope.BANKS,
        "Remove a picture's hashes",
        "Success",
    ),
    Endpoint(
        "POST",
        f"{_BANK}/import",
        banks.import_list,
        Scope.BANKS,
        "Read a list of hashes in: text, CSV or JSON",
        "Import",
        ("application/octet-stream",),
    ),
    Endpoint(
        "GET",
        f"{_BANK}/export",
        banks.export,
        Scope.BANKS,
        "Write an own bank out",
        "application/octet-stream",
        (),
        ("format",),
    ),
    Endpoint(
        "PUT",
        f"{_BANK}/switch",
        hma_banks.switch,
        Scope.BANKS,
        "Switch a bank of HMA on or off",
        "Success",
        ("BankSwitch",),
    ),
    Endpoint(
        "POST",
        f"{_BANK}/mirror",
        hma_banks.mirror,
        OPERATOR,
        "Mirror an own bank to HMA, a slice at a time",
        "Mirrored",
        ("NewMirror",),
    ),
    Endpoint(
        "POST",
        f"{_BANK}/pull",
        hma_banks.pull,
        OPERATOR,
        "Read a bank of HMA into an own one, a slice at a time",
        "Pulled",
        ("NewPull",),
    ),
    *OPERATOR_ENDPOINTS,
)
