"""A scripted client: asks about two worksheets with the knowledge base on, then saves the session.

How it is used: `python examples/client.py [--data-dir DIR]`. It starts `chalklens serve` over stdio with the
example sheets as its only folder, asks `ask_assistant`, prints plan, evidence and verdict, calls
`save_session_summary` and prints where the Markdown is. It needs the MCP SDK and an installed chalklens, and
imports nothing of ours: any MCP client can do the same.

What it leaves out: a model. Without one the answer is made of sentences of the passages found, and says so.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

SHEETS = Path(__file__).resolve().parents[1] / "knowledge_base" / "examples"
IMAGES = ("addition_within_20.png", "bar_graph.png")
QUESTION = "Which EduGraph labels fit these two sheets, and what do the labels mean?"
TITLE = "Two example sheets"
PASSAGE_CHARS = 160
WAIT_S = 300.0
ASK_AGAIN_S = 2.0


def server_command(data_dir: Path | None) -> StdioServerParameters:
    """Return how the server is started."""
    arguments = ["-P", "-m", "chalklens", "serve", "--root", str(SHEETS)]
    if data_dir is not None:
        arguments += ["--data-dir", str(data_dir)]
    return StdioServerParameters(command=sys.executable, args=arguments)


async def converse(client: Client) -> str:
    """Ask, print what came back, save the session, and return the path of its Markdown."""
    asked = {"question": QUESTION, "images": list(IMAGES), "use_knowledge": "on"}
    tell(await call(client, "ask_assistant", asked))
    saved = await call(client, "save_session_summary", {"title": TITLE})
    return str(saved["path"])


async def call(client: Client, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Call a tool and return its fields; a call that became a job is waited for.

    Raises:
        SystemExit: It failed; the message says why and what helps.
    """
    found = fields_of(await client.call_tool(tool, dict(arguments)))
    deadline_s = asyncio.get_running_loop().time() + WAIT_S
    while found["status"] == "running" and asyncio.get_running_loop().time() < deadline_s:
        await asyncio.sleep(ASK_AGAIN_S)
        about = {"action": "job", "job_id": found["job_id"]}
        job = fields_of(await client.call_tool("server_status", about))
        found = job.get("result") or job
    if found["status"] != "done":
        raise SystemExit(f"{tool} did not finish: {found['status']}.")
    return found


def fields_of(result: CallToolResult) -> dict[str, Any]:
    """Return structured content; a failure ends the script with its message."""
    if result.is_error or result.structured_content is None:
        words = [block.text for block in result.content if isinstance(block, TextContent)]
        raise SystemExit(" ".join(words))
    return result.structured_content


def tell(found: Mapping[str, Any]) -> None:
    """Print answer, plan, evidence and verdict."""
    say(f"Answer ({found.get('kind', 'unknown')}):", [found.get("answer") or "none"])
    say("Plan:", [f"{step['step']}: {step['purpose']}" for step in found.get("plan") or ()])
    say("Evidence:", [cite(passage) for passage in found.get("evidence") or ()])
    review: Mapping[str, Any] = found.get("review") or {}
    say("Review:", [str(review.get("verdict", "none"))])


def cite(passage: Mapping[str, Any]) -> str:
    """Return a passage on one line."""
    words = " ".join(str(passage.get("text", "")).split())[:PASSAGE_CHARS]
    return f"[{passage.get('number')}] {passage.get('source')}: {words}"


def say(heading: str, lines: Sequence[str]) -> None:
    """Print a heading and indented lines."""
    sys.stdout.write("\n".join([heading, *(f"  {line}" for line in lines)]) + "\n")


async def main(data_dir: Path | None) -> None:
    """Start the server, talk to it, print where the Markdown is."""
    async with Client(server_command(data_dir)) as client:
        path = await converse(client)
    say("Saved:", [path])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask about two sheets and save the session.")
    parser.add_argument("--data-dir", type=Path, help="As for `chalklens serve`.")
    asyncio.run(main(parser.parse_args().data_dir))
