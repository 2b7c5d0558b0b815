"""A knowledge base for tests and dry runs: everything in memory, words counted, nothing loaded.

How it is used: `FakeKnowledge({"guide.md": "# Start\\n\\nPress the button."})`; several strings are
pages. A hit is a paragraph that shares words with the query, the one that shares most first. `add`
takes what `files` says a source holds; sources that are not there fail with a reason. What was asked
is in `requests`, `adds` and `syncs`; `gate` holds every call until the event is set; `error` is raised by all.

What it leaves out: files, processes, embeddings, and any claim to rank well.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from chalklens.errors import ChalklensError, InputError
from chalklens.types import Hit, ScoreParts, SearchFilter, SearchRequest, SearchResult
from chalklens.workers.process import WorkerProcess
from retrieval.configuration import DEFAULT_COLLECTION
from retrieval.documents import chunk_id, document_id
from retrieval.reports import (
    DocumentEntry,
    DocumentList,
    DocumentText,
    KnowledgeStatus,
    Progress,
    SyncReport,
)

Pages = str | Sequence[str]
PAGE_BREAK = "\n\n"
MISSING = "There is no readable file at this path in the allowed folders."


@dataclass(frozen=True, slots=True)
class _Stored:
    """A document as it was given."""

    collection: str
    source: str
    pages: tuple[str, ...]
    paged: bool
    tags: tuple[str, ...] = ()
    modified: float = 0.0

    @property
    def id(self) -> str:
        return document_id(self.collection, self.source)

    @property
    def text(self) -> str:
        return PAGE_BREAK.join(self.pages)

    @property
    def title(self) -> str:
        first = self.text.partition("\n")[0]
        return first.removeprefix("# ") if first.startswith("# ") else self.source


class FakeKnowledge:
    """A `KnowledgeService` that answers from a table.

    Args:
        documents: Source -> text, or its pages.
        files: What `add` finds at a source.
        collection: Of `documents`.
        tags, modified: Of every document that is given.
        error: Raised by every call.
        gate: Awaited by every call.
        indexing: So often `status` says that documents are being indexed; until then none is found.
    """

    def __init__(
        self,
        documents: Mapping[str, Pages] | None = None,
        *,
        files: Mapping[str, Pages] | None = None,
        collection: str = DEFAULT_COLLECTION,
        tags: tuple[str, ...] = (),
        modified: float = 0.0,
        error: ChalklensError | None = None,
        gate: asyncio.Event | None = None,
        indexing: int = 0,
    ) -> None:
        self._indexing = indexing
        self._files = dict(files or {})
        self._error, self._gate, self._modified = error, gate, modified
        given = [
            _store(collection, name, text, tags, modified)
            for name, text in (documents or {}).items()
        ]
        self._stored = {stored.id: stored for stored in given}
        self.requests: list[SearchRequest] = []
        self.adds: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = []
        self.syncs: list[tuple[str | None, bool]] = []
        self.workers: tuple[WorkerProcess, ...] = ()
        self.warmed = False
        self.closed = False

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return paragraphs that share words with the query."""
        self.requests.append(request)
        await self._wait()
        if not request.query.strip():
            raise InputError("The query is empty.", "Say what to look for.")
        if self._indexing:
            return SearchResult((), "fake", "fake", notes=("Documents are being indexed.",))
        hits = [
            hit
            for stored in self._stored.values()
            if _may_be_found(stored, request.filter)
            for hit in _find_hits(stored, request)
        ]
        hits.sort(key=lambda hit: -hit.score)
        notes = () if hits else ("Nothing was found: try other words, or a wider filter.",)
        found = tuple(hits[: request.k])
        return SearchResult(found, "fake", "fake", stages_ms={"sparse": 0.5}, notes=notes)

    async def add(
        self,
        sources: Sequence[str],
        collection: str = DEFAULT_COLLECTION,
        tags: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> SyncReport:
        """Take in what `files` holds at each source."""
        self.adds.append((tuple(sources), collection, tuple(tags)))
        await self._wait()
        report = SyncReport()
        for done, source in enumerate(sources):
            if progress:
                progress(done, len(sources), source)
            report = self._take_in(source, collection, tuple(tags), report)
        return report

    async def sync(
        self,
        collection: str | None = None,
        progress: Progress | None = None,
        *,
        retry: bool = False,
    ) -> SyncReport:
        """Compare every document with `files`."""
        self.syncs.append((collection, retry))
        await self._wait()
        report = SyncReport()
        for stored in list(self._select(collection)):
            if stored.source in self._files:
                report = self._take_in(stored.source, stored.collection, stored.tags, report)
            else:
                report = replace(report, unchanged=report.unchanged + 1)
        return report

    async def watch(
        self, collection: str | None = None, progress: Progress | None = None
    ) -> AsyncGenerator[SyncReport, None]:
        """Yield the first sync, then one that found nothing."""
        yield await self.sync(collection, progress)
        yield SyncReport(unchanged=len(self._stored))

    async def remove(
        self, sources: Sequence[str] = (), collection: str | None = None
    ) -> SyncReport:
        """Forget documents by source, or a whole collection."""
        await self._wait()
        gone = [s.id for s in self._select(collection) if not sources or s.source in sources]
        for id_ in gone:
            del self._stored[id_]
        return SyncReport(removed=len(gone))

    async def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 100
    ) -> DocumentList:
        """Return documents by collection and source."""
        await self._wait()
        found = sorted(self._select(collection), key=lambda s: (s.collection, s.source))
        return DocumentList(tuple(map(_describe, found[offset : offset + limit])), len(found))

    async def status(self) -> KnowledgeStatus:
        """Count what is there."""
        await self._wait()
        collections = [stored.collection for stored in self._stored.values()]
        indexing, self._indexing = self._indexing, max(0, self._indexing - 1)
        return KnowledgeStatus(
            state="indexing" if indexing else "ready" if self._stored else "empty",
            store="fake",
            documents=len(collections),
            chunks=sum(len(list(_cut(stored))) for stored in self._stored.values()),
            collections={name: collections.count(name) for name in sorted(set(collections))},
            embedder="fake",
        )

    async def read_document(
        self, id_: str, page: int | None = None, start: int = 0, max_chars: int = 100_000
    ) -> DocumentText:
        """Return the text, or one page of it, from character `start` of the document."""
        await self._wait()
        stored = self._stored.get(id_)
        if stored is None:
            raise InputError(
                "There is no such document.", "List them first.", code="unknown_document"
            )
        first, text = _read_page(stored, page)
        begin = min(max(start, first), first + len(text))
        return DocumentText(
            id=stored.id,
            collection=stored.collection,
            source=stored.source,
            title=stored.title,
            text=text[begin - first :][:max_chars],
            modified=stored.modified,
            tags=stored.tags,
            start=begin,
            characters=len(stored.text),
            page=page,
            pages=len(stored.pages) if stored.paged else None,
        )

    async def warm(self) -> None:
        """Note that it was asked to get ready."""
        await self._wait()
        self.warmed = True

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    async def _wait(self) -> None:
        if self._gate:
            await self._gate.wait()
        if self._error:
            raise self._error

    def _select(self, collection: str | None) -> Iterator[_Stored]:
        return (s for s in self._stored.values() if collection in (None, s.collection))

    def _take_in(
        self, source: str, collection: str, tags: tuple[str, ...], report: SyncReport
    ) -> SyncReport:
        if source not in self._files:
            return replace(report, failed=(*report.failed, (source, MISSING)))
        new = _store(collection, source, self._files[source], tags, self._modified)
        old = self._stored.get(new.id)
        self._stored[new.id] = new
        if old is None:
            return replace(report, added=report.added + 1)
        if old != new:
            return replace(report, changed=report.changed + 1)
        return replace(report, unchanged=report.unchanged + 1)


