"""The demo: a bridge of its own, a bank of harmless pictures, and a small app that uploads to it.

`scenes` paints pictures, `pictures` finds those that ship, `transformations` makes copies of them,
`plan` says what is uploaded in which order, `app` uploads it, `headless` and `live` run it all.
"""

from hma_console.demo.headless import run_headless
from hma_console.demo.live import DemoBridge, demo_bridge

__all__ = ["DemoBridge", "demo_bridge", "run_headless"]
