"""The endpoints for operators, on the Unix socket only."""

from __future__ import annotations

from bridge.api import actions, case_files, decisions, erasures, images, keys, log, pds, records, secrets
from bridge.api.endpoint import IMAGE, OPERATOR, V1, Endpoint

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
    Endpoint(
        "GET", f"{V1}/cases", records.cases, OPERATOR, "Cases", "Cases", (), ("state", "limit", "offset")
    ),
    Endpoint(
        "POST",
        f"{V1}/cases",
        records.open_case,
        OPERATOR,
        "Open a case of what was named from outside",
        "CaseOpened",
        ("NewCase",),
        (),
        201,
    ),
    Endpoint(
        "POST",
        f"{V1}/cases/{{case_id}}/decision",
        decisions.decide,
        OPERATOR,
        "Decide a case, or some of its files",
        "Decided",
        ("NewDecision",),
    ),
    Endpoint(
        "POST",
        f"{V1}/decisions",
        decisions.decide_all,
        OPERATOR,
        "Decide several cases together",
        "Decided",
        ("NewDecisions",),
    ),
    Endpoint("DELETE", f"{V1}/decisions/{{batch}}", decisions.undo, OPERATOR, "Undo a decision", "Undone"),
    Endpoint(
        "POST",
        f"{V1}/cases/{{case_id}}/notes",
        decisions.note,
        OPERATOR,
        "Write a note into a case",
        "Noted",
        ("NewNote",),
        (),
        201,
    ),
    Endpoint(
        "GET",
        f"{V1}/actions",
        actions.list_all,
        OPERATOR,
        "Actions, those that failed first",
        "Actions",
        (),
        ("only", "limit", "before"),
    ),
    *(
        Endpoint("POST", f"{V1}/actions/{{action_id:int}}/{name}", handler, OPERATOR, summary, "Action")
        for name, handler, summary in (
            ("retry", actions.retry, "Try an action again now"),
            ("drop", actions.drop, "Give an action up"),
            ("undo", actions.reverse, "Take one takedown back"),
        )
    ),
    Endpoint(
        "GET",
        f"{V1}/cases/{{case_id}}/others",
        case_files.others,
        OPERATOR,
        "Other accounts with the very same bytes",
        "Others",
    ),
    Endpoint(
        "POST",
        f"{V1}/cases/{{case_id}}/bank",
        case_files.into_bank,
        OPERATOR,
        "Add the hashes of a case's files to an own bank",
        "FilesAdded",
        ("FilesToAdd",),
        (),
        201,
    ),
    Endpoint("GET", f"{V1}/cases/{{case_id}}", records.case, OPERATOR, "One case with its files", "Case"),
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
