"""The panic sheet of a child-safety case, as every console says it."""

from __future__ import annotations

from bridge.jurisdiction import HOTLINES_AT, PROFILES


def panic_sheet(country: str) -> list[str]:
    """What a child-safety case opens with: what is done, what not to do, what next, by when, whom to tell."""
    profile = PROFILES.get(country.upper())
    not_to_do = "Do not open, download, screenshot, forward, delete or warn anybody."
    if profile is None:
        return [
            not_to_do,
            "Done: stopped where we could, hashes kept. Nothing is sent without you.",
            "Next: t takes it down, A the account. Then tell your police.",
            f"By when: today. {HOTLINES_AT} lists the hotline of your country.",
        ]
    return [
        not_to_do,
        "Done: stopped where we could, evidence kept. Nothing is sent without you.",
        f"Next: t takes it down, A the account. Then report to {profile.report_to}.",
        f"By when: {profile.report_when} (law). Contact: {profile.report_at}",
    ]
