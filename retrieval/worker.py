"""The search worker: opens the index for reading and answers, whoever is writing meanwhile.

How it is used: `WorkerSpec("search", "retrieval.worker:serve", ...)`; `Knowledge` talks to it.
Operations: `search`, `read_document`, `list`, `status`, `places` (what there is to watch), `check`
(whether the documents that ship are indexed as they are), `warm`.

What it leaves out: writing anything (`indexing_worker`), and ranking (`search`).
"""

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chalklens.errors import InputError, UnavailableError
from chalklens.types import SearchRequest, SearchResult
from chalklens.workers.host import Call, Operation, Port, Reply, serve_operations
from retrieval import sources as places
from retrieval.catalogue import Catalogue
from retrieval.configuration import SHIPPED_COLLECTION, KnowledgeConfig
from retrieval.documents import StoredChunk
from retrieval.folders import scan_folder
from retrieval.parts import SearchParts
from retrieval.query import parse_query
from retrieval.records import Item, Source
from retrieval.reports import DocumentEntry, DocumentList, DocumentText, KnowledgeStatus
from retrieval.wire import dump_fields, load_request

if TYPE_CHECKING:
    from retrieval.search import SearchPipeline

MAX_CHARS = 1_000_000
MAX_LISTED = 1000
EMPTY = "The knowledge base is empty: `chalklens knowledge add PATH` fills it."


class SearchWorker:
    """The operations, and what they keep open.

    Args:
        config: Of the knowledge base.
        parts: Opens store, embedder and reranker.
    """

    def __init__(self, config: KnowledgeConfig, parts: SearchParts) -> None:
        self._config, self._parts = config, parts
        self._opened: SearchPipeline | None = None

    def warm(self, call: Call) -> Reply:
        """Load what the first search would have to wait for."""
        self._parts.warm()
        self._open()
        return {}, ()

    def search(self, call: Call) -> Reply:
        """Answer a question."""
        request = load_request(call.fields)
        result = self._search(request)
        return dump_fields(replace(result, notes=(*self._name_unknown(request), *result.notes))), ()

    def read_document(self, call: Call) -> Reply:
        """Return text of a document."""
        wanted = call.fields
        with self._catalogue() as catalogue:
            item = catalogue.find_document(wanted["id"]) if catalogue else None
            sources = catalogue.list_sources() if catalogue else []
        chunks = self._read_chunks(wanted["id"]) if item and item.state == "indexed" else []
        if item is None or not chunks:
            raise InputError(
                "There is no such document in the knowledge base.",
                "Ids are in the hits of a search, and in the list of documents.",
                code="unknown_document",
            )
        source = next(s for s in sources if s.id == item.source)
        max_chars = max(1, min(wanted["max_chars"], MAX_CHARS))
        text = _cut_out(item, source, chunks, wanted["page"], wanted["start"], max_chars)
        return dump_fields(text), ()

    def list_documents(self, call: Call) -> Reply:
        """List known documents."""
        collection: str | None = call.fields["collection"]
        limit = max(0, min(call.fields["limit"], MAX_LISTED))
        with self._catalogue() as catalogue:
            if catalogue is None:
                return dump_fields(DocumentList((), 0)), ()
            sources = catalogue.list_sources()
            if collection is not None and all(s.collection != collection for s in sources):
                raise places.explain_unknown(collection, sources)
            found = catalogue.list_items(collection, max(0, call.fields["offset"]), limit)
            counts = catalogue.count_items()
        total = sum(n for (name, _), (n, _) in counts.items() if collection in (None, name))
        entries = tuple(_describe(source, item) for source, item in found)
        return dump_fields(DocumentList(entries, total)), ()

    def status(self, call: Call) -> Reply:
        """Describe the knowledge base."""
        try:
            status = self._describe()
        except UnavailableError as error:
            status = KnowledgeStatus("failed", self._parts.store_kind, detail=str(error))
        return dump_fields(status), ()

    def places(self, call: Call) -> Reply:
        """Return where there is something to watch, as absolute paths."""
        with self._catalogue() as catalogue:
            sources = catalogue.list_sources(call.fields["collection"]) if catalogue else []
        found = {
            kind: [source.location for source in sources if source.kind == kind]
            for kind in ("folder", "file")
        }
        return found, ()

    def check(self, call: Call) -> Reply:
        """Say whether what ships must be indexed (again), and whether anything is there at all."""
        with self._catalogue() as catalogue:
            documents = _count(catalogue, "indexed")[0] if catalogue else 0
            return {"stale": self._is_stale(catalogue), "documents": documents}, ()

    def rest(self) -> None:
        """Let go of the index; the next search opens it again."""
        opened, self._opened = self._opened, None
        if opened:
            opened.store.close()

    # -- inside

    @contextlib.contextmanager
    def _catalogue(self) -> Generator[Catalogue | None]:
        """Open it for one call: a writer may have replaced the file since the last one."""
        catalogue = Catalogue.read(self._config.folder)
        try:
            yield catalogue
        finally:
            if catalogue:
                catalogue.close()

    def _is_stale(self, catalogue: Catalogue | None) -> bool:
        folder = self._config.defaults
        if folder is None or not folder.is_dir():
            return False
        if catalogue is None:
            return True
        if catalogue.get_mark(places.WITHOUT_SHIPPED):
            return False
        found = scan_folder(folder, self._parts.suffixes).files
        known: dict[str, Item] = {}
        for source in catalogue.list_sources(SHIPPED_COLLECTION):
            known |= catalogue.read_items(source.id)
        return {n: i.stamp for n, i in known.items() if i.state != "pending"} != found

    def _open(self) -> "SearchPipeline | None":
        """Open the store once it is there."""
        if self._opened is None:
            self._opened = self._parts.open_pipeline()
        return self._opened

    def _search(self, request: SearchRequest) -> SearchResult:
        pipeline = self._open()
        if pipeline is None:
            parse_query(request)  # a bad question is told so, whether there is an index or not
            return SearchResult((), self._parts.store_kind, notes=(EMPTY,))
        try:
            return pipeline.search(request)
        except UnavailableError:  # perhaps it was replaced as a whole: look once more
            self.rest()
            pipeline = self._open()
            if pipeline is None:
                return SearchResult((), self._parts.store_kind, notes=(EMPTY,))
            return pipeline.search(request)

    def _name_unknown(self, request: SearchRequest) -> list[str]:
        """Say which collections of a question, in its filter or its words, are not there."""
        wanted = parse_query(request).filter.collections
        with self._catalogue() if wanted else contextlib.nullcontext() as catalogue:
            sources = catalogue.list_sources() if catalogue else []
        known = {source.collection for source in sources}
        return [str(places.explain_unknown(n, sources)) for n in wanted if n not in known]

    def _read_chunks(self, document: str) -> list[StoredChunk]:
        pipeline = self._open()
        return pipeline.store.read_chunks(document) if pipeline else []

    def _describe(self) -> KnowledgeStatus:
        pipeline = self._open()
        embedder = pipeline.store.describe().parameters.embedder if pipeline else ""
        with self._catalogue() as catalogue:
            if catalogue is None:
                return KnowledgeStatus("empty", self._parts.store_kind)
            documents, chunks = _count(catalogue, "indexed")
            counted = catalogue.count_items()
            sources = catalogue.list_sources()
            generation = catalogue.get_mark("generation")
            failed = _count(catalogue, "failed")[0]
        return KnowledgeStatus(
            state="ready" if documents else "empty",
            store=self._parts.store_kind,
            documents=documents,
            chunks=chunks,
            failed=failed + sum(bool(s.problem) for s in sources),
            collections={
                name: n for (name, state), (n, _) in counted.items() if state == "indexed"
            },
            embedder=embedder.partition("@")[0],
            reranker=self._parts.reranker_name,
            generation=generation,
            watched=tuple(places.describe(source) for source in sources),
            detail="; ".join(f"{places.describe(s)}: {s.problem}" for s in sources if s.problem)[
                :500
            ],
        )


