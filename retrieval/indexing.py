"""From bytes to a searchable index: read, load, cut, embed, apply, note. Indexing worker only.

How it is used:

    tally = Indexer(store, embedder, catalogue, loader).run(jobs, gone)

A thread reads and loads ahead (the parser itself is in a child of its own) while this one embeds. What
is ready goes to the store in batches, bounded in chunks, bytes and seconds; each is applied as a whole
and then noted in the catalogue, so whatever happens, both hold complete documents only. Vectors that
the store has already (moved files, unchanged passages) are taken from there.

What it leaves out: which files and addresses there are (`sync`).
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from chalklens.errors import ChalklensError, InputError, StorageError
from chalklens.media.fetch import GONE_CODE
from retrieval.catalogue import Catalogue
from retrieval.documents import Chunk, Document
from retrieval.jobs import Content, DocumentLoader, Job, PassageEmbedder, Tally
from retrieval.passages import write_dense_text
from retrieval.records import Change, Item, StoredDocument
from retrieval.reports import Progress
from retrieval.stores.store import Batch, IndexedDocument, Store, Vectors

AHEAD = 8
EMBED_CHUNKS = 256
BATCH_CHUNKS = 2048
BATCH_BYTES = 32 << 20
BATCH_S = 10.0
BATCH_ITEMS = 2000
MAX_REMOVED = 5000
MAX_DOCUMENT_CHUNKS = 20_000
MAX_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A job after loading; without a document when it failed or is indexed already."""

    job: Job
    item: Item
    document: Document | None = None
    chunks: tuple[Chunk, ...] = ()


class _CancelledError(Exception):
    """Somebody said stop."""


