"""What a tool works with: workbench, knowledge base, runner of calls, ontology, status, sessions.

How it is used: `server/app.py` fills one `Toolbox` and hands it to every tool file. The protocols
keep `tools/` free of imports from `server/`. What it leaves out: how any of it works.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BeforeValidator, Field

from chalklens.edugraph.ontology import Ontology
from chalklens.protocols import Retriever
from chalklens.sessions.archive import SessionArchive
from chalklens.types import Box
from chalklens.workbench import Progress, Workbench
from chalklens.workers.process import WorkerProcess
from retrieval.reports import DocumentList, DocumentText, KnowledgeStatus, SyncReport
from retrieval.reports import Progress as StepProgress
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


class KnowledgeService(Retriever, Protocol):
    """A knowledge base: `retrieval.knowledge.Knowledge`, or its fake."""

    workers: tuple[WorkerProcess, ...]

    async def add(
        self,
        sources: Sequence[str],
        collection: str,
        tags: Sequence[str] = (),
        progress: StepProgress | None = None,
    ) -> SyncReport:
        """Take in files, folders (which later syncs follow) and URLs.

        Raises:
            MediaReferenceError: A source lies outside the allowed folders or hosts.
        """
        ...

    async def sync(
        self,
        collection: str | None = None,
        progress: StepProgress | None = None,
        *,
        retry: bool = False,
    ) -> SyncReport:
        """Follow what was added; `retry` tries files again that failed and did not change."""
        ...

    def watch(
        self, collection: str | None = None, progress: StepProgress | None = None
    ) -> AsyncGenerator[SyncReport, None]:
        """Yield a report of a sync, then one for every change that follows."""
        ...

    async def remove(
        self, sources: Sequence[str] = (), collection: str | None = None
    ) -> SyncReport:
        """Forget sources, or a whole collection; files stay where they are."""
        ...

    async def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 100
    ) -> DocumentList:
        """Return known documents by collection and source.

        Raises:
            InputError: There is no such collection.
        """
        ...

    async def read_document(
        self, id_: str, page: int | None = None, start: int = 0, max_chars: int = 100_000
    ) -> DocumentText:
        """Return text of a document from character `start`.

        Raises:
            InputError: There is no such document or page.
        """
        ...

    async def status(self) -> KnowledgeStatus:
        """Describe the knowledge base."""
        ...

    async def warm(self) -> None:
        """Get ready to search."""
        ...

    async def close(self) -> None:
        """Stop the workers."""
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
