"""What the law of the operator's country asks of a host. No law is invented: where none is written down
here, nothing is kept beyond metadata and hashes.

The United States' profile follows 18 U.S.C. 2258A (reports to the CyberTipline, one year's preservation)
and the TAKE IT DOWN Act (intimate pictures are gone 48 hours after a valid request).
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Profile:
    """`keep_reported_days` is how long evidence is kept after a report, unless a hold keeps it longer.

    Apparent child sexual abuse material is reported to `report_to`, at `report_at`, `report_when`.
    `ncii_hours` after a valid request an intimate picture must be gone.
    """

    country: str
    keep_reported_days: int
    report_to: str
    report_at: str
    report_when: str
    ncii_hours: int


PROFILES = {
    "US": Profile(
        "US",
        keep_reported_days=365,
        report_to="the CyberTipline",
        report_at="report.cybertip.org",
        report_when="as soon as reasonably possible",
        ncii_hours=48,
    )
}
HOTLINES_AT = "inhope.org"
"""Where the hotlines of other countries are listed."""
KEEP_RELEASED_DAYS = 7
KEEP_ADDRESS_DAYS = 7


def profile_of(country: str) -> Profile | None:
    """None where the country has no profile, or none is set. Raises SettingsError where it is no country."""
    if not country:
        return None
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise SettingsError(
            f"operator.country takes two letters, not {country[:20]!r}.", "Write US, DE, JP and so on."
        )
    return PROFILES.get(country.upper())
