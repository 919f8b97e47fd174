"""The kinds of exchanges this bridge can read, by name. A new one is added here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.banks.exchanges import stopncii, threatexchange
from bridge.banks.exchanges.exchange import Kind
from bridge.banks.exchanges.watched import WATCHED
from bridge.catalogue import ListKind

KINDS: Mapping[ListKind, Kind] = {kind.name: kind for kind in (WATCHED, stopncii.KIND, threatexchange.KIND)}
