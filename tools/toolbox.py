"""What a tool works with: workbench, knowledge base, runner of calls, ontology, status, sessions.

How it is used: `server/app.py` fills one `Toolbox` and hands it to every tool file. The protocols
keep `tools/` free of imports from `server/`. What it leaves out: how any of it works.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from chalklens.edugraph.ontology import Ontology
from chalklens.sessions.archive import SessionArchive
from chalklens.workbench import Progress, Workbench
from retrieval.service import KnowledgeService
from tools.results import ToolResult

AnyContext = Context[Any, Any]
Work = Callable[[Progress], Awaitable[ToolResult]]


class CallRunner(Protocol):
    """Runs the work of a call, with progress, a soft time limit and bounded results."""

    def principal(self, ctx: AnyContext) -> str:
        """Who is calling."""
        ...

    async def run(
        self, ctx: AnyContext, tool: str, work: Work, waiting: Callable[[], str]
    ) -> CallToolResult:
        """Wait for the work; `waiting` describes it until the work itself reports something."""
        ...

    def finish(self, result: ToolResult, principal: str) -> CallToolResult:
        """Make a call result of a tool result, small enough for every client."""
        ...


class StatusReporter(Protocol):
    """Answers `server_status`."""

    def report(self, protocol: str, *, with_memory: bool) -> ToolResult:
        """Describe the server."""
        ...

    async def report_job(self, job_id: str, principal: str, *, cancel: bool) -> ToolResult:
        """Describe one job, after stopping it when `cancel`."""
        ...


class SessionService(Protocol):
    """Knows what happened in this session and others of the same principal."""

    @property
    def archive(self) -> SessionArchive:
        """Reads records and saves summaries."""
        ...

    def current(self, ctx: AnyContext) -> str:
        """Return the handle of the session a call belongs to."""
        ...


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything a tool may use. `open_world`: the network may be reached for pictures and pages."""

    bench: Workbench
    knowledge: KnowledgeService
    calls: CallRunner
    status: StatusReporter
    sessions: SessionService
    open_world: bool

    @property
    def engine_open_world(self) -> bool:
        """The same for tools that ask the model, which may run on another machine."""
        return self.open_world or self.bench.engine.status().kind == "remote"


async def load_ontology() -> Ontology:
    """The ontology that ships here; read once, in a thread, because parsing takes a moment."""
    return await asyncio.to_thread(Ontology.load)
