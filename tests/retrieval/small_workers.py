"""The two workers in one process, for tests: a real index, a plain loader, calls by hand."""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from chalklens.media.access import AccessPolicy
from chalklens.types import SearchRequest, SearchResult
from chalklens.workers.host import Call, Operation, Port
from retrieval.configuration import KnowledgeConfig
from retrieval.documents import Chunk, Document
from retrieval.indexing_worker import IndexingWorker
from retrieval.jobs import DocumentLoader
from retrieval.parts import IndexParts, SearchParts
from retrieval.reports import SyncReport
from retrieval.wire import dump_fields, load_report, load_result
from retrieval.worker import SearchWorker
from tests.retrieval.small_knowledge import PlainLoader, cut_lines


class PlainParts(IndexParts):
    """The usual parts, except that files are read as plain text in this process."""

    @cached_property
    def loader(self) -> DocumentLoader:
        return PlainLoader()

    def cut(self, document: Document) -> tuple[Chunk, ...]:
        return cut_lines(document)


class NotingCall(Call):
    """A call whose parts go to a list."""

    def __init__(self, workers: "SmallWorkers", fields: dict[str, Any]) -> None:
        port = Port(io.BytesIO(), io.BytesIO())
        super().__init__(port, {"id": 1, "op": "", "fields": fields}, [])
        self._workers = workers

    def emit(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        self._workers.emitted.append(fields)
        self._workers.on_part()


class SmallWorkers:
    """Both workers over `folder`; `docs` may be added from."""

    def __init__(self, folder: Path, docs: Path, **more: Any) -> None:
        defaults: dict[str, Any] = {"embedder": "fake", "reranker": "none", "defaults": None}
        self.config = KnowledgeConfig(folder, AccessPolicy(roots=(docs,)), **{**defaults, **more})
        self.parts = PlainParts(self.config)
        self.indexing = IndexingWorker(self.config, self.parts)
        self.searching = SearchWorker(self.config, SearchParts(self.config))
        self.emitted: list[Mapping[str, Any]] = []
        self.on_part: Callable[[], object] = lambda: None

    def ask(self, operation: Operation, **fields: Any) -> dict[str, Any]:
        """Call an operation as the parent process would."""
        reply, _ = operation(NotingCall(self, fields))
        return dict(reply)

    def add(self, *sources: str, collection: str = "c", tags: Sequence[str] = ()) -> SyncReport:
        fields = {"sources": list(sources), "collection": collection, "tags": list(tags)}
        return load_report(self.ask(self.indexing.add, **fields))

    def sync(
        self,
        collection: str | None = None,
        progress: Callable[[], object] | None = None,
        **more: Any,
    ) -> SyncReport:
        self.on_part = progress or self.on_part
        fields = {"paths": None, "retry": False, "due_only": False, "damaged": False, **more}
        return load_report(self.ask(self.indexing.sync, collection=collection, **fields))

    def remove(self, *sources: str, collection: str | None = None) -> SyncReport:
        fields = {"sources": list(sources), "collection": collection}
        return load_report(self.ask(self.indexing.remove, **fields))

    def search(self, query: str, **more: Any) -> SearchResult:
        request = SearchRequest(query, **more)
        return load_result(self.ask(self.searching.search, **dump_fields(request)))

    def found(self, query: str) -> list[str]:
        """Sources of the hits."""
        return [hit.source for hit in self.search(query).hits]
