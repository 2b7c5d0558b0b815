import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from mcp import Client

from chalklens.engines.fake import FakeEngine
from chalklens.media.fake import FakeMedia
from server.app import ChalklensServer
from server.calls import CallTimes
from server.jobs import JobTable

MakeServer = Callable[..., ChalklensServer]
pytestmark = pytest.mark.anyio

QUICK = CallTimes(soft_limit_s=60, beat_s=0.001)
IMAGE = {"image": "sheet.png"}
QUESTION: dict[str, Any] = {"images": ["sheet.png"], "question": "What?"}


class Beats:
    """Remembers progress; `enough` is set after `count` messages."""

    def __init__(self, count: int = 3) -> None:
        self.values: list[float] = []
        self.messages: list[str] = []
        self.enough = asyncio.Event()
        self._count = count

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        self.values.append(progress)
        self.messages.append(message or "")
        if len(self.values) >= self._count:
            self.enough.set()


async def _until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not condition():
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_progress_tells_what_goes_on_and_always_grows(
    make_server: MakeServer, mode: str
) -> None:
    beats, gate = Beats(), asyncio.Event()
    mcp = make_server(media=FakeMedia(gate=gate), times=QUICK)
    async with Client(mcp, mode=mode) as client, anyio.create_task_group() as group:

        async def call() -> None:
            await client.call_tool("read_text", IMAGE, progress_callback=beats)

        group.start_soon(call)
        await beats.enough.wait()
        gate.set()
    assert all(
        later > earlier for earlier, later in zip(beats.values, beats.values[1:], strict=False)
    )
    assert set(beats.messages) == {"reading the text (0 s)"}


async def test_progress_of_an_answer_counts_its_tokens(make_server: MakeServer) -> None:
    beats, gate = Beats(), asyncio.Event()
    mcp = make_server(engine=FakeEngine(["One two three."], gate=gate), times=QUICK)
    async with Client(mcp) as client, anyio.create_task_group() as group:

        async def call() -> None:
            await client.call_tool("analyze_image", QUESTION, progress_callback=beats)

        group.start_soon(call)
        await beats.enough.wait()
        gate.set()
    assert "answering, 1 tokens so far (0 s)" in beats.messages


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_cancels_stops_the_work(make_server: MakeServer, mode: str) -> None:
    beats, media = Beats(1), FakeMedia(gate=asyncio.Event())
    mcp = make_server(media=media, times=QUICK)
    async with Client(mcp, mode=mode) as client:
        async with anyio.create_task_group() as group:

            async def call() -> None:
                await client.call_tool("read_text", IMAGE, progress_callback=beats)

            group.start_soon(call)
            await beats.enough.wait()
            group.cancel_scope.cancel()
        await _until(lambda: media.cancelled == 1)
        assert mcp.runtime.jobs.count()["running"] == 0


async def test_a_cancelled_answer_stops_the_engine(make_server: MakeServer) -> None:
    engine = FakeEngine(["One two three."], gate=asyncio.Event())
    beats = Beats(1)
    async with Client(make_server(engine=engine, times=QUICK)) as client:
        async with anyio.create_task_group() as group:

            async def call() -> None:
                await client.call_tool("analyze_image", QUESTION, progress_callback=beats)

            group.start_soon(call)
            await beats.enough.wait()
            group.cancel_scope.cancel()
        await _until(lambda: engine.cancelled == 1)


async def test_past_the_soft_limit_the_work_goes_on_as_a_job(make_server: MakeServer) -> None:
    gate = asyncio.Event()
    mcp = make_server(media=FakeMedia(gate=gate), times=CallTimes(soft_limit_s=0))
    async with Client(mcp) as client:
        ticket = await client.call_tool("read_text", IMAGE)
        assert not ticket.is_error
        assert ticket.structured_content is not None
        assert ticket.structured_content["status"] == "running"
        job_id = ticket.structured_content["job_id"]
        ask = {"action": "job", "job_id": job_id}
        found = (await client.call_tool("server_status", ask)).structured_content
        assert found is not None
        assert (found["status"], found["message"]) == ("running", "reading the text")
        gate.set()
        await _until(lambda: mcp.runtime.jobs.find(job_id, "local").status == "done")
        found = (await client.call_tool("server_status", ask)).structured_content
    assert found is not None
    assert found["result"]["picture"]["name"] == "sheet.png"


async def test_a_job_can_be_stopped(make_server: MakeServer) -> None:
    media = FakeMedia(gate=asyncio.Event())
    async with Client(make_server(media=media, times=CallTimes(soft_limit_s=0))) as client:
        ticket = await client.call_tool("read_text", IMAGE)
        assert ticket.structured_content is not None
        stop = {"action": "cancel", "job_id": ticket.structured_content["job_id"]}
        found = await client.call_tool("server_status", stop)
    assert found.structured_content is not None
    assert found.structured_content["status"] == "cancelled"


async def test_a_failed_job_tells_why(
    make_server: MakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    media = FakeMedia({"sheet.png": RuntimeError("/home/me/secret.py")})
    mcp = make_server(media=media, times=CallTimes(soft_limit_s=0))
    async with Client(mcp) as client:
        ticket = await client.call_tool("read_text", IMAGE)
        assert ticket.structured_content is not None
        job_id = ticket.structured_content["job_id"]
        await _until(lambda: mcp.runtime.jobs.find(job_id, "local").status == "failed")
        found = await client.call_tool("server_status", {"action": "job", "job_id": job_id})
    assert not found.is_error
    assert found.structured_content is not None
    assert found.structured_content["status"] == "failed"
    assert found.structured_content["error"]["code"] == "internal"
    assert "secret" not in str(found)
    assert "secret" in caplog.text


async def test_with_no_room_for_a_job_the_work_is_stopped(make_server: MakeServer) -> None:
    media = FakeMedia(gate=asyncio.Event())
    mcp = make_server(media=media, jobs=JobTable(capacity=1), times=CallTimes(soft_limit_s=0))
    async with Client(mcp) as client:
        await client.call_tool("read_text", IMAGE)
        await _until(lambda: len(media.loads) == 1)
        refused = await client.call_tool("read_text", IMAGE)
        assert refused.structured_content is not None
        assert refused.structured_content["error"]["code"] == "busy"
        assert mcp.runtime.jobs.count()["running"] == 1


async def test_running_jobs_end_with_the_server(make_server: MakeServer) -> None:
    media = FakeMedia(gate=asyncio.Event())
    async with Client(make_server(media=media, times=CallTimes(soft_limit_s=0))) as client:
        await client.call_tool("read_text", IMAGE)
        await _until(lambda: len(media.loads) == 1)
    assert media.cancelled == 1
