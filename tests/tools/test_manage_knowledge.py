import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client

from retrieval.documents import document_id
from retrieval.fake import FakeKnowledge
from retrieval.reports import SyncReport
from server.calls import CallTimes
from server.settings import Settings
from tools.manage_knowledge import describe_report

Connect = Callable[..., AbstractAsyncContextManager[Client]]
pytestmark = pytest.mark.anyio


async def _manage(client: Client, action: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool("manage_knowledge", {"action": action, **arguments})
    assert result.structured_content is not None
    return result.structured_content


async def test_adding_tells_what_was_taken_in_and_what_was_not(connect: Connect) -> None:
    knowledge = FakeKnowledge(files={"a.md": "Apples.", "b.md": "Pears."})
    async with connect(knowledge=knowledge) as client:
        found = await _manage(client, "add", sources=["a.md", "no.md"], tags="fruit")
        again = await _manage(client, "add", sources="a.md", collection="default", tags=["fruit"])
    assert knowledge.adds == [
        (("a.md", "no.md"), "default", ("fruit",)),
        (("a.md",), "default", ("fruit",)),
    ]
    assert found["changes"] == {
        "added": 1,
        "changed": 0,
        "moved": 0,
        "removed": 0,
        "unchanged": 0,
        "failed": 1,
        "seconds": 0.0,
    }
    [failed] = found["failed"]
    assert failed["source"] == "no.md"
    assert "no readable file" in failed["reason"]
    assert again["changes"]["unchanged"] == 1
    assert "failed" not in again


async def test_a_sync_follows_everything_or_one_collection(connect: Connect) -> None:
    knowledge = FakeKnowledge({"a.md": "Old."}, files={"a.md": "New.", "b.md": "B."})
    async with connect(knowledge=knowledge) as client:
        found = await _manage(client, "sync")
        await _manage(client, "sync", collection="other")
        await _manage(client, "sync", sources="b.md")
    assert found["changes"]["changed"] == 1
    assert knowledge.syncs == [(None, False), ("other", False)]
    assert knowledge.adds == [(("b.md",), "default", ())]


async def test_removing_forgets_sources_or_a_whole_collection(connect: Connect) -> None:
    knowledge = FakeKnowledge({"a.md": "A.", "b.md": "B."}, collection="x")
    async with connect(knowledge=knowledge) as client:
        assert (await _manage(client, "remove", sources="a.md"))["changes"]["removed"] == 1
        assert (await _manage(client, "remove", collection="x"))["changes"]["removed"] == 1
        assert (await _manage(client, "list"))["total"] == 0


@pytest.mark.parametrize("action", ["add", "remove"])
async def test_an_action_without_an_object_is_refused(connect: Connect, action: str) -> None:
    knowledge = FakeKnowledge({"a.md": "A."})
    async with connect(knowledge=knowledge) as client:
        found = await _manage(client, action)
    assert found["status"] == "failed"
    assert action in found["error"]["message"]
    assert (await knowledge.status()).documents == 1


def test_files_of_other_kinds_are_told_where_there_are_any() -> None:
    found = describe_report(SyncReport(added=1, unsupported=3)).changes
    assert found is not None
    assert found.unsupported == 3
    plain = describe_report(SyncReport(added=1)).model_dump(exclude_none=True)
    assert "unsupported" not in plain["changes"]


async def test_the_list_comes_in_parts(connect: Connect) -> None:
    knowledge = FakeKnowledge({f"{i:03}.md": ["One.", "Two."] for i in range(130)})
    async with connect(knowledge=knowledge) as client:
        first = await _manage(client, "list")
        second = await _manage(client, "list", offset=first["next_offset"])
    assert [len(part["documents"]) for part in (first, second)] == [100, 30]
    assert first["total"] == second["total"] == 130
    assert "next_offset" not in second
    id_ = document_id("default", "000.md")
    assert first["documents"][0] == {
        "id": id_,
        "source": "000.md",
        "collection": "default",
        "link": f"chalklens://knowledge/{id_}",
        "pages": 2,
        "chunks": 2,
        "characters": 10,
    }


async def test_the_status_counts(connect: Connect) -> None:
    async with connect(knowledge=FakeKnowledge({"a.md": "A.\n\nB."})) as client:
        found = await _manage(client, "status")
    assert found["knowledge"] == {
        "state": "ready",
        "store": "fake",
        "documents": 1,
        "chunks": 2,
        "failed": 0,
        "collections": {"default": 1},
        "embedder": "fake",
    }


async def test_long_work_becomes_a_job_that_says_how_far_it_is(connect: Connect) -> None:
    gate = asyncio.Event()
    knowledge = FakeKnowledge(files={"a.md": "A."}, gate=gate)
    async with connect(knowledge=knowledge, times=CallTimes(0.0, 0.1)) as client:
        started = await _manage(client, "add", sources="a.md")
        assert started["status"] == "running"
        ask = {"action": "job", "job_id": started["job_id"]}
        running = (await client.call_tool("server_status", ask)).structured_content
        assert running is not None
        assert running["message"] == "add under way"
        gate.set()
        while running["status"] == "running":
            running = (await client.call_tool("server_status", ask)).structured_content
            assert running is not None
    assert running["result"]["changes"]["added"] == 1


async def test_it_says_that_it_changes_and_removes_and_read_only_leaves_it_out(
    connect: Connect,
) -> None:
    async with connect() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    hints = tools["manage_knowledge"].annotations
    assert hints is not None
    assert (hints.read_only_hint, hints.destructive_hint) == (False, True)
    async with connect(Settings(roots=(), read_only=True)) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
    assert "manage_knowledge" not in names
    assert "search_knowledge" in names
