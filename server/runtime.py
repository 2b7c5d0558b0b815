"""The life of what a server owns: warmed up after the first answer, closed with the last holder.

How it is used: `create_server` makes one `Runtime` of what can be closed; the server's lifespan is `hold()`. Our transports
enter it once per process; the SDK's own SSE and its in-process client once per connection, so holders
are counted.

What it leaves out: signals and the end of the process (`server/lifecycle.py`).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Protocol

import anyio

from chalklens.errors import ChalklensError
from server.jobs import JobTable

log = logging.getLogger(__name__)

WARM_UP_DELAY_S = 0.1
CLOSE_LIMIT_S = 2.0
CANCEL_LIMIT_S = 0.3  # for what is late by then; together below lifecycle.STOP_GRACE_S


class Closable(Protocol):
    """Something with workers."""

    async def close(self) -> None:
        """Stop every worker."""
        ...


class Runtime:
    """Workers and jobs behind a server.

    Args:
        parts: Workbench and knowledge base, closed at the end.
        jobs: Stopped at the end.
        warm_ups: What to start in the background; each logs its own failure, none stops the others.
        warm_up_delay_s: Time left to the first answer to leave the process.
        close_limit_s: Time to close in; what takes longer is cancelled.
    """

    def __init__(
        self,
        parts: Sequence[Closable],
        jobs: JobTable,
        warm_ups: Sequence[Callable[[], Awaitable[object]]] = (),
        warm_up_delay_s: float = WARM_UP_DELAY_S,
        close_limit_s: float = CLOSE_LIMIT_S,
    ) -> None:
        self.parts, self.jobs = tuple(parts), jobs
        self.warm = asyncio.Event()
        self._warm_ups, self._delay_s = tuple(warm_ups), warm_up_delay_s
        self._close_limit_s = close_limit_s
        self._warming: asyncio.Task[None] | None = None
        self._holders = 0
        self._closed = False

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncGenerator[None, None]:
        """Keep everything open inside; the last to leave closes it for good."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                with anyio.CancelScope(shield=True):
                    await self._close()

    def note_answer(self) -> None:
        """An answer was given: begin to warm up, if that has not happened yet."""
        if self._warming is None and not self._closed:
            self._warming = asyncio.create_task(self._warm_up())

    async def _warm_up(self) -> None:
        await asyncio.sleep(self._delay_s)
        await asyncio.gather(*map(_attempt, self._warm_ups))
        self.warm.set()

    async def _close(self) -> None:
        """Stop everything at the same time: what is slow to stop leaves the others their time.

        Not by `anyio.move_on_after`: a cancellation that comes back through `asyncio.gather` may have
        lost the mark by which anyio knows its own, and would go on to whoever holds us.
        """
        self._closed = True
        closing = [asyncio.create_task(_close_part(part)) for part in (self.jobs, *self.parts)]
        if self._warming:
            self._warming.cancel()
            closing.append(self._warming)
        _, late = await asyncio.wait(closing, timeout=self._close_limit_s)
        for task in late:
            task.cancel()
        if late:
            log.warning("not everything was closed within %g s", self._close_limit_s)
            await asyncio.wait(late, timeout=CANCEL_LIMIT_S)


async def _close_part(part: Closable) -> None:
    try:
        await part.close()
    except Exception:
        log.exception("Closing failed unexpectedly")


async def _attempt(warm_up: Callable[[], Awaitable[object]]) -> None:
    try:
        await warm_up()
    except ChalklensError as error:
        log.warning("Warm-up: %s", error)
    except Exception:
        log.exception("Warm-up failed unexpectedly")
