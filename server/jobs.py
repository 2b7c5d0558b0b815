"""Calls that take longer than a client waits: kept in the background and asked for by id.

How it is used: `CallRunner` (`server/calls.py`) adopts a task that is past its soft limit;
`server_status(job_id=...)` finds it again. An id is 128 random bits and opens only
for the principal whose call it was.

What it leaves out: disks (a restart forgets all jobs) and running things: a job is a task that runs
already. Bounded: `capacity` jobs, finished ones kept for `keep_s`, running ones stopped after
`max_run_s`.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mcp.types import CallToolResult

from chalklens.errors import BusyError, InputError

JobStatus = Literal["running", "done", "failed", "cancelled"]
CANCEL_LIMIT_S = 1.0  # a job that was told to stop takes a few turns of the event loop


@dataclass(slots=True)
class Job:
    """One call that goes on in the background."""

    id: str
    tool: str
    principal: str
    task: asyncio.Task[CallToolResult]
    describe: Callable[[], str]
    started_at_s: float
    ended_at_s: float | None = None
    stopper: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def status(self) -> JobStatus:
        """Where it is."""
        if not self.task.done():
            return "running"
        if self.task.cancelled():
            return "cancelled"
        return "failed" if self.task.exception() else "done"


class JobTable:
    """The jobs of one server.

    Args:
        capacity: Jobs kept at most; the oldest finished one makes room.
        keep_s: How long a finished one can be asked for.
        max_run_s: After this a running one is cancelled.
        clock_s: Seconds that only grow.
    """

    def __init__(
        self,
        capacity: int = 32,
        keep_s: float = 3600.0,
        max_run_s: float = 1800.0,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.capacity, self.keep_s, self.max_run_s = capacity, keep_s, max_run_s
        self.clock_s = clock_s
        self._jobs: dict[str, Job] = {}

    def adopt(
        self,
        task: asyncio.Task[CallToolResult],
        tool: str,
        principal: str,
        started_at_s: float,
        describe: Callable[[], str],
    ) -> Job:
        """Keep a running task.

        Raises:
            BusyError: The table is full of running jobs.
        """
        self._make_room()
        job = Job(secrets.token_hex(16), tool, principal, task, describe, started_at_s)
        left_s = max(0.0, started_at_s + self.max_run_s - self.clock_s())
        job.stopper = asyncio.get_running_loop().call_later(left_s, task.cancel)
        task.add_done_callback(lambda _: self._note_end(job))
        self._jobs[job.id] = job
        return job

    def find(self, job_id: str, principal: str) -> Job:
        """Return a job of this principal.

        Raises:
            InputError: There is none (any more), or it belongs to somebody else.
        """
        self._forget_old()
        job = self._jobs.get(job_id)
        if job is None or job.principal != principal:
            raise InputError(
                "There is no job with this id, or it has expired.",
                "Pass the job_id a call returned, within an hour; otherwise repeat that call.",
                code="unknown_job",
            )
        return job

    async def cancel(self, job_id: str, principal: str) -> Job:
        """Stop a job and wait until it has stopped; one that has ended stays as it is."""
        job = self.find(job_id, principal)
        job.task.cancel()
        await asyncio.wait([job.task], timeout=CANCEL_LIMIT_S)
        return job

    def count(self) -> dict[str, int]:
        """Running jobs, finished jobs that can be asked for, and how many fit."""
        self._forget_old()
        running = sum(not job.task.done() for job in self._jobs.values())
        finished = len(self._jobs) - running
        return {"running": running, "finished": finished, "capacity": self.capacity}

    async def close(self) -> None:
        """Stop everything, and wait a moment until it has stopped."""
        tasks = [job.task for job in self._jobs.values() if not job.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CANCEL_LIMIT_S)

    def _note_end(self, job: Job) -> None:
        job.ended_at_s = self.clock_s()
        if job.stopper:
            job.stopper.cancel()
        if not job.task.cancelled():
            job.task.exception()  # looked at, so that asyncio does not complain if nobody asks

    def _forget_old(self) -> None:
        oldest_s = self.clock_s() - self.keep_s
        for job in [j for j in self._jobs.values() if j.ended_at_s is not None]:
            if job.ended_at_s is not None and job.ended_at_s < oldest_s:
                del self._jobs[job.id]

    def _make_room(self) -> None:
        self._forget_old()
        if len(self._jobs) < self.capacity:
            return
        finished = next((job for job in self._jobs.values() if job.task.done()), None)
        if finished is None:
            raise BusyError(
                f"All {self.capacity} background jobs are still running.",
                'Stop one with server_status(action="cancel", job_id=...) or call again later.',
            )
        del self._jobs[finished.id]
