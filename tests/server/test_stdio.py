import asyncio
import contextlib
import json
import os
import select
import socket
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.to_thread import run_sync
from mcp.server import MCPServer

from chalklens.standard_streams import Wire
from server.frames import INVALID_REQUEST
from server.lines import MAX_LINE_BYTES
from server.stdio import MAX_OPEN_REQUESTS, TOO_MANY_REQUESTS, LineWriter, serve_stdio

pytestmark = pytest.mark.anyio

ENVELOPE: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "0"},
}


Ends = Callable[[], tuple[int, int]]
"""Makes the reading and the writing end of something."""


def _sockets() -> tuple[int, int]:
    """What Node.js gives its children."""
    one, other = socket.socketpair()
    return one.detach(), other.detach()


class Client:
    """A raw client at the other end of two pipes."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink
        self._replies = os.fdopen(source, "rb", closefd=False)
        self._last_id = 0

    async def write(self, data: bytes) -> None:
        await run_sync(_write_all, self.sink, data, abandon_on_cancel=True)

    async def send(self, method: str, params: dict[str, Any] | None = None) -> int:
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params or {}}
        await self.write(json.dumps(message).encode() + b"\n")
        return self._last_id

    async def reply(self) -> dict[str, Any]:
        return json.loads(await run_sync(self._replies.readline, abandon_on_cancel=True))

    async def call(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        request_id = await self.send(method, params)
        reply = await self.reply()
        assert reply["id"] == request_id
        return reply

    async def rest(self) -> list[dict[str, Any]]:
        lines = await run_sync(self._replies.readlines, abandon_on_cancel=True)
        return [json.loads(line) for line in lines]

    def leave(self) -> None:
        if self.sink >= 0:
            os.close(self.sink)
            self.sink = -1


def _write_all(sink: int, data: bytes) -> None:
    while data:
        data = data[os.write(sink, data) :]


def make_server() -> tuple[MCPServer[Any], asyncio.Event]:
    server: MCPServer[Any] = MCPServer("test", log_level="ERROR")
    waiting = asyncio.Event()

    async def echo(text: str) -> str:
        return text

    async def wait() -> str:
        waiting.set()
        await asyncio.Event().wait()
        return "never"

    server.add_tool(echo)
    server.add_tool(wait)
    return server, waiting


@contextlib.asynccontextmanager
async def connected(server: MCPServer[Any]) -> AsyncGenerator[tuple[Client, list[int]], None]:
    """Serve a client; yields it and the list of exit codes `stop` was called with."""
    (server_source, client_sink), (client_source, server_sink) = os.pipe(), os.pipe()
    client, codes = Client(client_source, client_sink), list[int]()

    async def serve() -> None:
        try:
            await serve_stdio(server, Wire(server_source, server_sink), codes.append)
        finally:  # or whoever waits for an answer waits for ever
            os.close(server_sink)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve)
            yield client, codes
            client.leave()
    os.close(server_source)
    os.close(client_source)


async def test_a_handshake_client_is_served() -> None:
    async with connected(make_server()[0]) as (client, codes):
        assert (await client.call("initialize", HELLO))["result"]["protocolVersion"] == "2025-11-25"
        reply = await client.call("tools/call", {"name": "echo", "arguments": {"text": "hi"}})
        assert reply["result"]["structuredContent"] == {"result": "hi"}
        client.leave()
        assert await client.rest() == []
    assert codes == [0]


async def test_a_client_may_discover_and_then_shake_hands_on_one_pipe() -> None:
    async with connected(make_server()[0]) as (client, _):
        assert "result" in await client.call("server/discover", {"_meta": ENVELOPE})
        assert "result" in await client.call("initialize", HELLO)
        await client.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        assert "result" in await client.call("tools/list")
        assert "result" in await client.call("tools/list", {"_meta": ENVELOPE})
        assert "result" in await client.call("ping")


async def test_frames_that_cannot_be_served_are_answered_and_the_next_one_works() -> None:
    frames = [
        b'{"jsonrpc":"2.0","id":5,"method":"ping"',
        b"[]",
        b'{"jsonrpc":"2.0","id":null,"method":"ping"}',
        b'\xef\xbb\xbf{"jsonrpc":"2.0","id":6,"method":"ping"}',
    ]
    async with connected(make_server()[0]) as (client, _):
        for data in frames:
            await client.write(data + b"\n\n")
            assert "error" in await client.reply()
        assert "result" in await client.call("ping")


async def test_a_call_with_half_a_surrogate_pair_gets_an_answer() -> None:
    async with connected(make_server()[0]) as (client, _):
        await client.call("initialize", HELLO)
        reply = await client.call("tools/call", {"name": "echo", "arguments": {"text": "\udcff"}})
        assert reply["result"]["structuredContent"] == {"result": "\ufffd"}


async def test_an_overlong_line_is_answered_with_its_id_and_the_next_one_works() -> None:
    async with connected(make_server()[0]) as (client, _):
        head = b'{"jsonrpc":"2.0","id":77,"method":"ping","params":{"x":"'
        writing = asyncio.create_task(client.write(head + b"A" * MAX_LINE_BYTES + b'"}}\n'))
        reply = await client.reply()
        await writing
        assert (reply["id"], reply["error"]["code"]) == (77, INVALID_REQUEST)
        assert "result" in await client.call("ping")


async def test_a_large_answer_comes_in_one_piece() -> None:
    text = "x" * 500_000
    async with connected(make_server()[0]) as (client, _):
        await client.call("initialize", HELLO)
        reply = await client.call("tools/call", {"name": "echo", "arguments": {"text": text}})
        assert reply["result"]["structuredContent"] == {"result": text}


@pytest.mark.parametrize("meta", [{}, {"_meta": ENVELOPE}])
async def test_a_cancelled_call_is_not_answered_in_either_era(meta: dict[str, Any]) -> None:
    server, waiting = make_server()
    async with connected(server) as (client, _):
        if not meta:
            await client.call("initialize", HELLO)
        request_id = await client.send("tools/call", {"name": "wait", "arguments": {}, **meta})
        await waiting.wait()
        cancel = {"method": "notifications/cancelled", "params": {"requestId": request_id}}
        await client.write(json.dumps({"jsonrpc": "2.0", **cancel}).encode() + b"\n")
        assert "result" in await client.call("tools/list", dict(meta))
        client.leave()
        assert await client.rest() == []


async def test_answers_still_come_out_when_the_input_ends_at_once() -> None:
    async with connected(make_server()[0]) as (client, codes):
        await client.send("initialize", HELLO)
        await client.send("tools/call", {"name": "echo", "arguments": {"text": "late"}})
        client.leave()
        assert [reply["id"] for reply in await client.rest() if "result" in reply] == [1, 2]
    assert codes == [0]


async def test_too_many_open_requests_are_refused_one_by_one() -> None:
    server, _ = make_server()
    async with connected(server) as (client, _):
        await client.call("initialize", HELLO)
        for _ in range(MAX_OPEN_REQUESTS):
            await client.send("tools/call", {"name": "wait", "arguments": {}})
        reply = await client.call("ping")
        assert reply["error"]["code"] == TOO_MANY_REQUESTS
        cancel = {"method": "notifications/cancelled", "params": {"requestId": 2}}
        await client.write(json.dumps({"jsonrpc": "2.0", **cancel}).encode() + b"\n")
        assert "result" in await client.call("ping")


async def test_requests_that_share_an_id_count_each() -> None:
    server, _ = make_server()
    async with connected(server) as (client, _):
        await client.call("initialize", HELLO)
        wait: dict[str, Any] = {"method": "tools/call", "params": {"name": "wait", "arguments": {}}}
        same = json.dumps({"jsonrpc": "2.0", "id": "same", **wait}).encode() + b"\n"
        for _ in range(MAX_OPEN_REQUESTS):
            await client.write(same)
        reply = await client.call("ping")
        assert reply["error"]["code"] == TOO_MANY_REQUESTS


async def test_a_client_that_stops_listening_ends_the_serving() -> None:
    (server_source, client_sink), (client_source, server_sink) = os.pipe(), os.pipe()
    os.close(client_source)
    os.write(client_sink, b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    with anyio.fail_after(20):
        await serve_stdio(make_server()[0], Wire(server_source, server_sink), lambda _: None)
    for descriptor in (server_source, client_sink, server_sink):
        os.close(descriptor)


@pytest.mark.parametrize("ends", [os.pipe, _sockets], ids=["pipe", "socket"])
async def test_the_end_of_input_is_noticed_before_everything_was_read(ends: Ends) -> None:
    (server_source, client_sink), (client_source, server_sink) = ends(), os.pipe()
    _write_all(client_sink, b"[]\n" * 2_000)  # refusals for twice what a pipe holds
    stopped = asyncio.Event()

    def stop(_: int) -> None:
        stopped.set()

    wire = Wire(server_source, server_sink)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve_stdio, make_server()[0], wire, stop)
            await _until_full(server_sink)
            os.close(client_sink)
            await stopped.wait()
    for descriptor in (server_source, client_source, server_sink):
        os.close(descriptor)


async def test_requests_are_read_from_a_regular_file(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"jsonrpc":"2.0","id":1,"method":"ping"}\n', encoding="utf-8")
    source, answers = os.open(requests, os.O_RDONLY), tmp_path / "answers.jsonl"
    sink = os.open(answers, os.O_WRONLY | os.O_CREAT)
    with anyio.fail_after(20):
        await serve_stdio(make_server()[0], Wire(source, sink), lambda _: None)
    os.close(source)
    os.close(sink)
    assert json.loads(answers.read_text(encoding="utf-8")) == {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {},
    }


async def test_a_full_pipe_keeps_nobody_but_the_writer_waiting() -> None:
    source, sink = os.pipe()
    writer, line = LineWriter(sink), b"x" * 1000
    async with anyio.create_task_group() as tasks:
        for _ in range(200):  # three times what a pipe holds
            tasks.start_soon(writer.write, line)
        await _until_full(sink)
        tasks.cancel_scope.cancel()  # returns: the loop was free all the time
    received = await run_sync(lambda: os.read(source, 10_000))
    assert received.startswith(line + b"\n")
    os.close(source)
    os.close(sink)


async def _until_full(sink: int) -> None:
    while select.select([], [sink], [], 0)[1]:
        await anyio.lowlevel.checkpoint()
