import json
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import Tool

Connect = Callable[..., AbstractAsyncContextManager[Client]]

SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "tools"
UPDATE = "CHALKLENS_UPDATE_SNAPSHOTS"
RENEW = f"If this is meant: {UPDATE}=1 python -m pytest tests/tools, and name it in CHANGELOG.md."
MAX_LIST_BYTES = 29_000
"""About 3.6 kB a tool: eight tools; `ask_assistant` returns plan, evidence, review and trace."""
MAX_SEEN_BYTES = 9_300
"""What hosts hand to a model: name, description and input schema; about 2,300 tokens."""
WRITERS = {"manage_knowledge", "save_session_summary"}


@pytest.fixture
async def tools(connect: Connect) -> list[Tool]:
    async with connect() as client:
        return (await client.list_tools()).tools


def _dump(tool: Tool) -> dict[str, Any]:
    return tool.model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.anyio
async def test_tools_are_as_their_snapshots_say(tools: list[Tool]) -> None:
    for tool in tools:
        file = SNAPSHOTS / f"{tool.name}.json"
        if os.environ.get(UPDATE):
            text = json.dumps(_dump(tool), indent=2, ensure_ascii=False)
            file.write_text(text + "\n", encoding="utf-8")
        assert file.exists(), f"{tool.name} has no snapshot. {RENEW}"
        stored = json.loads(file.read_text(encoding="utf-8"))
        assert _dump(tool) == stored, f"{tool.name} has changed. {RENEW}"


@pytest.mark.anyio
async def test_no_snapshot_is_left_of_a_tool_that_is_gone(tools: list[Tool]) -> None:
    assert {file.stem for file in SNAPSHOTS.iterdir()} == {tool.name for tool in tools}


@pytest.mark.anyio
async def test_the_tool_list_stays_within_its_budget(tools: list[Tool]) -> None:
    whole = json.dumps([_dump(tool) for tool in tools], separators=(",", ":"))
    seen = [[tool.name, tool.description, tool.input_schema] for tool in tools]
    assert len(whole.encode()) <= MAX_LIST_BYTES
    assert len(json.dumps(seen, separators=(",", ":")).encode()) <= MAX_SEEN_BYTES


@pytest.mark.anyio
async def test_all_tools_but_the_writers_say_that_they_only_read_and_stay_here(
    tools: list[Tool],
) -> None:
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is (tool.name not in WRITERS)
        assert tool.annotations.open_world_hint is False


@pytest.mark.anyio
async def test_every_argument_and_tool_is_described(tools: list[Tool]) -> None:
    for tool in tools:
        assert tool.title
        assert tool.description
        assert len(tool.description) < 400
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name}: {name}"
