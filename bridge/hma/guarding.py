"""Which values may go to an HMA: somebody's list never to one that takes everybody, nor to anything else."""

from __future__ import annotations

from bridge.catalogue import Bank
from bridge.errors import Forbidden
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaGarbled, HmaRefused

_ROUTE = "/c/banks"


async def check_may_receive(client: HmaClient, bank: Bank) -> None:
    """Raises Forbidden where values of `bank` must not go there, HmaError where that cannot be told.

    It is asked anew each time: an HMA that was guarded yesterday may have been set up again.
    """
    if not bank.category.is_listed:
        return
    if not await client.is_guarded():
        raise Forbidden(
            f"Values of {bank.name} go to no HMA that answers without a token.",
            "Set HMA up as docs/hma.md says, then try again.",
        )
    try:
        addresses = await client.addresses()
    except (HmaGarbled, HmaRefused):
        addresses = ()
    if _ROUTE not in addresses:
        raise Forbidden(
            f"Values of {bank.name} go to nothing but an HMA, and something else answers at {client.url}.",
            "Correct matcher.hma_url.",
        )
