"""Whole changes on engines that have no transactions.

How it is used: `RevisionedStore(engine)` is a `Store`; the engine (Milvus, Elasticsearch) only adds,
finds and deletes rows. Every row carries the revision it was written in. A change is

1. inserted under revision n + 1, which no reader looks at yet,
2. committed by one small write of the head: generation n + 1 and the documents it supersedes,
3. cleaned up: rows of the superseded documents from before n + 1 are deleted.

Readers filter by the head, so they see all of a change or none of it. They read the head again after
every search and repeat it when a commit came in between. A writer that dies leaves rows that no reader
sees; the next change deletes them first. Applying a batch twice gives the same content.

What it leaves out: two writers at once. Elasticsearch refuses the second one, Milvus cannot.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from chalklens.errors import BusyError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.documents import StoredChunk
from retrieval.stores.rows import (
    Row,
    check_shapes,
    hash_text,
    make_chunk_rows,
    make_document_row,
    order_by_id,
    read_chunk,
    read_document,
)
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

MAX_CHANGED = 1000  # documents in one step: their ids go into the head and into every filter
MAX_ATTEMPTS = 8  # to read while changes are committed
READ_ROWS = 1000
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Head:
    """What readers may see.

    Attributes:
        index: Drawn when the index was made, so that a new one is never taken for the old one.
        generation: Rows of later revisions are not there yet.
        superseded: Documents whose rows of earlier revisions are not there any more.
        version: The engine's own mark of this head, so that only this one is replaced.
    """

    index: str
    generation: int = 0
    superseded: tuple[str, ...] = ()
    version: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The generation, also across rebuilt indices."""
        return f"{self.index}.{self.generation}"


