"""The knowledge base as the server and the command line see it: two workers behind one door.

How it is used:

    knowledge = Knowledge(KnowledgeConfig(folder, access=access))
    await knowledge.add(["docs/"], "default")
    result = await knowledge.search(SearchRequest("what is a unit fraction?"))
    await knowledge.close()

The search worker reads, the indexing worker writes: a search never waits for a sync, and nothing heavy
is loaded here. The documents that ship are indexed with the first use, and again when the package
brought other ones; only a knowledge base that has nothing else makes the first search wait for them.
An index that turns out to be damaged is made anew.

What it leaves out: what the workers do (`worker`, `indexing_worker`).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalklens.errors import BusyError, ChalklensError, TimeLimitError, UnavailableError
from chalklens.types import SearchRequest, SearchResult
from chalklens.workers.process import WorkerProcess, WorkerReply, WorkerSpec
from retrieval.configuration import (
    INDEX_DAMAGED,
    SHIPPED_COLLECTION,
    VARIABLE,
    KnowledgeConfig,
)
from retrieval.reports import DocumentList, DocumentText, KnowledgeStatus, Progress, SyncReport
from retrieval.wire import (
    dump_fields,
    load_documents,
    load_report,
    load_result,
    load_status,
    load_text,
)

if TYPE_CHECKING:
    from retrieval.watching import WatchTimes

log = logging.getLogger(__name__)

ANSWER_S = 120.0
STALL_S = 600.0
REST_S = 120.0
FIRST_WAIT_S = 30.0
BUSY_RETRY_S = 5.0
CANCEL_LIMIT_S = 1.0
MAX_SEARCHES = 64
MAX_CHANGES = 4
INDEXING = "Documents are being indexed at the moment: a later search may find more."


def make_worker_specs(config: KnowledgeConfig) -> tuple[WorkerSpec, WorkerSpec]:
    """Describe the search worker and the indexing worker."""
    environment = {
        VARIABLE: config.dump(),
        "OMP_NUM_THREADS": str(max(1, config.threads)),
        "OPENBLAS_NUM_THREADS": "1",  # its threads spin in small products: 10x the time, measured
        "OMP_WAIT_POLICY": "passive",  # threads that spin while waiting slow the server down
        "MALLOC_ARENA_MAX": "2",
        "TOKENIZERS_PARALLELISM": "false",
    }
    return (
        WorkerSpec("search", "retrieval.worker:serve", environment, max_waiting=MAX_SEARCHES),
        WorkerSpec("indexing", "retrieval.indexing_worker:serve", environment),
    )


class Knowledge:
    """A `Retriever` that also keeps its documents up to date.

    Args:
        config: Where it lies and what it is made of.
        specs: Workers to start instead of the usual ones, searching and indexing.
        times: When a watch passes changes on.
    """

    def __init__(
        self,
        config: KnowledgeConfig,
        *,
        specs: tuple[WorkerSpec, WorkerSpec] | None = None,
        times: "WatchTimes | None" = None,
    ) -> None:
        self.config = config
        self._search, self._index = map(WorkerProcess, specs or make_worker_specs(config))
        self.workers: tuple[WorkerProcess, ...] = (self._search, self._index)
        self._times = times
        self._turn = asyncio.Lock()
        self._changes = 0
        self._doing = ""
        self._rest: asyncio.TimerHandle | None = None
        self._checked: asyncio.Task[None] | None = None
        self._repair: asyncio.Task[None] | None = None
        self._is_first = False
        self._closed = False

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the best passages, best first.

        Raises:
            InputError: The query is empty or too long, or the filter cannot be used.
            UnavailableError: The index cannot be read, and making it anew takes its time.
            BusyError: Too many searches wait.
        """
        await self._prepare(FIRST_WAIT_S)
        fields = dump_fields(request)
        try:
            reply = await self._ask("search", fields)
        except UnavailableError as error:
            if not await self._mend(error):
                raise
            reply = await self._ask("search", fields)
        result = load_result(reply)
        return replace(result, notes=(*result.notes, INDEXING)) if self._changes else result

    async def read_document(
        self, id_: str, page: int | None = None, start: int = 0, max_chars: int = 100_000
    ) -> DocumentText:
        """Return text of a document from character `start`.

        White space between passages may differ from the document's; characters count the same.

        Raises:
            InputError: There is no such document (code `unknown_document`) or page (`unknown_page`).
        """
        fields = {"id": id_, "page": page, "start": start, "max_chars": max_chars}
        return load_text(await self._ask("read_document", fields))

    async def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 100
    ) -> DocumentList:
        """Return known documents by collection and source.

        Raises:
            InputError: There is no such collection.
        """
        await self._prepare(0)
        fields = {"collection": collection, "offset": offset, "limit": limit}
        return load_documents(await self._ask("list", fields))

    async def status(self) -> KnowledgeStatus:
        """Describe the knowledge base."""
        await self._prepare(0)
        status = load_status(await self._ask("status", {}))
        return replace(status, state="indexing", detail=self._doing) if self._changes else status

    async def warm(self) -> None:
        """Get ready to search."""
        await self._ask("warm", {})
        await self._prepare(0)

    async def add(
        self,
        sources: Sequence[str],
        collection: str,
        tags: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> SyncReport:
        """Take in files, folders (which later syncs follow) and addresses.

        Raises:
            MediaReferenceError: A source lies outside the allowed folders or hosts.
            InputError: A name cannot be used, or the collection has the source already.
            BusyError: Somebody else is changing the knowledge base.
            StorageError: The disk is full.
        """
        fields = {"sources": list(sources), "collection": collection, "tags": list(tags)}
        return await self._change("add", fields, progress)

    async def sync(
        self,
        collection: str | None = None,
        progress: Progress | None = None,
        *,
        retry: bool = False,
    ) -> SyncReport:
        """Follow what was added; `retry` tries files again that failed and did not change.

        Raises:
            InputError: There is no such collection.
            BusyError, StorageError: As `add`.
        """
        return await self._change("sync", _scope(collection, retry=retry), progress)

    async def remove(
        self, sources: Sequence[str] = (), collection: str | None = None
    ) -> SyncReport:
        """Forget sources, or a whole collection; files stay where they are.

        Raises:
            InputError: A source was never added.
            BusyError, StorageError: As `add`.
        """
        fields = {"sources": list(sources), "collection": collection}
        return await self._change("remove", fields, None)

    async def watch(
        self, collection: str | None = None, progress: Progress | None = None
    ) -> AsyncGenerator[SyncReport, None]:
        """Yield a report of a sync, then one for every change that follows."""
        from retrieval.watching import follow_changes

        report = await self.sync(collection, progress)
        yield report
        failed = report.failed
        places = await self._ask("places", {"collection": collection})
        folders, files = (list(map(Path, places[kind])) for kind in ("folder", "file"))
        changes = follow_changes(folders, files, avoid=self.config.folder, times=self._times)
        async with contextlib.aclosing(changes):
            async for paths in changes:
                report = await self._follow(collection, paths, progress)
                if _tells_something(report) or report.failed != failed:
                    yield report
                failed = report.failed

    async def close(self) -> None:
        """Stop the workers, within the limits of `WorkerProcess.close`; what still runs fails."""
        self._closed = True
        if self._rest:
            self._rest.cancel()
        tasks = [task for task in (self._checked, self._repair) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(worker.close() for worker in self.workers))
        if tasks:
            await asyncio.wait(tasks, timeout=CANCEL_LIMIT_S)

    # -- inside

    async def _ask(self, operation: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        reply = await self._search.call(operation, fields, timeout_s=ANSWER_S)
        return reply.fields

    async def _change(
        self, operation: str, fields: Mapping[str, Any], progress: Progress | None
    ) -> SyncReport:
        if self._changes >= MAX_CHANGES:
            raise BusyError(
                f"{self._changes} changes to the knowledge base wait already.",
                "Try again when they are done.",
            )
        self._changes += 1
        try:
            async with self._turn:
                return load_report(await self._run(operation, fields, progress))
        finally:
            self._changes -= 1
            self._rest_later()

    async def _run(
        self, operation: str, fields: Mapping[str, Any], progress: Progress | None
    ) -> Mapping[str, Any]:
        """Pass progress on until the answer comes; a worker that shows no life is killed."""
        self._doing = ""
        async with contextlib.aclosing(self._index.stream(operation, fields)) as replies:
            while True:
                reply = await self._next(replies)
                if reply.final:
                    return reply.fields
                done, total, what = (reply.fields[n] for n in ("done", "total", "what"))
                self._doing = f"{done} of {total}: {what}" if what else f"{done} of {total}"
                if progress:
                    progress(done, total, what)

    async def _next(self, replies: AsyncGenerator[WorkerReply, None]) -> WorkerReply:
        try:
            async with asyncio.timeout(STALL_S):
                return await anext(replies)
        except TimeoutError:
            self._index.kill()
            raise TimeLimitError(
                f"Indexing made no progress for {STALL_S:g} s and was stopped.",
                "What was indexed stays. Sync again; `list` shows which file comes next.",
            ) from None

    def _rest_later(self) -> None:
        """Give the embedder's memory back when nothing is written for a while."""
        if self._rest:
            self._rest.cancel()
        if not self._closed and not self._changes:
            self._rest = asyncio.get_running_loop().call_later(REST_S, self._end_indexing)

    def _end_indexing(self) -> None:
        if not self._changes:
            self._index.kill()  # every state on the disk is one it may end in

    async def _follow(
        self, collection: str | None, paths: frozenset[str] | None, progress: Progress | None
    ) -> SyncReport:
        """Sync what changed; while another process writes, wait and then look at everything."""
        while True:
            named = None if paths is None else sorted(paths)
            try:
                return await self._change(
                    "sync", _scope(collection, paths=named, due_only=True), progress
                )
            except BusyError:
                paths = None
                await asyncio.sleep(BUSY_RETRY_S)

    # -- the documents that ship, and an index that is damaged

    async def _prepare(self, wait_s: float) -> None:
        """See to the documents that ship, once; wait for them only where there is nothing else."""
        if self._closed:
            return  # what is asked next says so
        if self._checked is None:
            self._checked = asyncio.create_task(self._check())
        checked = self._checked
        await asyncio.wait(
            [checked]
        )  # which has a limit; not ours to cancel, and may be by `close`
        if not checked.cancelled():
            checked.result()
        if self._repair and wait_s and self._is_first:
            await asyncio.wait([self._repair], timeout=wait_s)

    async def _check(self) -> None:
        try:
            found = await self._ask("check", {})
        except ChalklensError as error:  # the call that comes next tells what is wrong
            log.warning("the documents that ship were not checked: %s", error)
            return
        if found["stale"]:
            self._is_first = not found["documents"]
            self._start_repair(_scope(SHIPPED_COLLECTION))

    def _start_repair(self, scope: Mapping[str, Any]) -> asyncio.Task[None]:
        if self._repair is None or self._repair.done():
            self._repair = asyncio.create_task(self._sync_quietly(scope))
        return self._repair

    async def _sync_quietly(self, scope: Mapping[str, Any]) -> None:
        try:
            await self._change("sync", scope, None)
        except ChalklensError as error:  # another process is at it, or the disk is full
            log.warning("the knowledge base was not brought up to date: %s", error)

    async def _mend(self, error: UnavailableError) -> bool:
        """Have a damaged index made anew; True when it is done within the time a caller waits."""
        if error.code not in INDEX_DAMAGED:
            return False
        task = self._start_repair(_scope(None, damaged=True))
        await asyncio.wait([task], timeout=FIRST_WAIT_S)
        return task.done()


def _scope(
    collection: str | None,
    *,
    paths: list[str] | None = None,
    retry: bool = False,
    due_only: bool = False,
    damaged: bool = False,
) -> dict[str, Any]:
    return {
        "collection": collection,
        "paths": paths,
        "retry": retry,
        "due_only": due_only,
        "damaged": damaged,
    }


def _tells_something(report: SyncReport) -> bool:
    return bool(report.added or report.changed or report.moved or report.removed)
