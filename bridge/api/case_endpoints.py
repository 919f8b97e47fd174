"""The endpoints for operators that are about cases: reading, deciding, looking, what is done about them."""

from __future__ import annotations

from bridge.api import actions, appeals, case_files, decisions, records, reveals
from bridge.api.endpoint import OPERATOR, V1, Endpoint

CASE_ENDPOINTS: tuple[Endpoint, ...] = (
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
        "POST",
        f"{V1}/cases/{{case_id}}/appeal",
        appeals.of_case,
        OPERATOR,
        "Take an appeal: the case waits again",
        "Appealed",
        ("CaseAppeal",),
        (),
        201,
    ),
    Endpoint(
        "POST",
        f"{V1}/cases/{{case_id}}/reveal",
        reveals.show,
        OPERATOR,
        "Look at a picture of a case",
        "image/png",
        ("NewReveal",),
    ),
    Endpoint(
        "POST",
        f"{V1}/reveals/{{reveal_id}}/end",
        reveals.end,
        OPERATOR,
        "Say that it is hidden",
        "RevealEnded",
        ("RevealEnd",),
    ),
    Endpoint("GET", f"{V1}/reveals", reveals.allowance, OPERATOR, "How many may be seen", "Allowance"),
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
        "Other accounts with the very same bytes, or a copy of the same listed picture",
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
)