def _store(
    collection: str, source: str, text: Pages, tags: tuple[str, ...], modified: float
) -> _Stored:
    pages = (text,) if isinstance(text, str) else tuple(text)
    return _Stored(collection, source, pages, not isinstance(text, str), tags, modified)


def _describe(stored: _Stored) -> DocumentEntry:
    return DocumentEntry(
        id=stored.id,
        collection=stored.collection,
        source=stored.source,
        title=stored.title,
        modified=stored.modified,
        tags=stored.tags,
        pages=len(stored.pages) if stored.paged else None,
        chunks=len(list(_cut(stored))),
        characters=len(stored.text),
    )


def _read_page(stored: _Stored, page: int | None) -> tuple[int, str]:
    """Return where a page begins and its text; the whole without a page."""
    if page is None:
        return 0, stored.text
    if not stored.paged or not 1 <= page <= len(stored.pages):
        raise InputError(
            "The document has no such page.", "Pages count from 1.", code="unknown_page"
        )
    return sum(len(p) + len(PAGE_BREAK) for p in stored.pages[: page - 1]), stored.pages[page - 1]


@dataclass(frozen=True, slots=True)
class _Paragraph:
    start: int
    text: str
    page: int | None
    headings: tuple[str, ...]


def _cut(stored: _Stored) -> Iterator[_Paragraph]:
    """Yield paragraphs that are no headings, with the last heading above them."""
    start, headings = 0, ()
    for number, page in enumerate(stored.pages, start=1):
        for text in page.split("\n\n"):
            if text.startswith("#"):
                headings = (text.lstrip("# "),)
            elif text.strip():
                yield _Paragraph(start, text, number if stored.paged else None, headings)
            start += len(text) + 2


