"""`chalklens demo`: the real server, called by a real MCP client, on two worksheets of our own.

How it is used: `chalklens demo`, anywhere, without a model or a network. It starts
`chalklens serve` over stdio, labels both sheets, reads one, asks about one, and prints what came
back and how long it took. What it leaves out: HTTP; see `docs/` for other transports.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from chalklens.errors import ChalklensError, UnavailableError, WorkerError
from server.commands import options
from server.commands.demo_run import QUESTION, DemoCall, DemoRun, Fields

if TYPE_CHECKING:
    from mcp import Client

LABELLED = ("addition_within_20.png", "bar_graph.png")
READ = "bar_graph.png"
CALL_TIMEOUT_S = 600.0
JOB_POLL_S = 1.0


def demo(
    model: options.ModelOption = None,
    adapter: options.AdapterOption = None,
    quantize: options.QuantizeOption = None,
) -> None:
    """Start the server, label two worksheets, read one and ask about one."""
    from server.commands.demo_report import print_run

    given = {"--model": model, "--adapter": adapter, "--quantize": quantize}
    arguments = [part for name, value in given.items() if value for part in (name, value)]
    run = asyncio.run(run_demo(examples_folder(), arguments))
    print_run(run)
    if any(call.error for call in run.calls):
        raise typer.Exit(1)


def examples_folder() -> Path:
    """Return the folder of the worksheets that ship with chalklens.

    Raises:
        UnavailableError: They are not there.
    """
    import knowledge_base

    folder = Path(str(knowledge_base.ROOT)) / "examples"
    if not all((folder / name).is_file() for name in LABELLED):
        raise UnavailableError("The example worksheets are missing.", "Install chalklens again.")
    return folder


async def run_demo(folder: Path, arguments: list[str]) -> DemoRun:
    """Start a server that may read `folder` only and call its tools.

    Raises:
        WorkerError: The server did not start, or ended too early.
    """
    from mcp import Client, StdioServerParameters

    command = ["-P", "-m", "chalklens", "serve", "--transport", "stdio", "--root", str(folder)]
    parameters = StdioServerParameters(
        command=sys.executable, args=[*command, *arguments], env=_environment()
    )
    start = time.perf_counter()
    try:
        async with Client(parameters) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            started_s = time.perf_counter() - start
            calls = [await _label(client, name) for name in LABELLED]
            calls.append(await _call(client, f"Read {READ}", "read_text", {"image": READ}))
            question = {"images": [READ], "question": QUESTION}
            calls.append(await _call(client, f"Ask about {READ}", "analyze_image", question))
    except Exception as error:
        raise _explain(error) from error
    return DemoRun(started_s, f"{len(tools)} tools: {', '.join(tools)}", tuple(calls))


def _environment() -> dict[str, str]:
    """Our own environment, without a switch that would hide the demo's tools."""
    hidden = {"CHALKLENS_TOOLSETS", "CHALKLENS_TRANSPORT", "CHALKLENS_ROOTS"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


async def _label(client: "Client", name: str) -> DemoCall:
    arguments = {"image": name, "evidence": True}
    return await _call(client, f"Label {name}", "label_worksheet", arguments)


async def _call(client: "Client", title: str, tool: str, arguments: dict[str, Any]) -> DemoCall:
    start = time.perf_counter()
    result: Fields = {}
    failure: ChalklensError | None = None
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            result = _check(await client.call_tool(tool, arguments))
            if result.get("status") == "running":
                result = await _wait_for_job(client, result["job_id"])
    except ChalklensError as error:
        failure = error
    return DemoCall(title, result, time.perf_counter() - start, failure)


async def _wait_for_job(client: "Client", job_id: str) -> Fields:
    """Ask for a call that went on in the background until it has ended."""
    while True:
        answer = await client.call_tool("server_status", {"action": "job", "job_id": job_id})
        found = read_job(_check(answer))
        if found is not None:
            return found
        await asyncio.sleep(JOB_POLL_S)


def read_job(job: Fields) -> Fields | None:
    """Return the result of a job that is done, None while it is running.

    Raises:
        WorkerError: It failed or was cancelled.
    """
    if job["status"] == "running":
        return None
    if job["status"] != "done":
        error: Fields = job.get("error") or {"message": f"The job was {job['status']}."}
        raise WorkerError(error["message"], error.get("hint", ""))
    return job["result"]


def _check(answer: Any) -> Fields:
    """Return the structured content of a call that worked."""
    fields: Fields = answer.structured_content or {}
    if answer.is_error:
        error: Fields = fields.get("error") or {}
        text = " ".join(getattr(block, "text", "") for block in answer.content)
        raise WorkerError(error.get("message") or text, error.get("hint", ""))
    return fields


def _explain(error: BaseException) -> ChalklensError:
    """Find what happened inside a group of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    if isinstance(error, TimeoutError):
        return WorkerError(f"A call took more than {CALL_TIMEOUT_S:g} s.", "chalklens doctor")
    return WorkerError(
        f"The server did not answer ({type(error).__name__}: {error}).",
        "Its own messages are above; `chalklens doctor` looks for the reason.",
    )
