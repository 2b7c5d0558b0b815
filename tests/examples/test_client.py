import runpy
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server import MCPServer
from mcp.types import CallToolResult, ContentBlock, TextContent

ROOT = Path(__file__).resolve().parents[2]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "examples" / "client.py"))
pytestmark = pytest.mark.anyio
ANSWER: dict[str, Any] = {
    "status": "done",
    "kind": "extractive",
    "answer": "Addition [1].",
    "plan": [{"step": "search", "purpose": "find the labels"}],
    "evidence": [{"number": 1, "source": "labels.md", "text": "Addition is\nadding."}],
    "review": {"verdict": "PASS"},
}


class StandIn:
    """A server that answers as ours do, without models, and remembers what it was asked."""

    def __init__(self, first: dict[str, Any]) -> None:
        self.first = first
        self.asked: list[dict[str, Any]] = []
        self.mcp: MCPServer[Any] = MCPServer("stand-in", log_level="ERROR")
        for tool in (self.ask_assistant, self.save_session_summary, self.server_status):
            self.mcp.add_tool(tool)

    async def ask_assistant(
        self, question: str, images: list[str], use_knowledge: str
    ) -> CallToolResult:
        self.asked.append({"question": question, "images": images, "knowledge": use_knowledge})
        failed = self.first["status"] == "failed"
        words: list[ContentBlock] = [
            TextContent(type="text", text=str(self.first.get("error", "")))
        ]
        return CallToolResult(content=words, structured_content=self.first, is_error=failed)

    async def save_session_summary(self, title: str) -> CallToolResult:
        self.asked.append({"title": title})
        fields = {"status": "done", "path": "/data/summaries/two-example-sheets.md"}
        return CallToolResult(content=[], structured_content=fields)

    async def server_status(self, action: str, job_id: str) -> CallToolResult:
        assert (action, job_id) == ("job", "j1")
        return CallToolResult(content=[], structured_content={"status": "done", "result": ANSWER})


async def converse(server: StandIn) -> str:
    async with Client(server.mcp) as client:
        return await SCRIPT["converse"](client)


async def test_it_asks_about_both_sheets_prints_what_came_and_saves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = StandIn(ANSWER)
    assert await converse(server) == "/data/summaries/two-example-sheets.md"
    asked, saved = server.asked
    assert asked["images"] == ["addition_within_20.png", "bar_graph.png"]
    assert asked["knowledge"] == "on"
    assert saved == {"title": "Two example sheets"}
    told = capsys.readouterr().out
    for line in (
        "Answer (extractive):\n  Addition [1].",
        "Plan:\n  search: find the labels",
        "Evidence:\n  [1] labels.md: Addition is adding.",
        "Review:\n  PASS",
    ):
        assert line in told


async def test_a_failure_ends_it_with_the_reason() -> None:
    server = StandIn({"status": "failed", "error": "There is no such picture."})
    with pytest.raises(BaseExceptionGroup) as caught:
        await converse(server)
    assert caught.group_contains(SystemExit, match="There is no such picture")


def test_the_pictures_it_names_ship() -> None:
    assert all((SCRIPT["SHEETS"] / name).is_file() for name in SCRIPT["IMAGES"])


def test_it_starts_our_server_on_the_sheets_alone(tmp_path: Path) -> None:
    command = SCRIPT["server_command"](tmp_path)
    assert command.args[:4] == ["-P", "-m", "chalklens", "serve"]
    assert command.args[4:] == ["--root", str(SCRIPT["SHEETS"]), "--data-dir", str(tmp_path)]
