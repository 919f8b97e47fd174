"""Tasks that run by themselves: each has an owner here, who sees when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from bridge.errors import StoreError

log = logging.getLogger(__name__)


class Tasks:
    """Owns the tasks that run by themselves: an end that was not asked for fails the bridge."""

    def __init__(self) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def start(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Runs `work` until `stop`."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        self.over(task)

    def finish(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Runs `work`, which ends by itself; only its failure is one of the bridge."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._finished)

    def over(self, task: asyncio.Task[None]) -> None:
        """Watches a task that another owns."""
        task.add_done_callback(self._ended)

    def expect_ends(self) -> None:
        self._stopping = True

    async def stop(self) -> None:
        self.expect_ends()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.failed.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._ended(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if self._stopping or self.failed.done():
            return
        log.error("The task %s ended", task.get_name(), exc_info=error)
        self.failed.set_exception(error or StoreError(f"The task {task.get_name()} ended."))
        self.failed.exception()  # seen here; whoever waits for `failed` gets it again
