"""What the law of the operator's country asks of a host. No law is invented: where none is written down
here, nothing is kept beyond metadata and hashes.

The United States' profile follows 18 U.S.C. 2258A (reports to the CyberTipline, one year's preservation).
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Profile:
    """`keep_reported_days` is how long evidence is kept after a report, unless a hold keeps it longer."""

    country: str
    keep_reported_days: int


PROFILES = {"US": Profile("US", keep_reported_days=365)}
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
