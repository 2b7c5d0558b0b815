import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import BusyError, InputError, MediaReferenceError, WorkerError
from chalklens.media.access import AccessPolicy
from chalklens.types import SearchRequest
from retrieval.configuration import KnowledgeConfig
from retrieval.knowledge import INDEXING, Knowledge, make_worker_specs
from retrieval.reports import SyncReport
from retrieval.watching import WatchTimes
from retrieval.writer_lock import WriterLock

pytestmark = pytest.mark.anyio

QUICK = WatchTimes(settle_ms=20, collect_ms=200, look_ms=50)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# Zebras\n\nzebras have stripes", "utf-8")
    return folder


@contextlib.asynccontextmanager
async def open_knowledge(tmp_path: Path, defaults: Path | None = None) -> AsyncGenerator[Knowledge]:
    config = KnowledgeConfig(
        tmp_path / "knowledge",
        AccessPolicy(roots=(tmp_path / "docs",)),
        embedder="fake",
        reranker="none",
        defaults=defaults,
    )
    knowledge = Knowledge(config, times=QUICK)
    try:
        yield knowledge
    finally:
        await knowledge.close()


async def sources_of(knowledge: Knowledge, query: str) -> list[str]:
    result = await knowledge.search(SearchRequest(query))
    return [hit.source for hit in result.hits]


async def test_documents_are_added_found_listed_read_followed_and_removed(
    tmp_path: Path, docs: Path
) -> None:
    steps: list[tuple[int, int]] = []

    def note(done: int, total: int, what: str) -> None:
        steps.append((done, total))

    async with open_knowledge(tmp_path) as knowledge:
        assert (await knowledge.search(SearchRequest("zebras"))).hits == ()
        report = await knowledge.add(["."], "notes", ["animals"], note)
        assert (report.added, report.failed) == (1, ())
        assert steps[-1] == (1, 1)
        [hit] = (await knowledge.search(SearchRequest("stripes"))).hits
        assert (hit.source, hit.title, hit.tags) == ("a.md", "Zebras", ("animals",))
        text = await knowledge.read_document(hit.document)
        assert text.text[hit.start : hit.end] == hit.text
        [entry] = (await knowledge.list_documents("notes")).documents
        assert (entry.id, entry.mime_type) == (hit.document, "text/markdown")
        status = await knowledge.status()
        assert (status.state, status.documents, status.collections) == ("ready", 1, {"notes": 1})
        (docs / "b.txt").write_text("whales sing", "utf-8")
        assert (await knowledge.sync("notes")).added == 1
        assert (await sources_of(knowledge, "whales"))[0] == "b.txt"
        assert (await knowledge.remove(collection="notes")).removed == 2
        assert await sources_of(knowledge, "whales") == []
        with pytest.raises(InputError, match="no collection"):
            await knowledge.sync("notes")
        with pytest.raises(MediaReferenceError):
            await knowledge.add(["/etc"], "notes")


async def test_what_ships_is_there_for_the_first_search_and_only_then(
    tmp_path: Path, docs: Path
) -> None:
    async with open_knowledge(tmp_path, defaults=docs) as knowledge:
        assert (await sources_of(knowledge, "zebras"))[0] == "chalklens/a.md"
    async with open_knowledge(tmp_path, defaults=docs) as knowledge:
        assert (await sources_of(knowledge, "zebras"))[0] == "chalklens/a.md"
        await knowledge.remove(collection="chalklens")
    async with open_knowledge(tmp_path, defaults=docs) as knowledge:
        assert await sources_of(knowledge, "zebras") == []
        assert knowledge.workers[1].starts == 0


async def test_a_watch_reports_what_changes(tmp_path: Path, docs: Path) -> None:
    async with open_knowledge(tmp_path) as knowledge:
        await knowledge.add(["."], "notes")
        async with (
            asyncio.timeout(60),
            contextlib.aclosing(knowledge.watch("notes")) as reports,
        ):
            first = await anext(reports)
            assert replace(first, seconds=0) == SyncReport(unchanged=1)
            (docs / "b.md").write_text("whales sing", "utf-8")  # before the watch has begun
            assert (await anext(reports)).added == 1
            assert (await sources_of(knowledge, "whales"))[0] == "b.md"
            (docs / "b.md").unlink()
            assert (await anext(reports)).removed == 1
        assert "b.md" not in await sources_of(knowledge, "whales")