def _count(catalogue: Catalogue, wanted: str) -> tuple[int, int]:
    """Return items and chunks in a state."""
    found = [n for (_, state), n in catalogue.count_items().items() if state == wanted]
    return sum(items for items, _ in found), sum(chunks for _, chunks in found)


def _describe(source: Source, item: Item) -> DocumentEntry:
    failure = "" if item.state == "indexed" else item.reason or "It is not indexed yet."
    return DocumentEntry(
        id=item.document,
        collection=source.collection,
        source=item.shown,
        title=item.title,
        mime_type=item.mime_type,
        modified=item.modified_s,
        tags=tuple(item.tags.splitlines()),
        pages=item.pages or None,
        chunks=item.chunks,
        characters=item.characters,
        failure=failure,
    )


def _cut_out(
    item: Item,
    source: Source,
    chunks: Sequence[StoredChunk],
    page: int | None,
    start: int,
    max_chars: int,
) -> DocumentText:
    """Put chunks together again; what was between them is white space, written as line breaks."""
    pages = max((stored.chunk.page or 0 for stored in chunks), default=0)
    if page is not None:
        chunks = [stored for stored in chunks if stored.chunk.page == page]
    if not chunks:
        raise InputError(
            f"The document has no page {page}." if pages else "The document has no pages.",
            f"Pages go from 1 to {pages}." if pages else "Leave the page out.",
            code="unknown_page",
        )
    first = chunks[0].chunk.start if page is not None else 0
    first = max(first, start)
    text = _join(chunks, first, max_chars)
    return DocumentText(
        id=item.document,
        collection=source.collection,
        source=item.shown,
        title=item.title,
        text=text,
        mime_type=item.mime_type,
        modified=item.modified_s,
        tags=tuple(item.tags.splitlines()),
        start=first,
        characters=item.characters,
        page=page,
        pages=pages or None,
    )


def _join(chunks: Sequence[StoredChunk], first: int, max_chars: int) -> str:
    parts: list[str] = []
    at, end = first, first + max_chars
    for chunk in (stored.chunk for stored in chunks):
        if chunk.end <= at:
            continue
        if at >= end:
            break
        parts.append("\n" * (chunk.start - at))
        parts.append(chunk.text[max(0, at - chunk.start) :])
        at = chunk.end
    return "".join(parts)[:max_chars]


def serve(port: Port) -> None:
    """Answer calls until the parent goes away."""
    config = KnowledgeConfig.from_environment()
    worker = SearchWorker(config, SearchParts(config))
    operations: dict[str, Operation] = {
        "warm": worker.warm,
        "search": worker.search,
        "read_document": worker.read_document,
        "list": worker.list_documents,
        "status": worker.status,
        "places": worker.places,
        "check": worker.check,
    }
    serve_operations(port, operations)
