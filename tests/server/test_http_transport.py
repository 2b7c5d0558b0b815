import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from pydantic import SecretStr

from chalklens.errors import InputError, UnavailableError
from server.http_transport import check_exposure, listen
from server.principals import principal_of
from tests.server.http_driver import ENVELOPE, INITIALIZE, listening, make_settings, message, parse

pytestmark = pytest.mark.anyio

TOKEN, OTHER_TOKEN = "first_token_of_two_0123456789", "other_token_of_two_0123456789"
MODERN = {"MCP_Protocol_Version": "2026-07-28"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Parts:
    """A server with a few tools, and what happened to it."""

    def __init__(self) -> None:
        self.lives: list[str] = []
        self.waiting, self.cancelled = asyncio.Event(), asyncio.Event()
        self.mcp: MCPServer[Any] = MCPServer("test", log_level="ERROR", lifespan=self._live)
        for tool in (self.echo, self.wait, self.who, self.name):
            self.mcp.add_tool(tool)

    @contextlib.asynccontextmanager
    async def _live(self, _server: MCPServer[Any]) -> AsyncGenerator[None, None]:
        self.lives.append("entered")
        yield
        self.lives.append("left")

    async def echo(self, text: str) -> str:
        return text

    async def name(self) -> str:
        return "file-\udcff"

    async def who(self, ctx: Context[Any, Any]) -> str:
        return principal_of(ctx)

    async def wait(self) -> str:
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        return "never"


def call(tool: str, **arguments: Any) -> bytes:
    return message("tools/call", {"name": tool, "arguments": arguments, "_meta": ENVELOPE})


def modern_headers(tool: str) -> dict[str, str]:
    return {**MODERN, "Mcp_Method": "tools/call", "Mcp_Name": tool}


@pytest.mark.parametrize("transport", ["http", "sse"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_clients_of_both_eras_are_served(transport: str, mode: str) -> None:
    parts = Parts()
    async with listening(parts.mcp, transport=transport) as driver:
        address = f"http://localhost:{driver.port}"
        target = sse_client(f"{address}/sse") if transport == "sse" else f"{address}/mcp"
        async with Client(target, mode=mode) as client:
            echoed = await client.call_tool("echo", {"text": "hi"})
            named = await client.call_tool("name", {})
            assert echoed.structured_content == {"result": "hi"}
            assert named.structured_content == {"result": "file-\ufffd"}
    assert parts.lives == ["entered", "left"]


async def test_closing_the_response_stream_cancels_the_call() -> None:
    parts = Parts()
    async with listening(parts.mcp) as driver:
        _, writer = await driver.connect()
        body = call("wait")
        named = {k.replace("_", "-"): v for k, v in modern_headers("wait").items()}
        writer.write(
            driver.head("POST", "/mcp", {**named, "Content-Length": str(len(body))}) + body
        )
        await parts.waiting.wait()
        writer.close()
        await writer.wait_closed()
        await parts.cancelled.wait()


async def test_a_tool_knows_who_asks_but_not_the_token() -> None:
    parts = Parts()
    async with listening(parts.mcp, token=TOKEN) as driver:
        reply = await driver.ask(call("who"), **modern_headers("who"), **bearer(TOKEN))
        name = json.loads(reply.body)["result"]["structuredContent"]["result"]
        assert name.startswith("token-")
        assert TOKEN not in name


async def test_a_session_of_another_principal_does_not_exist(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"{TOKEN}\n{OTHER_TOKEN}\n", encoding="utf-8")
    async with listening(Parts().mcp, token_file=file) as driver:
        opened = await driver.ask(INITIALIZE, **bearer(TOKEN))
        ping, session = message("ping"), opened.session_id
        assert (await driver.ask(ping, MCP_Session_Id=session, **bearer(TOKEN))).status == 200
        assert (await driver.ask(ping, MCP_Session_Id=session, **bearer(OTHER_TOKEN))).status == 404


async def test_without_a_token_everybody_is_the_local_principal() -> None:
    async with listening(Parts().mcp) as driver:
        reply = await driver.ask(call("who"), **modern_headers("who"))
        assert b'{"result":"local"}' in reply.body


@pytest.mark.parametrize(
    ("transport", "method", "path"),
    [
        ("http", "POST", "/mcp"),
        ("http", "GET", "/mcp"),
        ("http", "DELETE", "/mcp"),
        ("http", "GET", "/"),
        ("sse", "GET", "/sse"),
        ("sse", "POST", "/messages/?session_id=00000000000000000000000000000000"),
        ("sse", "POST", f"/messages/?token={TOKEN}"),
        ("sse", "GET", "/"),
    ],
)
async def test_every_route_wants_the_token_and_a_known_host(
    transport: str, method: str, path: str
) -> None:
    async with listening(Parts().mcp, transport=transport, token=TOKEN) as driver:
        assert (await driver.ask(method=method, path=path)).status == 401
        foreign = {"Host": "evil.example", **bearer(TOKEN)}
        assert (await driver.ask(method=method, path=path, **foreign)).status == 421
        page = {"Origin": "http://evil.example", **bearer(TOKEN)}
        reply = await driver.ask(method=method, path=path, **page)
        assert reply.status == 403
        assert "access-control-allow-origin" not in reply.headers


async def test_a_listed_page_gets_its_preflight_answered_without_a_token() -> None:
    page = "https://inspector.example"
    preflight = {
        "Origin": page,
        "Access_Control_Request_Method": "POST",
        "Access_Control_Request_Headers": "authorization,mcp-protocol-version",
    }
    async with listening(Parts().mcp, token=TOKEN, allowed_origins=page) as driver:
        reply = await driver.ask(method="OPTIONS", **preflight)
        assert reply.status == 200
        assert reply.headers["access-control-allow-origin"] == page


async def test_an_address_beyond_this_machine_needs_a_token_and_names() -> None:
    open_host = make_settings(transport="http", host="0.0.0.0", port=0)
    with pytest.raises(InputError, match="no bearer token"):
        listen(Parts().mcp, open_host)
    with pytest.raises(InputError, match="Host header"):
        listen(Parts().mcp, open_host.model_copy(update={"token": SecretStr(TOKEN)}))
    named = open_host.model_copy(update={"allowed_hosts": ("eyes.example",)})
    check_exposure(named, has_token=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
async def test_loopback_needs_neither(host: str) -> None:
    check_exposure(make_settings(transport="http", host=host), has_token=False)


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=str(port)):
            listen(Parts().mcp, make_settings(transport="http", port=port))


async def test_the_start_line_names_address_and_folders_but_not_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with listening(Parts().mcp, token=TOKEN, roots=(tmp_path,)) as driver:
            assert (await driver.ask(method="GET", path="/")).status == 401
            assert f"http://127.0.0.1:{driver.port}/mcp" in caplog.text
    assert str(tmp_path) in caplog.text
    assert TOKEN not in caplog.text


async def test_open_streams_do_not_keep_the_server() -> None:
    async with listening(Parts().mcp, transport="sse") as driver:
        reader, writer = await driver.connect()
        writer.write(driver.head("GET", "/sse", {}))
        assert parse(await reader.readuntil(b"\r\n\r\n")).status == 200
    assert b"event: endpoint" in await reader.read()  # to its end: the stream was closed
    writer.close()
    await writer.wait_closed()
