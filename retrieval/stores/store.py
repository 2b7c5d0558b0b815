"""What a store can do.

How it is used: the indexer hands a `Batch` to `apply`; the search pipeline asks `answering()` once per
question: `search_sparse` and `search_dense` give chunk ids, `fetch` gives the best. One writer and many readers may have the same
store open. What it leaves out: fusion, so that every store ranks alike.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chalklens.types import SearchFilter
from retrieval.documents import Chunk, Document, StoredChunk

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document ready to be stored: its chunks and their unit vectors, (chunks, dimensions).

    `vectors` has no columns when the index has no embedder.
    """

    document: Document
    chunks: tuple[Chunk, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Batch:
    """One change: documents that are new or replace their former selves, and ids that go."""

    documents: tuple[IndexedDocument, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What one stage found, best first: ids of chunks and their scores, higher is better."""

    ids: Sequence[str] = ()
    scores: Sequence[float] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, float]]) -> "Found":
        """Take apart ids with their scores."""
        listed = list(pairs)
        return cls([id_ for id_, _ in listed], [score for _, score in listed])

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A stored document without its text."""

    id: str
    collection: str
    source: str
    title: str
    sha256: str
    mime_type: str
    modified: float
    tags: tuple[str, ...]
    chunks: int
    characters: int


@dataclass(frozen=True, slots=True)
class IndexParameters:
    """What an index was made with; another value means another index.

    Attributes:
        embedder: Name and revision of the embedder, empty for none.
        dimensions: Of its vectors, 0 for none.
        tokens: Version of `retrieval.tokens`.
        chunking: Version and sizes of `retrieval.chunking`.
    """

    embedder: str
    dimensions: int
    tokens: str
    chunking: str


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds. `generation` changes with every applied batch.

    `notes` says what the engine behind it cannot do, e.g. sparse search.
    """

    kind: str
    parameters: IndexParameters
    documents: int
    chunks: int
    generation: str
    notes: tuple[str, ...] = ()


class Answers(Protocol):
    """What a question needs."""

    def describe(self) -> StoreInfo:
        """Count what is there."""
        ...

    def search_sparse(
        self,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]] = (),
    ) -> Found:
        """Return chunks by BM25 over the tokens of `retrieval.tokens`, best first.

        Every phrase's tokens must occur in this order, side by side, where the engine can check
        it; the pipeline checks the characters again.
        """
        ...

    def search_dense(self, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return chunks by inner product with a unit vector, (dimensions,), best first."""
        ...

    def read_vectors(self, ids: Sequence[str]) -> Vectors:
        """Return stored vectors, (ids, dimensions), in the order of `ids`; zeros for one that is gone.

        Asked for up to some 200 ids in every search: fusion completes and refines dense scores.
        """
        ...

    def fetch(self, ids: Sequence[str]) -> list[StoredChunk]:
        """Return the chunks that still exist, in the order of `ids`."""
        ...


class Store(Answers, Protocol):
    """Chunks and their vectors, searchable in two ways.

    Every method raises `UnavailableError` when the engine behind it cannot be reached or the files
    cannot be used, and `StorageError` when nothing can be written.
    """

    def apply(self, batch: Batch) -> None:
        """Make the change visible as a whole or not at all; the next search sees it."""
        ...

    def answering(self) -> AbstractContextManager[Answers]:
        """Give what answers a whole question, from one state where the engine can do that.

        Until the end ask it and not the store, of which others may have to wait.
        """
        ...

    def read_chunks(
        self, document: str, first: int = 0, last: int | None = None
    ) -> list[StoredChunk]:
        """Return a document's chunks `first` to `last` (included), in order; none if unknown."""
        ...

    def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 1000
    ) -> list[DocumentInfo]:
        """Return documents by collection and source."""
        ...

    def find_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors of texts (`passages.write_dense_text`) that a stored chunk has already."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
