"""A store in memory for tests of what stands on stores: exact, slow, forgets everything.

How it is used: `FakeStore(parameters)`; `FakeStore.share()` gives another handle on the same content,
as another process would have one. `errors` holds what the next calls raise, by method name. What it
leaves out: files, speed.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np

from chalklens.types import SearchFilter
from retrieval.documents import Chunk, Document, StoredChunk, chunk_id
from retrieval.passages import list_sparse_tokens, write_dense_text
from retrieval.stores.store import (
    Answers,
    Batch,
    DocumentInfo,
    Found,
    IndexedDocument,
    IndexParameters,
    StoreInfo,
    Vectors,
)

K1, B = 1.2, 0.75
PARAMETERS = IndexParameters(embedder="fake", dimensions=8, tokens="1", chunking="1")


@dataclass
class _Content:
    documents: dict[str, IndexedDocument] = field(default_factory=dict[str, IndexedDocument])
    sequence: int = 0


class FakeStore:
    """A `Store` in memory.

    Args:
        parameters: What the index claims to be made with.
        content: Shared with another handle.
    """

    def __init__(
        self, parameters: IndexParameters = PARAMETERS, content: _Content | None = None
    ) -> None:
        self.parameters = parameters
        self.content = content or _Content()
        self.errors: dict[str, Exception] = {}
        self.closed = False

    def share(self) -> "FakeStore":
        """Return another handle on the same content."""
        return FakeStore(self.parameters, self.content)

    def describe(self) -> StoreInfo:
        """Count what is there."""
        self._fail("describe")
        documents = self.content.documents.values()
        chunks = sum(len(document.chunks) for document in documents)
        generation = str(self.content.sequence)
        return StoreInfo("fake", self.parameters, len(documents), chunks, generation)

    def apply(self, batch: Batch) -> None:
        """Replace, add and remove documents."""
        self._fail("apply")
        for document in batch.documents:
            if document.vectors.shape != (len(document.chunks), self.parameters.dimensions):
                raise ValueError(f"vectors of shape {document.vectors.shape}")
        for id_ in batch.removed:
            self.content.documents.pop(id_, None)
        for document in batch.documents:
            self.content.documents[document.document.id] = document
        self.content.sequence += 1

    def answering(self) -> AbstractContextManager[Answers]:
        """Promise nothing."""
        return nullcontext(self)

    def search_sparse(
        self,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]] = (),
    ) -> Found:
        """Rank by BM25 with k1 1.2 and b 0.75."""
        self._fail("search_sparse")
        texts = {
            chunk_id(d.id, c.ordinal): list_sparse_tokens(d.title, c) for d, c, _ in self._walk()
        }
        allowed = {chunk_id(d.id, c.ordinal) for d, c, _ in self._walk() if _allows(where, d, c)}
        scores = _score_bm25(texts, tokens)
        return _rank(
            {
                id_: score
                for id_, score in scores.items()
                if id_ in allowed and all(_holds(texts[id_], phrase) for phrase in phrases)
            },
            k,
        )

    def search_dense(self, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Rank by inner product."""
        self._fail("search_dense")
        return _rank(
            {
                chunk_id(d.id, c.ordinal): float(np.dot(stored, vector))
                for d, c, stored in self._walk()
                if _allows(where, d, c)
            },
            k,
        )

    def read_vectors(self, ids: Sequence[str]) -> Vectors:
        """Return vectors, zeros for chunks that are gone."""
        self._fail("read_vectors")
        known = {chunk_id(d.id, c.ordinal): vector for d, c, vector in self._walk()}
        nothing = np.zeros(self.parameters.dimensions, np.float32)
        rows = [known.get(id_, nothing) for id_ in ids]
        return np.array(rows, np.float32).reshape(len(ids), self.parameters.dimensions)

    def fetch(self, ids: Sequence[str]) -> list[StoredChunk]:
        """Return the chunks that exist."""
        self._fail("fetch")
        stored = {chunk_id(d.id, c.ordinal): _describe_chunk(d, c) for d, c, _ in self._walk()}
        return [stored[id_] for id_ in ids if id_ in stored]

    def read_chunks(
        self, document: str, first: int = 0, last: int | None = None
    ) -> list[StoredChunk]:
        """Return a document's chunks in order."""
        self._fail("read_chunks")
        found = self.content.documents.get(document)
        if found is None:
            return []
        end = len(found.chunks) if last is None else last + 1
        return [
            _describe_chunk(found.document, chunk) for chunk in found.chunks[max(0, first) : end]
        ]

    def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 1000
    ) -> list[DocumentInfo]:
        """Return documents by collection and source."""
        self._fail("list_documents")
        listed = sorted(
            (
                indexed
                for indexed in self.content.documents.values()
                if collection in (None, indexed.document.collection)
            ),
            key=lambda indexed: (indexed.document.collection, indexed.document.source),
        )
        return [_describe_document(indexed) for indexed in listed[offset : offset + limit]]

    def find_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors of texts that a chunk has."""
        self._fail("find_vectors")
        if not self.parameters.dimensions:
            return {}
        known = {write_dense_text(d.title, c): vector for d, c, vector in self._walk()}
        return {text: known[text] for text in texts if text in known}

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def _walk(self) -> Iterator[tuple[Document, Chunk, Vectors]]:
        for indexed in self.content.documents.values():
            for chunk, vector in zip(indexed.chunks, indexed.vectors, strict=True):
                yield indexed.document, chunk, vector

    def _fail(self, method: str) -> None:
        error = self.errors.pop(method, None)
        if error is not None:
            raise error


def _score_bm25(texts: dict[str, list[str]], tokens: Sequence[str]) -> dict[str, float]:
    counts = {id_: Counter(words) for id_, words in texts.items()}
    mean = sum(map(len, texts.values())) / max(1, len(texts)) or 1.0
    scores: dict[str, float] = {}
    for token in tokens:
        holders = [id_ for id_, count in counts.items() if count[token]]
        weight = math.log(1 + (len(texts) - len(holders) + 0.5) / (len(holders) + 0.5))
        for id_ in holders:
            often = counts[id_][token]
            length = K1 * (1 - B + B * len(texts[id_]) / mean)
            scores[id_] = scores.get(id_, 0.0) + weight * often * (K1 + 1) / (often + length)
    return scores


def _rank(scores: dict[str, float], k: int) -> Found:
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return Found.of(best[:k])


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    size = len(phrase)
    return any(list(words[i : i + size]) == list(phrase) for i in range(len(words) - size + 1))


def _allows(where: SearchFilter, document: Document, chunk: Chunk) -> bool:
    return (
        (not where.collections or document.collection in where.collections)
        and (not where.sources or any(fnmatchcase(document.source, s) for s in where.sources))
        and set(where.tags) <= set(document.tags)
        and (where.modified_from is None or document.modified >= where.modified_from)
        and (where.modified_to is None or document.modified <= where.modified_to)
        and _allows_page(where, chunk.page)
    )


def _allows_page(where: SearchFilter, page: int | None) -> bool:
    if where.first_page is None and where.last_page is None:
        return True
    if page is None:
        return False
    return (where.first_page or 1) <= page <= (where.last_page or page)


def _describe_chunk(document: Document, chunk: Chunk) -> StoredChunk:
    return StoredChunk(
        chunk_id(document.id, chunk.ordinal),
        document.id,
        document.collection,
        document.source,
        document.title,
        document.mime_type,
        document.modified,
        document.tags,
        chunk,
    )


def _describe_document(indexed: IndexedDocument) -> DocumentInfo:
    document = indexed.document
    return DocumentInfo(
        document.id,
        document.collection,
        document.source,
        document.title,
        document.sha256,
        document.mime_type,
        document.modified,
        document.tags,
        len(indexed.chunks),
        len(document.text),
    )
