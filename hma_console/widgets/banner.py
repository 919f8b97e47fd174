"""Row 3 while something is wrong: the worst trouble, and that `!` goes there."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from hma_console.standing import Trouble
from hma_console.themes import Look, Meaning
from hma_console.widgets.lines import Lines
from hma_console.words import end_cut

_WAY = "! go there"


class Banner(Lines):
    def tell(self, troubles: Sequence[Trouble], look: Look) -> None:
        """Shows the first of the troubles, worst first; takes no row where there is none."""
        self.display = bool(troubles)
        if not troubles:
            return
        worst = troubles[0]
        word = "ALARM" if worst.meaning is Meaning.ALARM else "look"
        number = f" 1 of {len(troubles)}" if len(troubles) > 1 else ""
        width = self.app.size.width
        head = f"{worst.meaning.symbol} {word}{number}  {worst.words}"
        head = end_cut(head, width - len(_WAY) - 3)
        pad = " " * (width - cell_len(head) - len(_WAY) - 1)
        self.show(look.say(f"{head}{pad}{_WAY} ", worst.meaning))
