"""The indexing worker: the only process that writes, so that searching never waits for it.

How it is used: `WorkerSpec("indexing", "retrieval.indexing_worker:serve", ...)`; `Knowledge` talks to
it. Operations, each answered with a `SyncReport` after parts with `done`, `total`, `what`:

- `add`: `sources`, `collection`, `tags`: take in files, folders and addresses.
- `sync`: `collection` or None, `paths` or None, `retry`, `due_only`, `damaged` (a search found it so).
- `remove`: `sources`, `collection`: forget them, or the whole collection.

Embedder and loader stay once they were needed; lock, catalogue and store are let go as soon as nothing
was asked for a moment, so that another server on the same folder gets its turn. What it leaves out:
searching (`worker`).
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from chalklens.errors import ChalklensError, UnavailableError, explain_storage
from chalklens.workers.host import Call, Operation, Port, Reply, serve_operations
from retrieval import sources as places
from retrieval.catalogue import explain_database
from retrieval.configuration import FOLDER_HINT, INDEX_DAMAGED, SHIPPED_COLLECTION, KnowledgeConfig
from retrieval.indexing import Indexer
from retrieval.online import OnlineReader
from retrieval.parts import IndexParts
from retrieval.records import Source
from retrieval.reports import SyncReport
from retrieval.session import WriterSession
from retrieval.sync import Synchronizer, SyncScope
from retrieval.wire import dump_fields

REST_AFTER_S = 0.5
STEP_S = 0.1


class IndexingWorker:
    """The operations, and what they keep open.

    Args:
        config: Of the knowledge base.
        parts: Makes store, embedder and loader.
    """

    def __init__(self, config: KnowledgeConfig, parts: IndexParts) -> None:
        self._config, self._parts = config, parts
        self._session: WriterSession | None = None
        self._is_damaged = False  # found in an index that could be opened

    def add(self, call: Call) -> Reply:
        """Take in sources and index them."""
        wanted: list[str] = call.fields["sources"]
        collection, tags = call.fields["collection"], call.fields["tags"]
        places.check_names(collection, tags)
        found = [places.locate(text, self._config.access) for text in wanted]
        session = self.open_session()
        known = session.catalogue.list_sources(collection)
        placed: list[Source] = []
        for one in found:  # all of them first: one that cannot be used, and none is added
            placed.append(places.place(one, [*known, *placed], collection, tags))
        added = [self._put(session, source, known) for source in dict.fromkeys(placed)]
        return self._sync(call, session, added, SyncScope())

    def sync(self, call: Call) -> Reply:
        """Follow what was added; an index that is damaged or turns out to be is made anew, once."""
        if call.fields["damaged"]:
            self.rest()
            self._is_damaged = True
        try:
            return self._follow(call)
        except UnavailableError as error:
            if self._is_damaged or not self.note_damage(error):
                raise
        self.rest()
        return self._follow(call)

    def note_damage(self, error: ChalklensError) -> bool:
        """Whether an error means that the index must be made anew; the next sync will."""
        self._is_damaged |= error.code in INDEX_DAMAGED
        return self._is_damaged

    def _follow(self, call: Call) -> Reply:
        collection: str | None = call.fields["collection"]
        paths: list[str] | None = call.fields["paths"]
        session = self.open_session()
        if collection == SHIPPED_COLLECTION and self._config.defaults:
            session.catalogue.put_source(places.SHIPPED)
            session.catalogue.set_mark(places.WITHOUT_SHIPPED, "")
        known = _list_known(session, collection)
        scope = SyncScope(
            None if paths is None else tuple(paths), call.fields["retry"], call.fields["due_only"]
        )
        return self._sync(call, session, known, scope)

    def remove(self, call: Call) -> Reply:
        """Forget sources, or a collection."""
        started_s = time.monotonic()
        session = self.open_session()
        collection: str | None = call.fields["collection"]
        known = _list_known(session, collection)
        chosen = places.choose(call.fields["sources"], known, self._config.access, collection)
        if any(source.kind == "default" for source in chosen):
            session.catalogue.set_mark(places.WITHOUT_SHIPPED, "1")
        documents = session.catalogue.drop_sources(chosen)
        self._make_indexer(call, session).remove_documents(documents)
        report = SyncReport(removed=len(documents), seconds=time.monotonic() - started_s)
        return dump_fields(report), ()

    def rest(self) -> None:
        """Let go of what other processes may wait for."""
        session, self._session = self._session, None
        if session:
            session.close()

    def open_session(self) -> WriterSession:
        """Return what is open for writing, opened now if need be."""
        if self._session is None:
            open_store = partial(self._parts.open_store, anew=self._is_damaged)
            self._session = WriterSession.open(self._config.folder, open_store)
            gone = {s.collection for s in self._session.catalogue.list_strays().values()}
            gone -= {s.collection for s in self._session.catalogue.list_sources()}
            self._make_indexer(None, self._session).remove_strays(gone)
        return self._session

    # -- inside

    @cached_property
    def _reader(self) -> OnlineReader:
        return OnlineReader(self._config.access)

    def _put(self, session: WriterSession, source: Source, known: Sequence[Source]) -> Source:
        before = next((s for s in known if s.location == source.location), None)
        added = session.catalogue.put_source(source)
        if before and before.tags != added.tags:
            session.catalogue.forget_content(added.id)
        return added

    def _sync(
        self, call: Call, session: WriterSession, chosen: Sequence[Source], scope: SyncScope
    ) -> Reply:
        """Sync the chosen sources, and all of those that have something pending after a rebuild."""
        behind = session.catalogue.list_pending_sources()
        if behind - {source.id for source in chosen}:
            every = session.catalogue.list_sources()
            chosen = [s for s in every if s in chosen or s.id in behind]
            scope = replace(scope, paths=None)
        work = Synchronizer(
            session.catalogue,
            self._make_indexer(call, session),
            self._parts.suffixes,
            self._reader,
            defaults=self._config.defaults,
        )
        report = work.run(chosen, scope)
        if session.publish and not report.cancelled:
            session.publish()
            self._is_damaged = False
        return dump_fields(report), ()

    def _make_indexer(self, call: Call | None, session: WriterSession) -> Indexer:
        parts = self._parts
        return Indexer(
            session.store,
            parts.embedder,
            session.catalogue,
            parts.loader,
            parts.cut,
            progress=_Steps(call.emit) if call else lambda done, total, what: None,
            cancelled=lambda: call is not None and call.cancelled,
        )


def _list_known(session: WriterSession, collection: str | None) -> list[Source]:
    """Return the sources of a collection, or all; one that is not there is an error."""
    known = session.catalogue.list_sources(collection)
    if collection is not None and not known:
        raise places.explain_unknown(collection, session.catalogue.list_sources())
    return known


class _Steps:
    """Passes progress on, a few times a second."""

    def __init__(self, emit: Callable[[dict[str, Any]], None]) -> None:
        self._emit, self._last_s = emit, 0.0

    def __call__(self, done: int, total: int, what: str) -> None:
        now_s = time.monotonic()
        if done == total or now_s - self._last_s >= STEP_S:
            self._last_s = now_s
            self._emit({"done": done, "total": total, "what": what})


def explained(worker: IndexingWorker, operation: Operation) -> Operation:
    """Close everything after a failure, and say what a full disk means."""

    def run(call: Call) -> Reply:
        try:
            return operation(call)
        except ChalklensError as error:
            worker.note_damage(error)
            worker.rest()
            raise
        except (OSError, sqlite3.Error) as error:
            worker.rest()
            is_database = isinstance(error, sqlite3.Error)
            raise (
                explain_database(error) if is_database else explain_storage(error, FOLDER_HINT)
            ) or error from error

    return run


def serve(port: Port) -> None:
    """Answer calls until the parent goes away."""
    config = KnowledgeConfig.from_environment()
    worker = IndexingWorker(config, IndexParts(config))
    operations = {"add": worker.add, "sync": worker.sync, "remove": worker.remove}
    serve_operations(
        port,
        {name: explained(worker, run) for name, run in operations.items()},
        when_idle=worker.rest,
        idle_s=REST_AFTER_S,
    )
