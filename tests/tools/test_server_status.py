from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from mcp import Client

from chalklens.engines.absent import AbsentEngine
from server.calls import CallTimes
from server.settings import Settings

Connect = Callable[..., AbstractAsyncContextManager[Client]]
pytestmark = pytest.mark.anyio


async def test_it_names_folders_policy_engine_and_limits_but_no_paths(
    connect: Connect, tmp_path: Path
) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    async with connect(Settings(roots=(folder,)), engine=AbsentEngine()) as client:
        result = await client.call_tool("server_status", {})
    found = result.structured_content
    assert found is not None
    assert found["roots"] == ["sheets"]
    assert str(tmp_path) not in str(found)
    assert found["urls"] == "off"
    assert found["engine"]["state"] == "absent"
    assert "chalklens models pull" in found["engine"]["detail"]
    assert found["protocol"] == "2026-07-28"
    assert found["jobs"] == {"running": 0, "finished": 0, "capacity": 32}
    assert found["limits"]["images"] == 8
    assert "memory_mib" not in found


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(roots=(), allow_url=True), "public hosts"),
        (Settings(roots=(), allow_url_hosts=("example.org",)), "only from example.org"),
        (Settings(roots=(), allow_url=True, allow_private_hosts=True), "any host"),
    ],
)
async def test_the_url_policy_is_told(connect: Connect, settings: Settings, told: str) -> None:
    async with connect(settings) as client:
        result = await client.call_tool("server_status", {})
    assert result.structured_content is not None
    assert result.structured_content["urls"] == told


async def test_memory_is_told_when_asked(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("server_status", {"action": "memory"})
    assert result.structured_content is not None
    assert result.structured_content["memory_mib"] > 1


async def test_a_long_call_becomes_a_job_whose_result_is_the_call_s(connect: Connect) -> None:
    async with connect(times=CallTimes(soft_limit_s=0)) as client:
        ticket = await client.call_tool("read_text", {"image": "sheet.png"})
        assert ticket.structured_content is not None
        assert ticket.structured_content["status"] == "running"
        question = {"action": "job", "job_id": ticket.structured_content["job_id"]}
        found = await client.call_tool("server_status", question)
        while found.structured_content and found.structured_content["status"] == "running":
            found = await client.call_tool("server_status", question)
    assert found.structured_content is not None
    assert found.structured_content["status"] == "done"
    assert found.structured_content["tool"] == "read_text"
    assert found.structured_content["result"]["picture"]["name"] == "sheet.png"


async def test_a_job_id_alone_asks_for_the_job_and_never_gets_the_status_of_the_server(
    connect: Connect,
) -> None:
    async with connect(times=CallTimes(soft_limit_s=0)) as client:
        ticket = await client.call_tool("read_text", {"image": "sheet.png"})
        assert ticket.structured_content is not None
        job_id = ticket.structured_content["job_id"]
        for arguments in ({"job_id": job_id}, {"job_id": job_id, "action": "memory"}):
            found = await client.call_tool("server_status", arguments)
            assert found.structured_content is not None
            assert found.structured_content["job_id"] == job_id
            assert "version" not in found.structured_content
        unknown = await client.call_tool("server_status", {"job_id": "0" * 32})
    assert unknown.is_error


async def test_an_unknown_job_is_told_with_the_way_out(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("server_status", {"action": "job", "job_id": "0" * 32})
    assert result.is_error
    assert result.structured_content is not None
    assert result.structured_content["error"]["code"] == "unknown_job"
