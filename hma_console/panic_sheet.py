"""The panic sheet of a child-safety case, as every console says it."""

from __future__ import annotations

from bridge.jurisdiction import HOTLINES_AT, PROFILES


def panic_sheet(country: str) -> list[str]:
    """What a child-safety case opens with: what not to do, what is done, what next, by when, whom to tell.

    No law is invented: where none is written down here it names the police, and where hotlines are listed.
    """
    profile = PROFILES.get(country.upper())
    kept, then = "hashes kept", "your police"
    when = f"today. {HOTLINES_AT} lists your country's hotline."
    if profile is not None:
        kept, then = "evidence kept", profile.report_to
        when = f"{profile.report_when}; {profile.report_at}"
    return [
        "Do not open, download, screenshot, forward, delete or warn.",
        f"Done: stopped where we could, {kept}; nothing is sent.",
        f"Next: t takes it down, A the account; then {then}.",
        f"By when: {when}",
    ]
