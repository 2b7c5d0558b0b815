"""Several workers of one kind behind one door: each call goes to a worker that is free.

How it is used: where one `WorkerProcess` would do, e.g. to read many pictures:

    pool = WorkerPool(sheet_worker_spec(threads=1), size=2)
    reader = WorkerReader(pool)

A worker starts when all that run are busy, so a pool that gets one call at a time has one process.
Dead workers are replaced by the next call, as `WorkerProcess` does it. `take_worker` lends one for more
than a call. What it leaves out: order of answers (the caller's).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from chalklens.errors import BusyError
from chalklens.workers.process import WorkerProcess, WorkerReply, WorkerSpec

MAX_WORKERS = 64
MAX_WAITING = 64


class Caller(Protocol):
    """Whoever takes calls: a `WorkerProcess` or a `WorkerPool`."""

    async def call(
        self,
        operation: str,
        fields: Mapping[str, Any],
        blobs: Sequence[bytes] = (),
        *,
        timeout_s: float,
    ) -> WorkerReply:
        """Wait for one answer; raises what `WorkerProcess.call` raises."""
        ...


class WorkerPool:
    """A `Caller` that is up to `size` processes.

    Args:
        spec: What to start; its `max_waiting` is that of the whole pool.
        size: Processes at most, and so calls at a time; 1 to 64.
    """

    def __init__(self, spec: WorkerSpec, size: int = 1) -> None:
        one = replace(spec, max_waiting=None)  # who waits, waits here
        self.workers = tuple(WorkerProcess(one) for _ in range(max(1, min(size, MAX_WORKERS))))
        self._free = list(reversed(self.workers))  # a stack: the one used last comes first
        self._slots = asyncio.Semaphore(len(self.workers))
        self._max_waiting = MAX_WAITING if spec.max_waiting is None else spec.max_waiting
        self._name = spec.name
        self._waiting = 0

    async def call(
        self,
        operation: str,
        fields: Mapping[str, Any],
        blobs: Sequence[bytes] = (),
        *,
        timeout_s: float,
    ) -> WorkerReply:
        """Wait for a free worker, then for its answer.

        Raises:
            TimeLimitError: No answer within `timeout_s` of the call's turn; that worker was killed.
            BusyError: `max_waiting` calls wait for their turn already.
            WorkerError: The worker died. Other `ChalklensError`s come from the worker itself.
        """
        async with self.take_worker() as worker:
            return await worker.call(operation, fields, blobs, timeout_s=timeout_s)

    async def close(self) -> None:
        """Stop every worker."""
        await asyncio.gather(*(worker.close() for worker in self.workers))

    @contextlib.asynccontextmanager
    async def take_worker(self) -> AsyncGenerator[WorkerProcess, None]:
        """Wait for a worker that has nothing to do, for several calls or parts of answers.

        Raises:
            BusyError: `max_waiting` calls wait for their turn already.
        """
        if self._slots.locked() and self._waiting >= self._max_waiting:
            raise BusyError(
                f"{self._waiting} calls wait for the {self._name} worker already.",
                "Try again in a few seconds.",
            )
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        worker = self._free.pop()
        try:
            yield worker
        finally:
            self._free.append(worker)
            self._slots.release()
