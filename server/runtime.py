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
CLOSE_LIMIT_S = 2.0  # below lifecycle.STOP_GRACE_S


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
    """

    def __init__(
        self,
        parts: Sequence[Closable],
        jobs: JobTable,
        warm_ups: Sequence[Callable[[], Awaitable[object]]] = (),
        warm_up_delay_s: float = WARM_UP_DELAY_S,
    ) -> None:
        self.parts, self.jobs = tuple(parts), jobs
        self.warm = asyncio.Event()
        self._warm_ups, self._delay_s = tuple(warm_ups), warm_up_delay_s
        self._warming: asyncio.Task[None] | None = None
        self._holders = 0

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncGenerator[None, None]:
        """Keep everything open inside; the last to leave closes it for good."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                with anyio.move_on_after(CLOSE_LIMIT_S, shield=True):
                    await self._close()

    def note_answer(self) -> None:
        """An answer was given: begin to warm up, if that has not happened yet."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._warm_up())

    async def _warm_up(self) -> None:
        await asyncio.sleep(self._delay_s)
        await asyncio.gather(*map(_attempt, self._warm_ups))
        self.warm.set()

    async def _close(self) -> None:
        if self._warming:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        await self.jobs.close()
        await asyncio.gather(*(part.close() for part in self.parts))


async def _attempt(warm_up: Callable[[], Awaitable[object]]) -> None:
    try:
        await warm_up()
    except ChalklensError as error:
        log.warning("Warm-up: %s", error)
    except Exception:
        log.exception("Warm-up failed unexpectedly")
