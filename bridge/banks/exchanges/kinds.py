"""The kinds of exchanges this bridge can read, by name. A new one is added here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.banks.exchanges import stopncii, threatexchange, watched
from bridge.banks.exchanges.exchange import Kind
from bridge.catalogue import ListKind

KINDS: Mapping[ListKind, Kind] = {
    kind.name: kind for kind in (stopncii.KIND, threatexchange.KIND, watched.KIND)
}
