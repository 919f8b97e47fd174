"""The endpoints for operators, on the Unix socket only."""

from __future__ import annotations

from bridge.api import (
    erasures,
    images,
    keys,
    log,
    pauses,
    pds,
    policy,
    records,
    secrets,
    settings,
    status,
)
from bridge.api.case_endpoints import CASE_ENDPOINTS
from bridge.api.endpoint import IMAGE, OPERATOR, V1, Endpoint
from bridge.api.exchange_endpoints import EXCHANGE_ENDPOINTS

_PAGE = ("limit", "before")

OPERATOR_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "GET",
        f"{V1}/uploads",
        records.uploads,
        OPERATOR,
        "Uploads, newest first",
        "Uploads",
        (),
        (*_PAGE, "only", "source"),
    ),
    *CASE_ENDPOINTS,
    *EXCHANGE_ENDPOINTS,
    Endpoint("POST", f"{V1}/pause", pauses.pause, OPERATOR, "Do nothing by itself", "Paused", ("NewPause",)),
    Endpoint("POST", f"{V1}/resume", pauses.resume, OPERATOR, "End the pause", "Resumed"),
    Endpoint(
        "POST",
        f"{V1}/scan",
        images.scan,
        OPERATOR,
        "Compare a file of one's own",
        "Matched",
        (IMAGE,),
        ("path",),
    ),
    Endpoint(
        "POST",
        f"{V1}/pds/backfill",
        pds.backfill,
        OPERATOR,
        "Look through all accounts of the PDS",
        "BackfillBegun",
        (),
        (),
        202,
    ),
    Endpoint(
        "POST",
        f"{V1}/pds/retry",
        pds.retry,
        OPERATOR,
        "Try now what waits for the PDS",
        "PdsRetried",
        (),
        (),
        202,
    ),
    Endpoint("GET", f"{V1}/digest", status.digest, OPERATOR, "The last week in sentences", "Digest"),
    Endpoint("GET", f"{V1}/apikeys", keys.list_all, OPERATOR, "API keys, without themselves", "ApiKeys"),
    Endpoint(
        "POST",
        f"{V1}/apikeys",
        keys.create,
        OPERATOR,
        "Make an API key",
        "ApiKeyMade",
        ("NewApiKey",),
        (),
        201,
    ),
    Endpoint("DELETE", f"{V1}/apikeys/{{name}}", keys.revoke, OPERATOR, "Revoke an API key", "Success"),
    Endpoint("GET", f"{V1}/log", log.state, OPERATOR, "How the compliance log is", "Log"),
    Endpoint(
        "GET",
        f"{V1}/log/entries",
        log.entries,
        OPERATOR,
        "Its entries, newest first",
        "LogEntries",
        (),
        ("limit", "before", "case", "type", "day"),
    ),
    Endpoint("POST", f"{V1}/log/check", log.check, OPERATOR, "Check all of it", "LogJob", (), (), 202),
    Endpoint(
        "POST", f"{V1}/log/export", log.export, OPERATOR, "Export it", "LogJob", ("NewExport",), (), 202
    ),
    Endpoint("GET", f"{V1}/log/jobs/{{job_id}}", log.job, OPERATOR, "A check or export", "LogJob"),
    Endpoint("DELETE", f"{V1}/log/jobs/{{job_id}}", log.stop_job, OPERATOR, "Stop it", "LogJob"),
    Endpoint(
        "POST",
        f"{V1}/log/stamps",
        log.stamp,
        OPERATOR,
        "Have its head time-stamped",
        "LogStamped",
        (),
        (),
        201,
    ),
    Endpoint("POST", f"{V1}/log/accept", log.accept, OPERATOR, "Go on after a roll-back", "Success"),
    Endpoint("GET", f"{V1}/log/keys", log.keys, OPERATOR, "Its keys", "LogKeys"),
    Endpoint(
        "POST",
        f"{V1}/log/keys/create",
        log.create_keys,
        OPERATOR,
        "Make them",
        "LogKeys",
        ("NewKeys",),
        (),
        201,
    ),
    *(
        Endpoint("POST", f"{V1}/log/keys/{name}", handler, OPERATOR, summary, "LogKeys", (takes,))
        for name, handler, summary, takes in (
            ("unlock", log.unlock_keys, "Unlock them", "Passphrase"),
            ("rotate", log.rotate_keys, "Change the signing key", "Passphrase"),
            ("lost", log.lose_keys, "Make new ones for lost ones", "Passphrase"),
            ("revoke", log.revoke_key, "Say that an earlier key must not be believed", "Fingerprint"),
        )
    ),
    Endpoint("GET", f"{V1}/policy", policy.show, OPERATOR, "The policy in force", "Policy"),
    Endpoint(
        "PUT", f"{V1}/policy", policy.put, OPERATOR, "Put one in force", "Policy", ("application/toml",)
    ),
    Endpoint(
        "GET",
        f"{V1}/policy/versions/{{version:int}}",
        policy.show_version,
        OPERATOR,
        "One that was put in force",
        "PolicyVersion",
    ),
    Endpoint(
        "POST",
        f"{V1}/policy/test",
        policy.test,
        OPERATOR,
        "What one would change, and would have done",
        "PolicyTested",
        ("application/toml",),
    ),
    Endpoint(
        "POST",
        f"{V1}/policy/simulation",
        policy.simulate,
        OPERATOR,
        "What another rule of one bank would have done",
        "Simulated",
        ("NewSimulation",),
    ),
    Endpoint(
        "PUT",
        f"{V1}/policy/banks/{{name}}",
        policy.change_bank,
        OPERATOR,
        "Put another rule of one bank in force",
        "Policy",
        ("ChangeOfBank",),
    ),
    Endpoint("POST", f"{V1}/policy/undo", policy.undo, OPERATOR, "Put the one before in force", "Policy"),
    Endpoint(
        "GET", f"{V1}/settings", settings.list_all, OPERATOR, "Settings, and where each is from", "Settings"
    ),
    Endpoint(
        "PUT",
        f"{V1}/settings/{{name}}",
        settings.put,
        OPERATOR,
        "Change one while the bridge runs",
        "Setting",
        ("NewSetting",),
    ),
    Endpoint(
        "DELETE", f"{V1}/settings/{{name}}", settings.take_back, OPERATOR, "Take the change back", "Setting"
    ),
    Endpoint("GET", f"{V1}/secrets", secrets.list_all, OPERATOR, "Secrets, without themselves", "Secrets"),
    Endpoint(
        "PUT", f"{V1}/secrets/{{name}}", secrets.put, OPERATOR, "Set a secret", "Success", ("NewSecret",)
    ),
    Endpoint("DELETE", f"{V1}/secrets/{{name}}", secrets.delete, OPERATOR, "Delete a secret", "Success"),
    Endpoint(
        "POST", f"{V1}/cases/{{case_id}}/hold", erasures.hold, OPERATOR, "Keep a case", "Success", ("Hold",)
    ),
    Endpoint("DELETE", f"{V1}/cases/{{case_id}}/hold", erasures.end_hold, OPERATOR, "End a hold", "Success"),
    Endpoint(
        "POST",
        f"{V1}/cases/{{case_id}}/erase",
        erasures.erase_case,
        OPERATOR,
        "Erase a case",
        "Erased",
        ("Erase",),
    ),
    Endpoint("POST", f"{V1}/erase", erasures.erase_account, OPERATOR, "Erase one", "Erased", ("Erase",)),
)