@pytest.mark.integration
async def test_an_indexing_worker_killed_at_any_step_leaves_an_index_that_answers(
    tmp_path: Path, docs: Path
) -> None:
    for i in range(40):
        (docs / f"{i}.md").write_text(f"note number{i} about zebras", "utf-8")
    async with open_knowledge(tmp_path) as knowledge:
        await knowledge.add(["a.md"], "first")
        for kill_at in (0, 20, 41):
            await kill_while_adding(knowledge, kill_at)
            assert "a.md" in await sources_of(knowledge, "stripes")
        report = await knowledge.sync()
        assert (report.failed, report.cancelled) == ((), False)
        assert (await knowledge.status()).collections == {"first": 1, "notes": 41}
        for i in (0, 17, 39):
            assert (await sources_of(knowledge, f"number{i}"))[0] == f"{i}.md"


async def kill_while_adding(knowledge: Knowledge, kill_at: int) -> None:
    """Kill the writer after so many steps; at the last step it may have finished."""

    def kill(done: int, total: int, what: str) -> None:
        if done >= kill_at:
            knowledge.workers[1].kill()

    if kill_at == 0:
        asyncio.get_running_loop().call_soon(knowledge.workers[1].kill)
    with contextlib.suppress(WorkerError):
        await knowledge.add(["."], "notes", progress=kill)


def spoil_file(path: Path) -> None:
    path.write_bytes(b"garbage" * 100)


def spoil_rows(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE documents SET checksum = checksum + 1")


@pytest.mark.parametrize(
    "spoil", [spoil_file, pytest.param(spoil_rows, marks=pytest.mark.integration)]
)
async def test_a_damaged_index_is_made_anew_by_the_search_that_notices(
    tmp_path: Path, docs: Path, spoil: Callable[[Path], None]
) -> None:
    async with open_knowledge(tmp_path) as knowledge:
        await knowledge.add(["."], "notes")
    for path in (tmp_path / "knowledge").glob("index/*/*.sqlite3"):
        spoil(path)
    async with open_knowledge(tmp_path) as knowledge:
        assert await sources_of(knowledge, "stripes") == ["a.md"]


@pytest.mark.integration
async def test_a_search_does_not_wait_for_a_change_and_a_cancelled_one_ends(
    tmp_path: Path, docs: Path
) -> None:
    for i in range(600):
        (docs / f"{i}.md").write_text(f"note number{i}", "utf-8")
    async with open_knowledge(tmp_path) as knowledge:
        await knowledge.add(["a.md"], "first")
        begun = asyncio.Event()

        def begin(done: int, total: int, what: str) -> None:
            begun.set()

        adding = asyncio.create_task(knowledge.add(["."], "notes", progress=begin))
        await begun.wait()
        result = await knowledge.search(SearchRequest("stripes"))
        assert (result.hits[0].source, result.notes[-1]) == ("a.md", INDEXING)
        assert (await knowledge.status()).state == "indexing"
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        report = await knowledge.sync()
        assert report.added + report.unchanged == 602


@pytest.mark.integration  # in one process: test_workers.py
async def test_a_second_process_waits_its_turn_or_is_told_to(tmp_path: Path, docs: Path) -> None:
    async with open_knowledge(tmp_path) as knowledge, open_knowledge(tmp_path) as other:
        await knowledge.add(["."], "notes")
        assert (await other.sync()).unchanged == 1  # as soon as the first one has let go
        lock = WriterLock(tmp_path / "knowledge", wait_s=60)
        with pytest.raises(BusyError, match="Another process"):
            await knowledge.sync()
        assert await sources_of(knowledge, "stripes") == ["a.md"]
        lock.release()
        assert (await knowledge.sync()).unchanged == 1


def test_neither_environment_nor_server_carries_more_than_it_must(tmp_path: Path) -> None:
    config = KnowledgeConfig(tmp_path, store="postgresql://user:secret@host/db")
    [search, index] = make_worker_specs(config)
    assert search.environment == index.environment
    os.environ["CHALKLENS_KNOWLEDGE"] = config.dump()
    assert KnowledgeConfig.from_environment() == config
    assert "CHALKLENS_KNOWLEDGE" not in os.environ


async def test_the_server_side_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'PIL', 'tantivy', 'faiss', 'torch', 'watchfiles', 'sqlite3', 'httpcore2'}"
    code = f"import sys; import retrieval.knowledge; print(sorted({heavy} & set(sys.modules)))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert output.decode().strip() == "[]"
