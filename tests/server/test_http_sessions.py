import asyncio
from typing import Any

import pytest
from mcp.server import MCPServer
from starlette.types import Receive, Scope, Send

from server.http_sessions import SessionShelf
from tests.server.asgi_driver import PING, ask

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
INITIALIZE = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
    b'"capabilities":{},"clientInfo":{"name":"test","version":"0"}}}'
)


class Sdk:
    """The SDK's app with a shelf for `max_sessions` in front of it."""

    def __init__(self, max_sessions: int) -> None:
        mcp: MCPServer[Any] = MCPServer("test", log_level="ERROR")
        app = mcp.streamable_http_app(max_sessions=max_sessions, transport_security=None, host="x")
        self.manager = mcp.session_manager
        self.shelf = SessionShelf(app, max_sessions)

    async def open(self) -> str:
        answer = await ask(self.shelf, JSON, [INITIALIZE])
        assert answer.status == 200
        return answer.headers["mcp-session-id"]

    async def ping(self, session_id: str) -> int:
        return (await ask(self.shelf, {**JSON, "mcp-session-id": session_id}, [PING])).status


async def test_a_new_client_takes_the_place_of_the_one_unused_for_longest() -> None:
    sdk = Sdk(max_sessions=2)
    async with sdk.manager.run():
        first, second = await sdk.open(), await sdk.open()
        assert await sdk.ping(first) == 200
        third = await sdk.open()
        assert [await sdk.ping(name) for name in (first, second, third)] == [200, 404, 200]


async def test_many_clients_that_never_say_goodbye_are_all_served() -> None:
    sdk = Sdk(max_sessions=3)
    async with sdk.manager.run():
        assert len({await sdk.open() for _ in range(20)}) == 20


async def test_an_id_made_up_by_a_client_is_not_adopted() -> None:
    sdk = Sdk(max_sessions=2)
    async with sdk.manager.run():
        assert await sdk.ping("made-up") == 404
        answer = await ask(sdk.shelf, {**JSON, "mcp-session-id": "made-up"}, [INITIALIZE])
        assert answer.status == 404


async def test_a_session_that_was_ended_by_its_client_leaves_room() -> None:
    sdk = Sdk(max_sessions=2)
    async with sdk.manager.run():
        first, second = await sdk.open(), await sdk.open()
        headers = {**JSON, "mcp-session-id": second}
        assert (await ask(sdk.shelf, headers, [b" "], method="DELETE")).status == 200
        await sdk.open()
        assert await sdk.ping(first) == 200


async def test_a_session_in_use_is_never_ended() -> None:
    busy, let_go, ended = asyncio.Event(), asyncio.Event(), list[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        name = headers.get(b"mcp-session-id", b"").decode()
        if scope["method"] == "DELETE":
            ended.append(name)
        elif scope["method"] == "GET":
            busy.set()
            await let_go.wait()
        own = [(b"mcp-session-id", b"s%d" % next(names))] if not name else []
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": b""})

    names = iter(range(10))
    shelf = SessionShelf(app, max_sessions=2)
    await ask(shelf, JSON, [INITIALIZE])
    stream = asyncio.create_task(ask(shelf, {"mcp-session-id": "s0"}, method="GET"))
    await busy.wait()
    await ask(shelf, JSON, [INITIALIZE])
    await ask(shelf, JSON, [INITIALIZE])
    assert ended == ["s1"]
    let_go.set()
    assert (await stream).status == 200
