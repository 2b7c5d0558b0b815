"""`server_status`: health, model, limits and jobs; always on.

How it is used: `make_tool(box)`, by `server/app.py`. What it leaves out: finding out
(`server/status.py`).
"""

from typing import Annotated, Any, ClassVar, Literal

from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from tools.definition import define_tool
from tools.results import CutOrder, ToolResult
from tools.toolbox import AnyContext, Toolbox

DESCRIPTION = (
    "Tell what this server can do right now: model, labeller, allowed folders, limits, jobs. "
    "A job_id fetches the result of a call that took long; with action=cancel it stops that call. "
    "Not needed before ordinary calls."
)


class EngineInfo(BaseModel):
    """The vision-language model."""

    kind: str
    state: str = Field(description="absent, idle, loading, ready or failed.")
    model: str | None = None
    revision: str | None = None
    adapter: str | None = None
    quantize: str | None = None
    device: str | None = None
    dtype: str | None = None
    waiting: int = Field(default=0, description="Requests in the queue.")
    load_s: float | None = None
    detail: str | None = Field(default=None, description="Why absent or failed; what helps.")


class WorkerInfo(BaseModel):
    """A worker process."""

    name: str
    running: bool
    starts: int
    memory_mib: float | None = None


class ServerStatusResult(ToolResult):
    """The server, or one job."""

    cut_order: ClassVar[CutOrder] = (("roots",),)

    version: str | None = None
    protocol: str | None = None
    roots: list[str] | None = Field(default=None, description="Names of the folders that are read.")
    urls: str | None = Field(default=None, description="Which http(s) addresses may be fetched.")
    engine: EngineInfo | None = None
    labeller: str | None = None
    workers: list[WorkerInfo] | None = None
    memory_mib: float | None = Field(default=None, description="Of the server process.")
    jobs: dict[str, int] | None = None
    limits: dict[str, int] | None = None
    record: str | None = Field(default=None, description="Whether calls are recorded.")
    tool: str | None = Field(default=None, description="The tool that a job runs.")
    message: str | None = Field(default=None, description="What a running job does.")
    elapsed_s: float | None = None
    result: dict[str, Any] | None = Field(default=None, description="What the job's call returns.")


def make_tool(box: Toolbox) -> Tool:
    """Define the tool."""

    async def server_status(
        ctx: AnyContext,
        action: Annotated[
            Literal["status", "memory", "job", "cancel"],
            Field(description="memory: status with memory per process."),
        ] = "status",
        job_id: Annotated[str, Field(max_length=64, description="Of a call that goes on.")] = "",
    ) -> Annotated[CallToolResult, ServerStatusResult]:
        principal = box.calls.principal(ctx)
        if job_id or action in ("job", "cancel"):  # `done` of a server is no news of a job
            result = await box.status.report_job(job_id, principal, cancel=action == "cancel")
        else:
            result = box.status.report(ctx.protocol_version or "", with_memory=action == "memory")
        return box.calls.finish(result, principal)

    return define_tool(
        server_status, title="Server status", description=DESCRIPTION, open_world=False
    )
