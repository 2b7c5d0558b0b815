"""What a tool works with: the workbench, the runner of calls, the ontology and the server's status.

How it is used: `server/app.py` fills one `Toolbox` and hands it to every tool file. The protocols
keep `tools/` free of imports from `server/`. What it leaves out: how any of it works.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BeforeValidator, Field

from chalklens.edugraph.ontology import Ontology
from chalklens.types import Box
from chalklens.workbench import Progress, Workbench
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


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything a tool may use. `open_world`: pictures may be fetched from the network."""

    bench: Workbench
    calls: CallRunner
    status: StatusReporter
    open_world: bool


async def load_ontology() -> Ontology:
    """The ontology that ships here; read once, in a thread, because parsing takes a moment."""
    return await asyncio.to_thread(Ontology.load)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


IMAGE_FORMS = (
    "path inside an allowed folder, file: or http(s) URL, data: URI, base64, or chalklens:// URI"
)
ImageReference = Annotated[str, Field(min_length=1, description=f"Picture or PDF: {IMAGE_FORMS}.")]
PageNumber = Annotated[int, Field(ge=1, le=100_000)]
Corner = Annotated[int, Field(ge=0, le=1_000_000)]
Region = Annotated[
    Annotated[list[Corner], Field(min_length=4, max_length=4)] | None,
    Field(description="[x0, y0, x1, y1] in original pixels: look only there."),
]
OneOrMore = BeforeValidator(_as_list)


def to_box(region: list[int] | None) -> Box | None:
    """The region as a box."""
    return Box(*region) if region else None
