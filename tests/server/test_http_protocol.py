import asyncio
import socket

import pytest
from starlette.types import Receive, Scope, Send

from server.http_protocol import GuardedProtocol, is_loopback
from server.http_transport import HttpServer
from tests.server.http_driver import Driver, parse, running

pytestmark = pytest.mark.anyio


class Hasty(GuardedProtocol):
    """Cuts at once, so that a test need not wait."""

    header_deadline_s = 0.01


class Small(GuardedProtocol):
    """Has room for three."""

    max_connections = 3


class Stage:
    """An app that holds requests to /wait until it is let go."""

    def __init__(self) -> None:
        self.waiting = 0
        self.changed, self.let_go = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["path"] == "/wait":
            self.waiting += 1
            self.changed.set()
            await self.let_go.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _live(receive: Receive, send: Send) -> None:
    for kind in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{kind}.complete"})


def server(app: Stage, protocol: type[GuardedProtocol]) -> HttpServer:
    return HttpServer(app, socket.create_server(("127.0.0.1", 0)), protocol)


async def half_open(driver: Driver) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await driver.connect()
    writer.write(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-a: ")
    await writer.drain()
    return reader, writer


async def is_cut(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_a_request_whose_headers_do_not_end_is_cut() -> None:
    async with running(server(Stage(), Hasty)) as driver:
        reader, writer = await half_open(driver)
        assert await is_cut(reader)
        writer.close()


async def test_a_connection_that_says_nothing_is_cut() -> None:
    async with running(server(Stage(), Hasty)) as driver:
        reader, writer = await driver.connect()
        assert await is_cut(reader)
        writer.close()


async def test_a_request_that_is_worked_on_is_not_cut() -> None:
    stage = Stage()
    async with running(server(stage, Hasty)) as driver:
        asked = asyncio.create_task(driver.ask(path="/wait"))
        await stage.changed.wait()
        reader, writer = await driver.connect()
        assert await is_cut(reader)  # by now the deadline of the other is over as well
        writer.close()
        stage.let_go.set()
        assert (await asked).status == 204


async def test_a_connection_that_is_kept_gets_a_new_deadline_with_the_next_request() -> None:
    async with running(server(Stage(), Hasty)) as driver:
        reader, writer = await driver.connect()
        writer.write(driver.head("GET", "/", {"Connection": "keep-alive"}))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        writer.write(b"GET / HTT")
        assert await is_cut(reader)
        writer.close()


async def test_a_real_request_takes_the_place_of_the_oldest_half_open_one() -> None:
    async with running(server(Stage(), Small)) as driver:
        crowd = [await half_open(driver) for _ in range(3)]
        assert (await driver.ask(path="/")).status == 204
        assert await is_cut(crowd[0][0])
        for _, writer in crowd:
            writer.close()


async def test_where_all_connections_are_at_work_a_new_one_is_told_to_come_again() -> None:
    stage = Stage()
    async with running(server(stage, Small)) as driver:
        asked = [asyncio.create_task(driver.ask(path="/wait")) for _ in range(3)]
        while stage.waiting < 3:
            stage.changed.clear()
            await stage.changed.wait()
        reader, writer = await driver.connect()
        reply = parse(await reader.read())
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
        writer.close()
        stage.let_go.set()
        assert [(await task).status for task in asked] == [204] * 3


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("fe80::1%eth0", False),
        ("192.168.1.5", False),
        ("::ffff:192.168.1.5", False),
    ],
)
async def test_loopback_is_told_from_the_network(address: str, expected: bool) -> None:
    assert is_loopback((address, 1)) is expected
    assert is_loopback(None)
