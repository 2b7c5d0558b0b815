"""An HTTP server in this process, and raw requests to it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server import MCPServer

from server.http_transport import HttpServer, listen
from server.settings import Settings

ENVELOPE: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "0"},
}


def message(method: str, params: Mapping[str, Any] | None = None, request_id: int = 1) -> bytes:
    fields = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params or {}}
    return json.dumps(fields).encode()


INITIALIZE = message("initialize", HELLO)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def session_id(self) -> str:
        return self.headers["mcp-session-id"]


def make_settings(**values: Any) -> Settings:
    """Settings with some values given."""
    return Settings(**values)


class Driver:
    """Opens connections to one server."""

    def __init__(self, server: HttpServer, headers: Mapping[str, str] | None = None) -> None:
        self.host, self.port = server.address
        self.headers: dict[str, str] = dict(headers or {})

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.host, self.port)

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        fields = {
            "Host": f"localhost:{self.port}",
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "Connection": "close",
            **self.headers,
            **headers,
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
        return "\r\n".join([*lines, "", ""]).encode()

    async def ask(
        self,
        body: bytes = b"",
        /,
        path: str = "/mcp",
        method: str = "POST",
        **headers: str,
    ) -> Reply:
        """Send one request and read the reply to its end; `_` in a header's name stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reader, writer = await self.connect()
        head = self.head(method, path, {"Content-Length": str(len(body)), **named})
        writer.write(head + body)
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
        return parse(received)

    async def open_session(self) -> str:
        reply = await self.ask(INITIALIZE)
        assert reply.status == 200
        return reply.session_id


def parse(received: bytes) -> Reply:
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = (line.partition(": ") for line in lines)
    return Reply(int(status.split()[1]), {name.lower(): value for name, _, value in headers}, body)


@contextlib.asynccontextmanager
async def running(server: HttpServer) -> AsyncGenerator[Driver, None]:
    """Serve while inside."""
    task = asyncio.create_task(server.serve(lambda _: None))
    try:
        with anyio.fail_after(20):
            yield Driver(server)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def listening(mcp: MCPServer[Any], **settings: Any) -> AsyncGenerator[Driver, None]:
    """Listen on a free port of this machine."""
    chosen = make_settings(**{"transport": "http", "port": 0, **settings})
    async with running(listen(mcp, chosen)) as driver:
        yield driver
