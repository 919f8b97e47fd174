"""What is typed, or comes through a pipe: read in a thread of its own, so that nothing waits for it."""

from __future__ import annotations

import asyncio
import os
import termios
from contextlib import suppress
from threading import Thread

_AT_ONCE, _WAITING = 4096, 16


class Keys:
    """The bytes of a descriptor as they come. A reader that falls behind is waited for."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_WAITING)
        self._has_ended = False

    def begin(self) -> None:
        """Reads from now on. The thread ends with the descriptor, or with the process."""
        loop = asyncio.get_running_loop()
        Thread(target=self._read_all, args=(loop,), name="plain keys", daemon=True).start()

    async def read(self) -> bytes:
        """What came; nothing at the end, however often it is asked again."""
        if self._has_ended:
            return b""
        read = await self._queue.get()
        self._has_ended = not read
        return read

    def _read_all(self, loop: asyncio.AbstractEventLoop) -> None:
        read = b"-"
        while read:
            try:
                read = os.read(self._descriptor, _AT_ONCE)
            except OSError:  # the terminal is gone
                read = b""
            handing_on = self._queue.put(read)
            try:
                asyncio.run_coroutine_threadsafe(handing_on, loop).result()
            except RuntimeError:  # the loop has ended
                handing_on.close()
                return


class KeyByKey:
    """A terminal that hands over every key from `begin` to `end`.

    `shows` says whether keys are to be shown: where the terminal showed nothing itself, as in an
    editor's shell, neither do we.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = termios.tcgetattr(descriptor)
        self.shows = bool(self._before[3] & termios.ECHO)

    def begin(self) -> None:
        """Also after the process was stopped and goes on: the shell has set the terminal meanwhile."""
        ours = termios.tcgetattr(self._descriptor)
        ours[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(self._descriptor, termios.TCSANOW, ours)

    def end(self) -> None:
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