class Engine(Protocol):
    """Rows in an engine. What one method wrote, the next method sees, in every process."""

    kind: str
    parameters: IndexParameters
    notes: tuple[str, ...]

    def open(self) -> bool:
        """Take over the index that is there, with its parameters; False when there is none."""
        ...

    def create(self, parameters: IndexParameters, index: str) -> None:
        """Make an empty index; one of ours in its place goes."""
        ...

    def read_head(self) -> Head:
        """Return the newest head."""
        ...

    def write_head(self, head: Head) -> Head:
        """Replace the head in one step and return it with its new version."""
        ...

    def insert(self, chunks: list[Row], documents: list[Row]) -> None:
        """Add rows."""
        ...

    def delete_later(self, generation: int) -> None:
        """Delete rows of later revisions than this."""
        ...

    def delete_earlier(self, documents: Sequence[str], generation: int) -> None:
        """Delete rows of these documents of earlier revisions than this."""
        ...

    def count(self, head: Head) -> tuple[int, int]:
        """Return documents and chunks."""
        ...

    def search_sparse(
        self,
        head: Head,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]],
    ) -> Found:
        """Return ids of chunks by BM25."""
        ...

    def search_dense(self, head: Head, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return ids of chunks by inner product."""
        ...

    def get_chunks(self, head: Head, ids: Sequence[str]) -> list[Row]:
        """Return the rows of chunks, at most `READ_ROWS` of them, in any order."""
        ...

    def get_range(self, head: Head, document: str, first: int, last: int) -> list[Row]:
        """Return the rows of a document's chunks, at most `READ_ROWS` of them, in any order."""
        ...

    def get_documents(self, head: Head, ids: Sequence[str]) -> list[Row]:
        """Return the rows of documents, at most `READ_ROWS` of them, in any order."""
        ...

    def list_documents(
        self, head: Head, collection: str | None, offset: int, limit: int
    ) -> list[Row]:
        """Return rows by collection and source."""
        ...

    def get_vectors(self, head: Head, field: str, values: Sequence[str]) -> dict[str, list[float]]:
        """Return vectors by a field of their chunks (`chunk`, `text_hash`), for at most `READ_ROWS`."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class RevisionedStore:
    """A `Store` over an `Engine`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._head: Head | None = None
        self._info: StoreInfo | None = None
        self._clean = False

    def describe(self) -> StoreInfo:
        """Count what is there; a search asks for it, so it is counted once per generation."""
        if self._info is None or self.engine.read_head().label != self._info.generation:
            self._info = self._read(self._count)
        return self._info

    def apply(self, batch: Batch) -> None:
        """Make the change visible as a whole; beyond 1000 changed documents, in steps of as many."""
        check_shapes(batch, self.engine.parameters.dimensions)
        for documents, removed in _split(batch):
            self._apply(documents, removed)

    def answering(self) -> AbstractContextManager[Answers]:
        """Promise nothing: every part of an answer looks at the newest head."""
        return nullcontext(self)

    def search_sparse(
        self,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]] = (),
    ) -> Found:
        """Return chunks by BM25, best first."""
        if not tokens or k < 1:
            return Found()
        return self._read(lambda head: self.engine.search_sparse(head, tokens, k, where, phrases))

    def search_dense(self, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return chunks by inner product, best first."""
        if not self.engine.parameters.dimensions or k < 1:
            return Found()
        return self._read(lambda head: self.engine.search_dense(head, vector, k, where))

    def read_vectors(self, ids: Sequence[str]) -> Vectors:
        """Return stored vectors in the order of `ids`, zeros for one that is gone."""
        vectors = np.zeros((len(ids), self.engine.parameters.dimensions), np.float32)
        if not vectors.size:
            return vectors
        found = dict(
            self._read(
                lambda head: [
                    item
                    for part in _cut(ids, READ_ROWS)
                    for item in self.engine.get_vectors(head, "chunk", part).items()
                ]
            )
        )
        for place, id_ in enumerate(ids):
            if id_ in found:
                vectors[place] = found[id_]
        return vectors

    def fetch(self, ids: Sequence[str]) -> list[StoredChunk]:
        """Return the chunks that still exist, in the order of `ids`."""
        rows = self._read(
            lambda head: [
                row for part in _cut(ids, READ_ROWS) for row in self.engine.get_chunks(head, part)
            ]
        )
        return order_by_id(rows, ids)

    def read_chunks(
        self, document: str, first: int = 0, last: int | None = None
    ) -> list[StoredChunk]:
        """Return a document's chunks `first` to `last`, in order."""
        rows = self._read(lambda head: self._read_range(head, document, max(0, first), last))
        return [read_chunk(row) for row in sorted(rows, key=lambda row: int(row["ordinal"]))]

    def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 1000
    ) -> list[DocumentInfo]:
        """Return documents by collection and source."""
        if limit < 1:
            return []
        rows = self._read(
            lambda head: self.engine.list_documents(head, collection, max(0, offset), limit)
        )
        return [read_document(row) for row in rows]

    def find_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors of texts that a stored chunk has already."""
        if not self.engine.parameters.dimensions or not texts:
            return {}
        hashes = {hash_text(text): text for text in texts}
        found = self._read(
            lambda head: [
                item
                for part in _cut(list(hashes), READ_ROWS)
                for item in self.engine.get_vectors(head, "text_hash", part).items()
            ]
        )
        return {hashes[key]: np.array(vector, np.float32) for key, vector in found}

    def close(self) -> None:
        """Let go of connections."""
        self.engine.close()

    def _read(self, ask: Callable[[Head], Answer]) -> Answer:
        """Ask under one head; again when another was committed meanwhile."""
        for _ in range(MAX_ATTEMPTS):
            head = self._head or self.engine.read_head()
            answer = ask(head)
            self._head = self.engine.read_head()
            if self._head.label == head.label:
                return answer
        raise BusyError(
            "The index changes faster than it can be searched.",
            "Search again, or after the current sync.",
        )

    def _count(self, head: Head) -> StoreInfo:
        documents, chunks = self.engine.count(head)
        engine = self.engine
        return StoreInfo(
            engine.kind, engine.parameters, documents, chunks, head.label, engine.notes
        )

    def _read_range(self, head: Head, document: str, first: int, last: int | None) -> list[Row]:
        known = self.engine.get_documents(head, [document])
        if not known:
            return []
        end = int(known[0]["chunks"]) - 1
        end = end if last is None else min(end, last)
        return [
            row
            for start in range(first, end + 1, READ_ROWS)
            for row in self.engine.get_range(head, document, start, min(end, start + READ_ROWS - 1))
        ]

    def _apply(self, documents: list[IndexedDocument], removed: list[str]) -> None:
        head = self._clean_up(self.engine.read_head())
        self._clean = False
        revision = head.generation + 1
        changed = [*(indexed.document.id for indexed in documents), *removed]
        superseded = [row["document"] for row in self.engine.get_documents(head, changed)]
        self.engine.insert(
            [row for indexed in documents for row in make_chunk_rows(indexed, revision)],
            [make_document_row(indexed, revision) for indexed in documents],
        )
        committed = replace(head, generation=revision, superseded=tuple(superseded))
        committed = self.engine.write_head(committed)
        self._clean = True
        self._delete_superseded(committed)

    def _clean_up(self, head: Head) -> Head:
        """Delete what a writer left that did not come to its end."""
        if not self._clean:
            self.engine.delete_later(head.generation)
        return self._delete_superseded(head)

    def _delete_superseded(self, head: Head) -> Head:
        if not head.superseded:
            return head
        self.engine.delete_earlier(head.superseded, head.generation)
        return self.engine.write_head(replace(head, superseded=()))


def open_index(
    engine: Engine, parameters: IndexParameters | None, *, readonly: bool, rebuild: bool
) -> RevisionedStore:
    """Open what is there, or make it.

    Args:
        engine: Connected; closed again when this raises.
        parameters: What the index must be made with; None takes what is there.
        readonly: Never make an index.
        rebuild: Replace an index of other parameters by an empty one.

    Raises:
        UnavailableError: There is none (code `index_missing`), or it was made with other parameters
            (code `index_mismatch`), or the engine cannot be reached.
    """
    try:
        found = engine.open()
        if must_create(engine.parameters if found else None, parameters, readonly, rebuild):
            assert parameters is not None
            engine.create(parameters, secrets.token_hex(4))
    except BaseException:
        engine.close()
        raise
    return RevisionedStore(engine)


def must_create(
    found: IndexParameters | None,
    wanted: IndexParameters | None,
    readonly: bool,
    rebuild: bool,
) -> bool:
    """Decide whether an index is made; see `open_index`."""
    if found is not None and wanted in (None, found):
        return False
    if found is None and (readonly or wanted is None):
        raise UnavailableError(
            "There is no index in the store yet.",
            "Run `chalklens knowledge sync DIR`.",
            code="index_missing",
        )
    if found is not None and (readonly or not rebuild):
        raise UnavailableError(
            f"The index in the store was made with other settings: {found}, wanted {wanted}.",
            "Build it again with `chalklens knowledge sync DIR`, or name another index: ?name=notes.",
            code="index_mismatch",
        )
    return True


def _split(batch: Batch) -> Iterator[tuple[list[IndexedDocument], list[str]]]:
    """Yield steps of at most `MAX_CHANGED` documents; of the same document the last one counts."""
    documents = list({indexed.document.id: indexed for indexed in batch.documents}.values())
    kept = {indexed.document.id for indexed in documents}
    removed = [id_ for id_ in dict.fromkeys(batch.removed) if id_ not in kept]
    steps = -(-max(1, len(documents) + len(removed)) // MAX_CHANGED)
    for step in range(steps):
        start, end = step * MAX_CHANGED, (step + 1) * MAX_CHANGED
        offset = len(documents)
        yield documents[start:end], removed[max(0, start - offset) : max(0, end - offset)]


def _cut(items: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
