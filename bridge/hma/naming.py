"""What a bank is called in an HMA, which has capitals, digits and underscores."""

from __future__ import annotations

import re

from bridge.catalogue import FROM_HMA, Bank

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,62}")
_PREFIX = "MIRROR_"


def name_there(bank: Bank) -> str:
    """An own bank is mirrored under its own name in capitals: so HMA's bank and it are one, and it stands in
    while HMA does not answer. Where HMA does not take that name it gets another, and is a bank of its own.
    """
    if bank.origin == FROM_HMA or NAME.fullmatch(bank.name.upper()):
        return bank.name.upper()
    return _PREFIX + re.sub(r"[^A-Z0-9]+", "_", bank.name.upper()).strip("_")[: 63 - len(_PREFIX)]