class Indexer:
    """Carries out jobs against a store and its catalogue.

    Args:
        store: Open for writing.
        embedder: None for an index without vectors.
        catalogue: Open for writing.
        loader: Where files are parsed.
        cut: `retrieval.chunking.cut_document`.
        progress: Called after every job and, within long documents, after every few hundred chunks.
        cancelled: Asked between jobs and between few hundred chunks.
    """

    def __init__(
        self,
        store: Store,
        embedder: PassageEmbedder | None,
        catalogue: Catalogue,
        loader: DocumentLoader,
        cut: Callable[[Document], tuple[Chunk, ...]],
        *,
        progress: Progress = lambda done, total, what: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._embedder, self._catalogue = store, embedder, catalogue
        self._loader, self._cut = loader, cut
        self._progress, self._cancelled = progress, cancelled
        self._strays: Mapping[str, StoredDocument] = {}
        self._waiting: list[_Prepared] = []
        self._waiting_chunks = 0
        self._batch = _Batch()
        self._done = self._total = 0
        self.tally = Tally()

    def run(self, jobs: Sequence[Job], gone: Iterable[Item] = ()) -> Tally:
        """Do all jobs and remove the documents of what is gone.

        Raises:
            StorageError: The disk is full; everything applied before stays.
            UnavailableError: The store cannot be reached.
        """
        self._strays = self._catalogue.list_strays()
        self._done, self._total = 0, len(jobs)
        self._remove(gone)
        try:
            for prepared in _ahead(self._prepare, jobs):
                self._take(prepared)
            self._embed_waiting()
        except _CancelledError:
            self.tally.cancelled = True
        self._apply()
        return self.tally

    def remove_documents(self, documents: Sequence[str]) -> None:
        """Take documents out of the store and note that they are."""
        for start in range(0, len(documents), MAX_REMOVED):
            self._batch.removed = list(documents[start : start + MAX_REMOVED])
            self._apply()
        self._catalogue.record(Change(generation=self._store.describe().generation))

    def remove_strays(self, collections: Collection[str]) -> None:
        """Remove what the store has of these collections and no item accounts for."""
        strays = [
            stray.document
            for stray in self._catalogue.list_strays().values()
            if stray.collection in collections
        ]
        if strays:
            owned = {d for d in strays if self._catalogue.find_document(d)}
            self.remove_documents([d for d in strays if d not in owned])
            self._catalogue.drop_strays(strays)

    # -- on the loading thread

    def _prepare(self, job: Job) -> _Prepared:
        item = job.item
        try:
            content = job.read()
        except StorageError:
            raise
        except ChalklensError as error:
            kept = job.lasting and item.state == "indexed" and error.code != GONE_CODE
            return _Prepared(job, _note(item, error) if kept else _fail(item, error, ""))
        item = replace(item, **content.changes)
        if content.data is None:
            return _Prepared(job, replace(item, reason=""))
        return self._load(job, item, content, content.data)

    def _load(self, job: Job, item: Item, content: Content, data: bytes) -> _Prepared:
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 == item.sha256 and item.state != "pending":
            reason = item.reason if item.state == "failed" else ""
            return _Prepared(job, replace(item, reason=reason))
        stray = self._strays.get(item.document)
        if stray is not None and stray.sha256 == sha256:
            return _Prepared(job, _adopt(item, stray))
        try:
            document = self._loader.load(
                data,
                content.name,
                content_type=content.content_type,
                collection=job.collection,
                source=item.shown,
                modified=item.modified_s,
                tags=job.tags,
            )
            chunks = self._cut(document)
            _check_length(chunks)
        except ChalklensError as error:
            return _Prepared(job, _fail(item, error, sha256))
        return _Prepared(job, _describe(item, document, chunks, sha256), document, chunks)

    # -- on the main thread

    def _remove(self, gone: Iterable[Item]) -> None:
        for item in gone:
            self._batch.drop(item)
            self.tally.removed += item.state == "indexed"
            if len(self._batch.removed) >= MAX_REMOVED:
                self._apply()

    def _take(self, prepared: _Prepared) -> None:
        self._step(prepared.item.shown, 1)
        if prepared.document is None:
            self._note(prepared)
        else:
            self._waiting.append(prepared)
            self._waiting_chunks += max(1, len(prepared.chunks))
            if self._waiting_chunks >= EMBED_CHUNKS:
                self._embed_waiting()
        if self._batch.is_due():
            self._embed_waiting()
            self._apply()

    def _note(self, prepared: _Prepared) -> None:
        """Keep what became of a job that needs no indexing."""
        before, item = prepared.job.item, prepared.item
        if item.state == "failed" and (before.state == "indexed" or before.chunks):
            self._batch.removed.append(before.document)
        self._batch.items.append(item)
        if prepared.job.replaces:
            self._batch.drop(prepared.job.replaces)
        self.tally.unchanged += item.state == "indexed"

    def _embed_waiting(self) -> None:
        waiting, self._waiting, self._waiting_chunks = self._waiting, [], 0
        texts = [[write_dense_text(one.item.title, c) for c in one.chunks] for one in waiting]
        vectors = self._find_vectors(list(dict.fromkeys(t for some in texts for t in some)))
        for one, some in zip(waiting, texts, strict=True):
            assert one.document is not None
            rows = np.stack([vectors[t] for t in some]) if some else np.zeros((0, self._width))
            self._batch.add(one, rows.astype(np.float32, copy=False))
            self.tally.count(one.job.kind)

    @property
    def _width(self) -> int:
        return self._embedder.dimensions if self._embedder else 0

    def _find_vectors(self, texts: list[str]) -> dict[str, Vectors]:
        """Return a vector for every text, from the store where it has one."""
        if self._embedder is None:
            return dict.fromkeys(texts, np.zeros(0, np.float32))
        found = dict(self._store.find_vectors(texts)) if texts else {}
        missing = sorted((t for t in texts if t not in found), key=len)
        self.tally.reused += len(found)
        for start in range(0, len(missing), EMBED_CHUNKS):
            self._step("", 0)
            some = missing[start : start + EMBED_CHUNKS]
            found.update(zip(some, self._embedder.encode_passages(some), strict=True))
            self.tally.embedded += len(some)
        return found

    def _step(self, what: str, done: int) -> None:
        if self._cancelled():
            raise _CancelledError
        self._done += done
        self._progress(self._done, self._total, what)

    def _apply(self) -> None:
        """Store first, then catalogue: the other way round a crash could lose a document for good."""
        batch, self._batch = self._batch, _Batch()
        generation = ""
        if batch.documents or batch.removed:
            self._store.apply(Batch(tuple(batch.documents), tuple(batch.removed)))
            generation = self._store.describe().generation
        if generation or batch.items or batch.dropped:
            self._catalogue.record(Change(batch.items, batch.dropped, generation))


class _Batch:
    """What will be applied next."""

    def __init__(self) -> None:
        self.documents: list[IndexedDocument] = []
        self.items: list[Item] = []
        self.removed: list[str] = []
        self.dropped: list[tuple[int, str]] = []
        self._chunks = self._bytes = 0
        self._started_s = time.monotonic()

    def add(self, one: _Prepared, vectors: Vectors) -> None:
        """Take a document and its vectors."""
        assert one.document is not None
        self.documents.append(IndexedDocument(one.document, one.chunks, vectors))
        self.items.append(one.item)
        self._chunks += len(one.chunks)
        self._bytes += vectors.nbytes + 2 * len(one.document.text)
        if one.job.replaces:
            self.drop(one.job.replaces)

    def drop(self, item: Item) -> None:
        """Remove an item and its document."""
        self.removed.append(item.document)
        self.dropped.append((item.source, item.name))

    def is_due(self) -> bool:
        """Say whether it is time to apply what is here."""
        if self._chunks >= BATCH_CHUNKS or self._bytes >= BATCH_BYTES:
            return True
        if len(self.items) >= BATCH_ITEMS or len(self.removed) >= MAX_REMOVED:
            return True
        return bool(self.items) and time.monotonic() - self._started_s >= BATCH_S


def _ahead(work: Callable[[Job], _Prepared], jobs: Iterable[Job]) -> Generator[_Prepared]:
    """Do the work of the next few jobs on a thread while the caller is busy with the last."""
    pending: deque[Future[_Prepared]] = deque()
    pool = ThreadPoolExecutor(1, thread_name_prefix="loading")
    try:
        for job in jobs:
            pending.append(pool.submit(work, job))
            if len(pending) > AHEAD:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check_length(chunks: Sequence[Chunk]) -> None:
    if len(chunks) > MAX_DOCUMENT_CHUNKS:
        raise InputError(
            f"The document has {len(chunks):,} passages, more than {MAX_DOCUMENT_CHUNKS:,}.",
            "Split it into several files.",
        )


def _describe(item: Item, document: Document, chunks: Sequence[Chunk], sha256: str) -> Item:
    return replace(
        item,
        state="indexed",
        reason="",
        sha256=sha256,
        title=document.title,
        mime_type=document.mime_type,
        pages=max((section.page or 0 for section in document.sections), default=0),
        chunks=len(chunks),
        characters=len(document.text),
        tags="\n".join(document.tags),
    )


def _adopt(item: Item, stray: StoredDocument) -> Item:
    return replace(
        item,
        state="indexed",
        reason="",
        sha256=stray.sha256,
        title=stray.title,
        mime_type=stray.mime_type,
        chunks=stray.chunks,
        characters=stray.characters,
        tags=stray.tags,
    )


def _fail(item: Item, error: ChalklensError, sha256: str) -> Item:
    failed = replace(_note(item, error), state="failed", sha256=sha256, chunks=0, characters=0)
    # What could not even be read is tried again each time: that is cheap, and rights leave no trace.
    return failed if sha256 else replace(failed, mtime_ns=0)


def _note(item: Item, error: ChalklensError) -> Item:
    return replace(item, reason=str(error)[:MAX_REASON_CHARS])
