import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.types import ListResourcesResult

from chalklens.media.fake import FakeMedia
from chalklens.sessions.records import CallRecord, SessionInfo
from server.app import ChalklensServer
from server.calls import CallTimes
from server.recording import HANDLE_META_KEY, SessionBook
from server.settings import Settings
from tests.server.http_driver import ENVELOPE, INITIALIZE, Driver, listening, message

MakeServer = Callable[..., ChalklensServer]
pytestmark = pytest.mark.anyio
TOKEN, OTHER_TOKEN = "first_token_of_two_0123456789", "other_token_of_two_0123456789"
READ = {"image": "sheet.png"}
TURNS = [{"role": "user", "content": "Hello."}]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(roots=(), data_dir=tmp_path / "data")


async def recorded(mcp: ChalklensServer, principal: str = "local") -> list[list[CallRecord]]:
    """Calls of each session, the session used last first."""
    archive = mcp.recording.archive
    await archive.recorder.write(lambda _store: None)  # all that was ordered before is on the disk
    infos: list[SessionInfo] = await archive.list_sessions(principal)
    return [(await archive.read_session(info.id, principal))[1] for info in infos]


async def _until(check: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not check():
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_every_call_is_recorded_but_those_of_status(
    make_server: MakeServer, settings: Settings, mode: str
) -> None:
    mcp = make_server(settings)
    async with Client(mcp, mode=mode) as client:
        await client.call_tool("read_text", READ)
        await client.call_tool("server_status", {})
        await client.call_tool("read_text", {"imagee": "x\u202e"})
        await client.call_tool("no_such_tool", {})
        status = await client.call_tool("server_status", {})
        [calls] = await recorded(mcp)
    assert [(call.tool, call.status) for call in calls] == [
        ("read_text", "done"),
        ("read_text", "failed"),
        ("no_such_tool", "failed"),
    ]
    assert calls[1].details["arguments"] == {"imagee": "x\\u202e"}
    assert calls[0].seconds >= 0
    assert status.structured_content is not None
    assert status.structured_content["record"] == "on"
    assert status.meta is None or HANDLE_META_KEY not in status.meta


async def test_nothing_is_written_with_recording_off(
    make_server: MakeServer, settings: Settings
) -> None:
    mcp = make_server(settings.model_copy(update={"record": False}))
    async with Client(mcp) as client:
        assert not (await client.call_tool("read_text", READ)).is_error
    assert not settings.data_folder.exists()


async def test_a_record_that_cannot_be_written_costs_no_answer_and_is_said(
    make_server: MakeServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.data_folder.write_text("a file where the folder should be", encoding="utf-8")
    async with Client(make_server(settings)) as client:
        answer = await client.call_tool("read_text", READ)
        await _until(lambda: "this call is not recorded" in caplog.text)
        status = await client.call_tool("server_status", {})
        resources = await client.list_resources()
        with pytest.raises(Exception, match="no such session"):
            await client.read_resource(f"chalklens://sessions/{'0' * 32}/calls")
    assert not answer.is_error
    assert status.structured_content is not None
    assert status.structured_content["record"].startswith("failing, 1 calls not recorded: ")
    assert len(resources.resources) == 3


async def test_a_job_is_recorded_as_running_and_then_with_its_end(
    make_server: MakeServer, settings: Settings
) -> None:
    gate = asyncio.Event()
    mcp = make_server(settings, media=FakeMedia(gate=gate), times=CallTimes(soft_limit_s=0))
    async with Client(mcp) as client:
        ticket = await client.call_tool("read_text", READ)
        assert ticket.structured_content is not None
        [[running]] = await recorded(mcp)
        gate.set()
        job_id = ticket.structured_content["job_id"]
        await mcp.runtime.jobs.find(job_id, "local").task
        await mcp.recording.settle()
        [[done]] = await recorded(mcp)
    assert (running.status, done.status) == ("running", "done")
    assert running.id == done.id
    assert done.details["pictures"][0]["name"] == "sheet.png"


@pytest.mark.parametrize("failing", [True, False])
async def test_a_job_that_fails_or_is_stopped_is_recorded_as_such(
    make_server: MakeServer, settings: Settings, failing: bool
) -> None:
    gate = asyncio.Event()
    media = FakeMedia({"sheet.png": RuntimeError("a bug")}, gate=gate)
    mcp = make_server(settings, media=media, times=CallTimes(soft_limit_s=0))
    async with Client(mcp) as client:
        ticket = await client.call_tool("read_text", READ)
        assert ticket.structured_content is not None
        job_id = ticket.structured_content["job_id"]
        if failing:
            gate.set()
            await asyncio.wait([mcp.runtime.jobs.find(job_id, "local").task])
        else:
            await client.call_tool("server_status", {"action": "cancel", "job_id": job_id})
        await mcp.recording.settle()
        [[call]] = await recorded(mcp)
    assert call.status == ("failed" if failing else "cancelled")
    assert "bug in the server" in call.answer or not failing


async def test_a_call_that_is_cancelled_is_recorded_as_cancelled(
    make_server: MakeServer, settings: Settings
) -> None:
    media = FakeMedia(gate=asyncio.Event())
    mcp = make_server(settings, media=media)
    async with Client(mcp) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "read_text", READ)
            await _until(lambda: bool(media.loads))
            group.cancel_scope.cancel()
        await _until(lambda: media.cancelled == 1)
        await _until(lambda: mcp.recording.archive.recorder.ordered > 0)
        [[call]] = await recorded(mcp)
    assert (call.tool, call.status) == ("read_text", "cancelled")


async def test_two_connections_over_sse_are_two_sessions(
    make_server: MakeServer, settings: Settings
) -> None:
    mcp = make_server(settings)
    async with listening(mcp, transport="sse") as driver:
        for mode in ("auto", "legacy"):
            address = f"http://localhost:{driver.port}/sse"
            async with Client(sse_client(address), mode=mode) as client:
                await client.call_tool("read_text", READ)
                answer = await client.call_tool("read_text", READ)
                assert HANDLE_META_KEY not in (answer.meta or {})
        assert [len(calls) for calls in await recorded(mcp)] == [2, 2]


async def call(
    driver: Driver, tool: str, arguments: Mapping[str, Any], token: str, handle: str = ""
) -> dict[str, Any]:
    """Call a tool as one request of 2026-07-28 and return the result."""
    meta = ENVELOPE | ({HANDLE_META_KEY: handle} if handle else {})
    body = message("tools/call", {"name": tool, "arguments": arguments, "_meta": meta})
    reply = await driver.ask(
        body,
        MCP_Protocol_Version="2026-07-28",
        Mcp_Method="tools/call",
        Mcp_Name=tool,
        Authorization=f"Bearer {token}",
    )
    text = reply.body.decode()
    if "data: " in text:  # it was streamed
        text = text.rpartition("data: ")[2]
    return json.loads(text)["result"]


async def read(driver: Driver, uri: str, token: str) -> str:
    body = message("resources/read", {"uri": uri, "_meta": ENVELOPE})
    reply = await driver.ask(
        body,
        MCP_Protocol_Version="2026-07-28",
        Mcp_Method="resources/read",
        Mcp_Name=uri,
        Authorization=f"Bearer {token}",
    )
    return reply.body.decode()


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    file = tmp_path / "tokens"
    file.write_text(f"{TOKEN}\n{OTHER_TOKEN}\n", encoding="utf-8")
    return file


async def test_without_sessions_a_handle_ties_calls_together_for_its_principal_only(
    make_server: MakeServer, settings: Settings, tokens: Path
) -> None:
    mcp = make_server(settings)
    async with listening(mcp, token_file=tokens) as driver:
        first = await call(driver, "read_text", READ, TOKEN)
        handle = first["_meta"][HANDLE_META_KEY]
        again = await call(driver, "read_text", READ, TOKEN)
        named = await call(driver, "read_text", READ, TOKEN, handle)
        foreign = await call(driver, "read_text", READ, OTHER_TOKEN, handle)
        made_up = await call(driver, "read_text", READ, OTHER_TOKEN, "f" * 32)
        saved = await call(driver, "save_session_summary", {"session": handle}, TOKEN)
        stolen = await call(driver, "save_session_summary", {"session": handle}, OTHER_TOKEN)
        link = saved["structuredContent"]["link"]
        mine = [await read(driver, uri, TOKEN) for uri in ("chalklens://sessions", link)]
        uris = ("chalklens://sessions", link, f"chalklens://sessions/{handle}/calls")
        theirs = [await read(driver, uri, OTHER_TOKEN) for uri in uris]
    assert len(handle) == 32
    assert {one["_meta"][HANDLE_META_KEY] for one in (again, named)} == {handle}
    other = {one["_meta"][HANDLE_META_KEY] for one in (foreign, made_up)}
    assert len(other) == 1
    assert not other & {handle, "f" * 32}
    assert saved["structuredContent"]["calls"] == 3
    assert stolen["structuredContent"]["error"]["code"] == "unknown_session"
    assert handle in mine[0]
    assert "sheet.png" in mine[1]
    assert handle not in theirs[0]
    assert all('"error"' in text for text in theirs[1:])


async def test_sessions_of_the_handshake_are_kept_apart_by_their_id(
    make_server: MakeServer, settings: Settings, tokens: Path
) -> None:
    mcp = make_server(settings)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with listening(mcp, token_file=tokens) as driver:
        for _ in range(2):
            opened = await driver.ask(INITIALIZE, **bearer)
            body = message("tools/call", {"name": "read_text", "arguments": READ}, 2)
            reply = await driver.ask(body, MCP_Session_Id=opened.session_id, **bearer)
            assert HANDLE_META_KEY.encode() not in reply.body
        [info, _] = await mcp.recording.archive.list_sessions(
            (await principals(mcp)).pop(), limit=10
        )
    assert info.calls == 1
    assert info.client == "test"


async def principals(mcp: ChalklensServer) -> set[str]:
    from chalklens.sessions import queries

    with queries.reading(mcp.recording.archive.recorder.folder) as connection:
        return {one.principal for one in queries.list_sessions(connection, None, 10)}


async def test_saved_summaries_are_listed_and_clients_are_told(
    make_server: MakeServer, settings: Settings
) -> None:
    told: list[str] = []

    async def note(message: Any) -> None:
        told.append(type(getattr(message, "root", message)).__name__)

    mcp = make_server(settings)
    async with Client(mcp, mode="legacy", message_handler=note) as client:
        capabilities = client.server_capabilities
        before: ListResourcesResult = await client.list_resources()
        saved = await client.call_tool("save_session_summary", {"turns": TURNS})
        after = await client.list_resources()
        await _until(lambda: bool(told))
    assert capabilities is not None
    assert capabilities.resources is not None
    assert capabilities.resources.list_changed
    assert saved.structured_content is not None
    new = {r.uri for r in after.resources} - {r.uri for r in before.resources}
    assert new == {saved.structured_content["link"]}
    assert "ResourceListChangedNotification" in told


async def test_clients_that_listen_are_told(make_server: MakeServer, settings: Settings) -> None:
    async with (
        Client(make_server(settings)) as client,
        client.listen(resources_list_changed=True) as events,
    ):
        await client.call_tool("save_session_summary", {"turns": TURNS})
        with anyio.fail_after(30):
            event = await anext(aiter(events))
    assert type(event).__name__ == "ResourcesListChanged"


async def test_a_session_resource_tells_the_calls_and_no_other_principals(
    make_server: MakeServer, settings: Settings
) -> None:
    async with Client(make_server(settings)) as client:
        await client.call_tool("read_text", READ)
        listed = await client.read_resource("chalklens://sessions?limit=5")
        [session] = json.loads(getattr(listed.contents[0], "text", ""))["sessions"]
        read_back = await client.read_resource(session["uri"])
    document = json.loads(getattr(read_back.contents[0], "text", ""))
    assert document["calls"] == document["told"] == 1
    assert document["record"][0]["tool"] == "read_text"


class FakeRequest:
    """What a session book reads of a request."""

    def __init__(self, client: str) -> None:
        self.headers: dict[str, str] = {}
        self.query_params = {"session_id": "made-up"}  # means nothing but on the path of SSE
        self.scope = {"path": "/mcp"}
        self.client = client


class FakeContext:
    """A call over HTTP of 2026-07-28."""

    protocol_version = "2026-07-28"

    def __init__(self, client: str = "host", meta: dict[str, Any] | None = None) -> None:
        self.request = FakeRequest(client)
        self.meta = meta or {}
        self.name = client
        self.client_info = self.client_params = self
        self.request_context = self.session = self


def find(book: SessionBook, *arguments: Any) -> str:
    context: Any = FakeContext(*arguments)
    return book.find(context).id


def test_calls_without_a_handle_begin_a_new_session_after_a_while() -> None:
    now = [0.0]
    book = SessionBook(idle_s=10, clock_s=lambda: now[0])
    first = find(book)
    now[0] = 9.0
    assert find(book) == first
    assert find(book, "another host") != first
    now[0] = 30.0
    second = find(book)
    assert second != first
    assert find(book, "host", {HANDLE_META_KEY: first}) == first
    assert find(book) == second


def test_a_book_is_bounded() -> None:
    book = SessionBook(capacity=2)
    first = find(book, "1")
    for number in range(2, 5):
        find(book, str(number))
    assert find(book, "1") != first