def _find_hits(stored: _Stored, request: SearchRequest) -> Iterator[Hit]:
    cut = list(_cut(stored))
    for ordinal, paragraph in enumerate(cut):
        shared = len(_words(request.query) & _words(f"{stored.title} {paragraph.text}"))
        if shared and _is_on_page(paragraph, request.filter):
            near = cut[max(0, ordinal - request.expand) : ordinal + request.expand + 1]
            place = min(ordinal, request.expand)
            yield _make_hit(stored, paragraph, ordinal, shared, (near[:place], near[place + 1 :]))


def _make_hit(
    stored: _Stored,
    paragraph: _Paragraph,
    ordinal: int,
    shared: int,
    neighbours: tuple[Iterable[_Paragraph], Iterable[_Paragraph]],
) -> Hit:
    before, after = ("\n\n".join(p.text for p in near) for near in neighbours)
    return Hit(
        id=chunk_id(stored.id, ordinal),
        document=stored.id,
        collection=stored.collection,
        text=paragraph.text,
        source=stored.source,
        title=stored.title,
        headings=paragraph.headings,
        page=paragraph.page,
        start=paragraph.start,
        end=paragraph.start + len(paragraph.text),
        modified=stored.modified,
        tags=stored.tags,
        score=float(shared),
        parts=ScoreParts(fused=float(shared), sparse=float(shared), sparse_rank=1),
        before=before,
        after=after,
    )


def _words(text: str) -> set[str]:
    return {word.strip(".,:;!?\"'`").lower() for word in text.split()} - {""}


def _may_be_found(stored: _Stored, where: SearchFilter) -> bool:
    return (
        (not where.collections or stored.collection in where.collections)
        and (not where.sources or any(fnmatchcase(stored.source, p) for p in where.sources))
        and set(where.tags) <= set(stored.tags)
        and (where.modified_from is None or stored.modified >= where.modified_from)
        and (where.modified_to is None or stored.modified <= where.modified_to)
    )


def _is_on_page(paragraph: _Paragraph, where: SearchFilter) -> bool:
    if where.first_page is None and where.last_page is None:
        return True
    page = paragraph.page
    return page is not None and (where.first_page or 1) <= page <= (where.last_page or page)
