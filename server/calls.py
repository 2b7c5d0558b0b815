"""The waiting part of a tool call: progress, the soft time limit, cancellation, the size of results.

How it is used: tools hand their work to `CallRunner.run`. While it goes on, the client gets a
progress message every `beat_s`; hosts reset their idle timers with it. Past `soft_limit_s` (hosts
give up from 60 s on) the call returns `{status: "running", job_id}` and the work becomes a job. A
client that cancels before that cancels the work.

What it leaves out: what the work is (`tools/`), and fairness between callers (`engines/`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mcp.types import CallToolResult

from chalklens.media.artifacts import ArtifactStore
from chalklens.sessions.extraction import Event
from chalklens.workbench import Progress
from server.jobs import JobTable
from server.packing import pack_result
from server.principals import principal_of
from tools.results import ToolResult
from tools.toolbox import AnyContext, Work


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Seconds: `soft_limit_s` until a call becomes a job, `beat_s` between progress messages."""

    soft_limit_s: float = 45.0
    beat_s: float = 2.0


class Watch:
    """Takes the time of one tool call, from now on."""

    def __init__(self, tool: str, arguments: Mapping[str, Any]) -> None:
        self._tool, self._arguments = tool, arguments
        self._started, self._started_s = time.time(), time.monotonic()

    def read(self) -> Event:
        """Return the call as it is now; its result is added by whoever has it."""
        seconds = time.monotonic() - self._started_s
        return Event(self._tool, self._started, seconds, self._arguments)


class CallRunner:
    """Runs the work of tool calls."""

    def __init__(
        self, jobs: JobTable, artifacts: ArtifactStore, times: CallTimes | None = None
    ) -> None:
        self.jobs, self.artifacts = jobs, artifacts
        self.times = times or CallTimes()

    def principal(self, ctx: AnyContext) -> str:
        """Who is calling: one principal per bearer token; `local` where none is asked for."""
        return principal_of(ctx)

    async def run(
        self, ctx: AnyContext, tool: str, work: Work, waiting: Callable[[], str]
    ) -> CallToolResult:
        """Wait for the work, or make a job of it.

        Raises:
            BusyError: The work takes long and no more jobs fit; it was stopped.
            ChalklensError: Whatever the work raises.
        """
        started_at_s = self.jobs.clock_s()
        principal = self.principal(ctx)
        last: list[str] = []

        def note(message: str) -> None:
            last[:] = [message]

        def describe() -> str:
            return last[0] if last else waiting()

        task = asyncio.create_task(self._work(work, note, principal))
        try:
            if await self._wait(ctx, task, started_at_s, describe):
                return task.result()
            job = self.jobs.adopt(task, tool, principal, started_at_s, describe)
        except BaseException:
            task.cancel()
            raise
        return self.finish(ToolResult(status="running", job_id=job.id), principal)

    def finish(self, result: ToolResult, principal: str) -> CallToolResult:
        """Make a call result of a tool result, small enough for every client."""
        return pack_result(result, partial(self._keep, principal))

    def _keep(self, principal: str, whole: bytes) -> str:
        return self.artifacts.put(whole, "application/json", "result.json", principal)

    async def _work(self, work: Work, note: Progress, principal: str) -> CallToolResult:
        return self.finish(await work(note), principal)

    async def _wait(
        self,
        ctx: AnyContext,
        task: asyncio.Task[CallToolResult],
        started_at_s: float,
        describe: Callable[[], str],
    ) -> bool:
        """Report progress until the task is done (True) or the soft limit is reached (False)."""
        beats = 0
        while True:
            elapsed_s = self.jobs.clock_s() - started_at_s
            left_s = self.times.soft_limit_s - elapsed_s
            if left_s <= 0:
                return task.done()
            done, _ = await asyncio.wait([task], timeout=min(left_s, self.times.beat_s))
            if done:
                return True
            beats += 1
            elapsed_s = self.jobs.clock_s() - started_at_s
            await ctx.report_progress(beats, message=f"{describe()} ({elapsed_s:.0f} s)")
