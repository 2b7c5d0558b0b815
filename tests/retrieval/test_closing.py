"""A knowledge base that is closed while its workers are busy, or do not answer at all."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chalklens.errors import WorkerError
from chalklens.media.access import AccessPolicy
from chalklens.types import SearchRequest
from chalklens.workers.process import WorkerSpec
from retrieval.configuration import KnowledgeConfig
from retrieval.knowledge import Knowledge

pytestmark = pytest.mark.anyio

SPEC = WorkerSpec("silent", "silent_worker:serve", {"PYTHONPATH": str(Path(__file__).parent)})
CALLS: dict[str, Callable[[Knowledge], Awaitable[Any]]] = {
    "search": lambda knowledge: knowledge.search(SearchRequest("zebras")),
    "status": lambda knowledge: knowledge.status(),
    "warm": lambda knowledge: knowledge.warm(),
    "sync": lambda knowledge: knowledge.sync(),
    "read": lambda knowledge: knowledge.read_document("abc"),
}


@contextlib.asynccontextmanager
async def open_silent(folder: Path) -> AsyncGenerator[Knowledge]:
    knowledge = Knowledge(KnowledgeConfig(folder, AccessPolicy(roots=())), specs=(SPEC, SPEC))
    async with asyncio.timeout(60):
        try:
            yield knowledge
        finally:
            await knowledge.close()


async def ask(knowledge: Knowledge, name: str) -> Any:
    return await CALLS[name](knowledge)


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_waits_fails_when_the_knowledge_base_is_closed(
    tmp_path: Path, name: str
) -> None:
    async with open_silent(tmp_path) as knowledge:
        asking = asyncio.create_task(ask(knowledge, name))
        while not any(worker.pid for worker in knowledge.workers):
            await asyncio.sleep(0)
        await knowledge.close()
        with pytest.raises(WorkerError):
            await asking
        assert [worker.pid for worker in knowledge.workers] == [None, None]


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_comes_after_the_end_is_told_so_and_starts_nothing(
    tmp_path: Path, name: str
) -> None:
    async with open_silent(tmp_path) as knowledge:
        await knowledge.close()
        with pytest.raises(WorkerError, match="shut down"):
            await ask(knowledge, name)
        assert [worker.starts for worker in knowledge.workers] == [0, 0]


async def test_closing_twice_at_the_same_time_is_fine(tmp_path: Path) -> None:
    async with open_silent(tmp_path) as knowledge:
        asking = asyncio.create_task(ask(knowledge, "search"))
        await asyncio.sleep(0)
        await asyncio.gather(knowledge.close(), knowledge.close())
        with pytest.raises(WorkerError):
            await asking


async def test_a_close_that_is_cancelled_leaves_no_process_running(tmp_path: Path) -> None:
    async with open_silent(tmp_path) as knowledge:
        asking = asyncio.create_task(ask(knowledge, "search"))
        while knowledge.workers[0].pid is None:
            await asyncio.sleep(0)
        closing = asyncio.create_task(knowledge.close())
        for _ in range(3):  # until it waits for the process
            await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        with pytest.raises(WorkerError):
            await asking
        assert knowledge.workers[0].pid is None
