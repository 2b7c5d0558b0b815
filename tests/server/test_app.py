import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
from mcp import Client
from mcp.client._memory import InMemoryTransport
from mcp.server.mcpserver.tools import Tool
from mcp.shared.message import SessionMessage
from mcp.types import (
    CallToolResult,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    TextContent,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from chalklens.engines.fake import FakeEngine
from chalklens.errors import ModelError
from chalklens.media.fake import FakeMedia
from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from server.app import (
    TOOLSETS,
    ChalklensServer,
    choose_tools,
    write_instructions,
)
from server.parts import build_knowledge, build_workbench
from server.settings import Settings, Toolsets
from tools.definition import define_tool
from tools.results import ToolResult
from tools.toolbox import Toolbox

MakeServer = Callable[..., ChalklensServer]
REPOSITORY = Path(__file__).parents[2]
HEAVY = [
    "torch",
    "transformers",
    "faiss",
    "tantivy",
    "sqlite3",
    "sentence_transformers",
    "onnxruntime",
    "cv2",
    "numpy",
    "PIL",
    "sklearn",
    "rdflib",
    "pypdfium2",
    "rapidocr",
    "peft",
    "xgrammar",
    "huggingface_hub",
    "openai",
]


async def _names(mcp: ChalklensServer) -> list[str]:
    return [tool.name for tool in await mcp.list_tools()]


@pytest.mark.anyio
async def test_it_tells_its_name_version_and_purpose(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        assert client.server_info is not None
        assert client.server_info.name == "chalklens"
        assert client.server_info.version == version("chalklens")
        assert client.instructions is not None
        assert len(client.instructions.encode()) < 1024
        for tool in (await client.list_tools()).tools:
            assert tool.name in client.instructions


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["legacy", *MODERN_PROTOCOL_VERSIONS])
async def test_both_eras_list_and_call(make_server: MakeServer, mode: str) -> None:
    async with Client(make_server(), mode=mode) as client:
        assert len((await client.list_tools()).tools) == 8
        result = await client.call_tool("server_status", {})
        assert result.structured_content is not None
        assert result.structured_content["version"] == version("chalklens")


@pytest.mark.anyio
@pytest.mark.parametrize("revision", HANDSHAKE_PROTOCOL_VERSIONS)
async def test_every_handshake_revision_lists_and_calls(
    make_server: MakeServer, revision: str
) -> None:
    hello = {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    }
    async with InMemoryTransport(make_server()) as (answers, requests):

        async def ask(id_: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
            request = JSONRPCRequest(jsonrpc="2.0", id=id_, method=method, params=params)
            await requests.send(SessionMessage(request))
            message = await answers.receive()
            assert isinstance(message, SessionMessage)
            assert isinstance(message.message, JSONRPCResponse)
            return message.message.result

        assert (await ask(1, "initialize", hello))["protocolVersion"] == revision
        ready = JSONRPCNotification(jsonrpc="2.0", method="notifications/initialized")
        await requests.send(SessionMessage(ready))
        assert len((await ask(2, "tools/list", {}))["tools"]) == 8
        call = {"name": "read_text", "arguments": {"image": "sheet.png"}}
        result = await ask(3, "tools/call", call)
    assert not result.get("isError")
    told = json.loads(result["content"][0]["text"])
    assert told["picture"]["name"] == "sheet.png"
    assert result.get("structuredContent", told) == told


@pytest.mark.anyio
async def test_toolsets_choose_the_tools_and_status_is_always_there(
    make_server: MakeServer,
) -> None:
    assert await _names(make_server(Settings(roots=(), toolsets=("text",)))) == [
        "read_text",
        "server_status",
    ]
    assert await _names(make_server(Settings(roots=(), toolsets=()))) == ["server_status"]


async def write_file(path: str) -> Annotated[CallToolResult, ToolResult]:
    return CallToolResult(content=[TextContent(type="text", text=path)])


def _make_writer(_box: Toolbox) -> Tool:
    return define_tool(
        write_file, title="Write", description="Writes.", open_world=False, read_only=False
    )


def test_read_only_leaves_out_tools_that_change_something(make_server: MakeServer) -> None:
    toolsets = {"text": (*TOOLSETS["text"], _make_writer)}
    box = make_server().toolbox
    free = choose_tools(box, Settings(roots=()), toolsets)
    held = choose_tools(box, Settings(roots=(), read_only=True), toolsets)
    assert [tool.name for tool in free] == ["read_text", "write_file", "server_status"]
    assert [tool.name for tool in held] == ["read_text", "server_status"]


@pytest.mark.anyio
async def test_tools_that_ask_a_model_elsewhere_say_that_they_reach_the_network(
    make_server: MakeServer,
) -> None:
    tools = await make_server(engine=FakeEngine(kind="remote")).list_tools()
    reaching = {t.name for t in tools if t.annotations and t.annotations.open_world_hint}
    assert reaching == {
        "label_worksheet",
        "analyze_image",
        "ask_assistant",
        "save_session_summary",
    }


@pytest.mark.anyio
@pytest.mark.parametrize("open_to", [{"allow_url": True}, {"allow_url_hosts": ("example.org",)}])
async def test_tools_say_when_they_may_reach_the_network(
    make_server: MakeServer, open_to: dict[str, Any]
) -> None:
    tools = await make_server(Settings(roots=(), **open_to)).list_tools()
    hints = {t.name: t.annotations.open_world_hint for t in tools if t.annotations}
    assert hints == {
        "label_worksheet": True,
        "read_text": True,
        "analyze_image": True,
        "search_knowledge": False,
        "manage_knowledge": True,
        "ask_assistant": True,
        "save_session_summary": True,
        "server_status": False,
    }


def test_instructions_name_only_tools_that_are_there() -> None:
    assert "analyze_image" not in write_instructions(["read_text", "server_status"])


@pytest.mark.anyio
async def test_warm_up_waits_for_the_first_answer(make_server: MakeServer) -> None:
    engine = FakeEngine()
    mcp = make_server(engine=engine)
    async with mcp.runtime.hold():
        await anyio.lowlevel.checkpoint()
        assert not engine.started
    async with Client(make_server(engine=(engine := FakeEngine()))) as client:
        await client.call_tool("server_status", {})
        with anyio.fail_after(30):
            assert isinstance(client.server, ChalklensServer)
            await client.server.runtime.warm.wait()
        assert engine.started


@pytest.mark.anyio
async def test_a_failing_warm_up_is_logged_and_harms_nothing(
    make_server: MakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ModelError("The model does not fit.", "Choose a smaller one.")

    async def break_down() -> None:
        raise RuntimeError("a bug")

    mcp = make_server(warm_ups=[fail, break_down])
    async with Client(mcp) as client:
        await client.list_tools()
        with anyio.fail_after(30):
            await mcp.runtime.warm.wait()
        assert not (await client.call_tool("server_status", {})).is_error
    assert "The model does not fit. Choose a smaller one." in caplog.text
    assert "a bug" in caplog.text


@pytest.mark.anyio
async def test_everything_is_closed_with_the_last_client_only(make_server: MakeServer) -> None:
    engine, media, knowledge = FakeEngine(), FakeMedia(), FakeKnowledge()
    mcp = make_server(engine=engine, media=media, knowledge=knowledge)
    async with mcp.runtime.hold():
        async with Client(mcp) as client:
            await client.list_tools()
        async with Client(mcp) as client:
            await client.call_tool("read_text", {"image": "sheet.png"})
        assert not engine.closed
    assert engine.closed
    assert media.closed
    assert knowledge.closed


@pytest.mark.anyio
@pytest.mark.parametrize("toolsets", [("text", "knowledge"), ("text",), ("knowledge",)])
async def test_only_what_the_tools_need_is_warmed_up(
    make_server: MakeServer, toolsets: Toolsets
) -> None:
    engine, knowledge = FakeEngine(), FakeKnowledge()
    settings = Settings(roots=(), toolsets=toolsets)
    mcp = make_server(settings, engine=engine, knowledge=knowledge)
    async with Client(mcp) as client:
        await client.list_tools()
        with anyio.fail_after(30):
            await mcp.runtime.warm.wait()
    assert knowledge.warmed is ("knowledge" in toolsets)
    assert engine.started is ("text" in toolsets)


@pytest.mark.anyio
async def test_a_workbench_from_settings_starts_nothing_until_it_is_used(tmp_path: Path) -> None:
    bench = build_workbench(Settings(roots=(tmp_path,), model="none"))
    assert isinstance(bench, Workbench)
    assert [worker.starts for worker in bench.workers] == [0]
    assert bench.engine.status().state == "absent"
    await bench.close()


@pytest.mark.anyio
async def test_a_knowledge_base_from_settings_starts_nothing_until_it_is_used(
    tmp_path: Path, make_server: MakeServer
) -> None:
    data = tmp_path / "data"
    knowledge = build_knowledge(
        Settings(roots=(tmp_path,), data_dir=data, store="milvus:x.db", embedder="none", threads=3)
    )
    assert [worker.starts for worker in knowledge.workers] == [0, 0]
    assert not data.exists()
    config = knowledge.config
    assert (config.folder, config.access.roots) == (data / "knowledge", (tmp_path,))
    assert (config.store, config.embedder, config.threads) == ("milvus:x.db", "none", 3)
    mcp = make_server(Settings(roots=(), toolsets=()), knowledge=knowledge)
    async with Client(mcp) as client:
        told = (await client.call_tool("server_status", {})).structured_content
    assert told is not None
    assert {"search", "indexing"} <= {worker["name"] for worker in told["workers"]}


def _run(code: str, folder: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {**os.environ, "CHALKLENS_MODEL": "none"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_building_a_server_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from server.app import create_server
from server.settings import Settings, Toolsets
mcp = create_server(Settings())
asyncio.run(mcp.list_tools())
print([name for name in {HEAVY} if name in sys.modules])
"""
    assert _run(code, REPOSITORY).strip() == "[]"


def test_the_inspector_finds_the_server_even_beside_a_folder_of_the_same_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "__init__.py").write_text("raise RuntimeError('not ours')")
    code = f"""
import importlib.util, sys
sys.path[:0] = [{str(REPOSITORY / "server")!r}]
spec = importlib.util.spec_from_file_location("server_module", {str(REPOSITORY / "server/dev.py")!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.mcp.name)
"""
    assert _run(code, tmp_path).strip() == "chalklens"
