"""Answers from one generation: looks whether something is new, then searches.

How it is used: `with reader.answering(): reader.search_dense(...)`, which looks for new batches first
(some microseconds when there are none). A derived part that cannot be used is passed over and made in
memory from the database; the next writer mends the files. What it leaves out: writing, locks.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalklens.types import SearchFilter
from retrieval.documents import StoredChunk
from retrieval.stores.local.database import State, decode_parameters, read_state
from retrieval.stores.local.dense import VectorIndex
from retrieval.stores.local.faults import DerivedPartError, damaged
from retrieval.stores.local.filters import Filters
from retrieval.stores.local.fresh import FreshChunks, Statistics
from retrieval.stores.local.records import fetch_chunks, find_key, iterate_bodies
from retrieval.stores.local.rows import Integers, Mask, Rows, iterate_blocks
from retrieval.stores.local.snapshot import Snapshot, load_snapshot
from retrieval.stores.local.sparse import Mark, SparseIndex, extend_in_memory
from retrieval.stores.store import Found, StoreInfo, Vectors

logger = logging.getLogger(__name__)

SPARSE_FOLDER = "sparse"
REFRESH_TRIES = 5  # the writer may commit between two looks
FEW_KEYS = 4000  # as many are handed to tantivy as a set; of more, hits are sifted
SIFTED_SHARE = 32  # and so they are if one in so many is allowed
MAX_K = 1000
MAX_NAMED = 4096
MAX_CHUNKS = 1024  # of the latest answers; 2 MB of usual text
MARGIN, MORE = 1.5, 4  # hits to look at beyond the expected share, and how to go on


class Reader:
    """One generation as of the last refresh.

    Args:
        connection: To its database; used by one thread at a time.
        folder: Of the generation.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder
        self.state = State("", "")
        self.parameters = decode_parameters(read_state(connection).parameters)
        self.dimensions = self.parameters.dimensions
        self.filters = Filters(connection)
        self.sparse: SparseIndex | None = None
        self.names: dict[int, str] = {}  # ids by position, of the latest answers
        self.named: dict[str, int] = {}  # and the other way round
        self.chunks: dict[int, StoredChunk] = {}  # by key; a key's chunk never changes
        self._begin(None)

    def describe(self) -> StoreInfo:
        """Count what is there."""
        state = self.state
        generation = f"{state.index_id}.{state.sequence}"
        return StoreInfo("local", self.parameters, state.documents, state.chunks, generation)

    @contextlib.contextmanager
    def answering(self) -> Generator[None]:
        """See all batches applied so far, then stay with what is seen until the answer is there."""
        self.connection.execute("BEGIN")
        try:
            self._refresh()
            yield
        finally:
            self.connection.execute("COMMIT")

    def _refresh(self) -> None:
        if read_state(self.connection) == self.state:
            return
        for _ in range(REFRESH_TRIES):
            self._read_changes()
            self._refresh_sparse()
            if self.sparse is None or self.sparse.mark.sequence <= self.state.sequence:
                break
            self.connection.execute("COMMIT")  # tantivy is ahead: look again
            self.connection.execute("BEGIN")
        self.filters.forget()
        self._forget_names()

    def search_sparse(
        self,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]] = (),
    ) -> Found:
        """Return the best by BM25; without tokens those of the phrases count."""
        phrases = [phrase for phrase in phrases if phrase]
        tokens = tokens or [token for phrase in phrases for token in phrase]
        k = min(k, MAX_K)
        mask = self.filters.mask(self.rows, where)
        positions, scores = self._search_tantivy(tokens, phrases, k, mask)
        fresh: dict[int, float] = {}
        if self.fresh.tokens:
            fresh = self.fresh.score(tokens, phrases, self._take_statistics())
        if fresh:
            more = self.rows.find(np.array(list(fresh), np.int64))
            allowed = self._sift(more, mask)
            positions = np.concatenate([positions, more[allowed]])
            scores = np.concatenate([scores, np.array(list(fresh.values()))[allowed]])
        best = np.lexsort((positions, -scores))[:k]
        return self._name(positions[best], scores[best])

    def search_dense(self, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return the best by inner product."""
        if vector.shape != (self.dimensions,):
            raise ValueError(f"a vector of shape {vector.shape} for {self.dimensions}")
        if not self.dimensions:
            return Found()
        asked = np.ascontiguousarray(vector, np.float32)
        mask = self.filters.mask(self.rows, where)
        return self._name(*self.vectors.search(asked, min(k, MAX_K), mask))

    def read_vectors(self, ids: Sequence[str]) -> Vectors:
        """Return vectors, (ids, dimensions), zeros for those that are gone."""
        positions = np.array(self._find_rows(ids), np.int64)
        there = positions >= 0
        if there.all():
            return self.vectors.read(positions)
        vectors = np.zeros((len(ids), self.dimensions), np.float32)
        vectors[there] = self.vectors.read(positions[there])
        return vectors

    def fetch(self, ids: Sequence[str]) -> list[StoredChunk]:
        """Return the chunks that still exist, in the order of `ids`."""
        positions = [position for position in self._find_rows(ids) if position >= 0]
        keys: list[int] = self.rows.columns.keys[positions].tolist()
        if missing := [key for key in keys if key not in self.chunks]:
            self.chunks |= fetch_chunks(self.connection, missing)
        fetched = [self.chunks[key] for key in keys]
        while len(self.chunks) > MAX_CHUNKS:
            self.chunks.pop(next(iter(self.chunks)))
        return fetched

    def _find_rows(self, ids: Sequence[str]) -> list[int]:
        """Return the positions of chunks, -1 for those that are gone."""
        named = self.named  # mostly they have just been found
        return [named[id_] if id_ in named else self._find_row(id_) for id_ in ids]

    def _find_row(self, id_: str) -> int:
        key = find_key(self.connection, id_)
        position = int(self.rows.find(np.array([key]))[0])
        if position < 0 <= key:
            raise damaged("a chunk of a document is missing")
        return position

    def _name(self, positions: Integers, scores: NDArray[np.floating]) -> Found:
        found: list[int] = positions.tolist()
        if len(self.names) > MAX_NAMED:
            self._forget_names()
        if new := [position for position in found if position not in self.names]:
            ids = self.rows.name(np.array(new))
            self.names.update(zip(new, ids, strict=True))
            self.named.update(zip(ids, new, strict=True))
        names = [self.names[position] for position in found]
        return Found(names, scores.tolist())

    def _forget_names(self) -> None:
        self.names.clear()
        self.named.clear()

    def _sift(self, positions: Integers, mask: Mask | None) -> Mask:
        known = positions >= 0
        return known if mask is None else known & mask[positions]

    def _search_tantivy(
        self,
        tokens: Sequence[str],
        phrases: Sequence[Sequence[str]],
        k: int,
        mask: Mask | None,
    ) -> tuple[Integers, NDArray[np.float64]]:
        keys = None if mask is None else self._list_keys(mask)
        limit = k if keys is not None else self._guess_limit(k, mask) + min(k, self._count_gone())
        while self.sparse is not None and tokens and keys != []:
            found, scores = self._ask_tantivy(self.sparse, tokens, phrases, limit, keys)
            positions = self.rows.find(found)
            allowed = self._sift(positions, mask)
            if len(found) < limit or np.count_nonzero(allowed) >= k:
                return positions[allowed], scores[allowed]
            limit = min(MORE * limit, self.sparse.count_rows() + 2)  # at last all and no more
        return np.zeros(0, np.int64), np.zeros(0)

    def _ask_tantivy(
        self, sparse: SparseIndex, *question: Any
    ) -> tuple[Integers, NDArray[np.float64]]:
        try:
            return sparse.search(*question)
        except DerivedPartError as error:
            return self._mend_sparse(error).search(*question)

    def _guess_limit(self, k: int, mask: Mask | None) -> int:
        if mask is None:
            return k
        allowed = max(1, int(np.count_nonzero(mask)))
        return min(len(mask), int(MARGIN * k * len(mask) / allowed)) + k

    def _count_gone(self) -> int:
        """Return about how many chunks tantivy still has that are no rows any more."""
        held = self.sparse.count_rows() if self.sparse else 0
        return max(0, held + len(self.fresh.tokens) - len(self.rows))

    def _list_keys(self, mask: Mask) -> list[int] | None:
        if np.count_nonzero(mask) > min(FEW_KEYS, len(self.rows) // SIFTED_SHARE):
            return None
        return self.rows.columns.keys[mask].tolist()

    def _take_statistics(self) -> Statistics:
        mean = self.state.tokens / max(1, self.state.chunks)
        if self.sparse is None:
            return Statistics(0, lambda _: 0, mean or 1.0)
        return Statistics(self.sparse.count_rows(), self.sparse.count_holders, mean or 1.0)

    def _begin(self, snapshot: Snapshot | None) -> None:
        """Start over from a snapshot, or from nothing."""
        empty = np.zeros((0, self.dimensions), np.float16)
        self.fresh = FreshChunks()
        self.next_key = self.next_fresh = 0
        self.sequence = 0
        if snapshot is None:
            self.rows, self.vectors = Rows(), VectorIndex(empty)
            return
        self.rows = Rows(snapshot.columns)
        self.vectors = VectorIndex(snapshot.vectors, snapshot.codes)
        self.next_key, self.sequence = snapshot.next_key, snapshot.sequence

    def _read_changes(self) -> None:
        """Follow the database to its last batch."""
        state = read_state(self.connection)
        begin_anew = not self.state.index_id or state.pruned > self.sequence
        self.state = State("", "")  # so that an error below means to begin anew
        if begin_anew:
            self._begin(self._load_snapshot(state))
        self._read_rows()
        self._read_pending()
        self._read_removals()
        self.state, self.sequence, self.next_key = state, state.sequence, state.next_key

    def _load_snapshot(self, state: State) -> Snapshot | None:
        try:
            return load_snapshot(self.folder, state, self.dimensions)
        except DerivedPartError as error:
            logger.warning("The snapshot is passed over: %s.", error)
            return None

    def _read_rows(self) -> None:
        for columns, vectors in iterate_blocks(self.connection, self.next_key, self.dimensions):
            self.rows.extend(columns)
            self.vectors.extend(vectors)

    def _read_pending(self) -> None:
        pending = self.connection.execute(
            "SELECT key, tokens FROM pending WHERE key >= ? ORDER BY key", (self.next_fresh,)
        )
        for key, tokens in pending:
            self.fresh.add(key, tokens.split())
            self.next_fresh = key + 1

    def _read_removals(self) -> None:
        removals = self.connection.execute(
            "SELECT first_key, chunks FROM removals WHERE sequence > ?", (self.sequence,)
        )
        for first_key, count in removals:
            self.rows.remove(first_key, count)
            for key in range(first_key, first_key + count):
                self.fresh.remove(key)

    def _refresh_sparse(self) -> None:
        has = self.sparse.mark.next_key if self.sparse else 0
        if has < self.state.flushed:
            try:
                self._reopen_sparse()
            except DerivedPartError as error:
                self._mend_sparse(error)
        if self.sparse is not None:
            self.fresh.drop_below(self.sparse.mark.next_key)

    def _reopen_sparse(self) -> None:
        sparse = self.sparse
        if sparse is None or sparse.folder is None:
            sparse = SparseIndex.open(self.folder / SPARSE_FOLDER)
        else:
            sparse.reload()
        check_mark(sparse.mark, self.state)
        self.sparse = sparse

    def _mend_sparse(self, error: DerivedPartError) -> SparseIndex:
        logger.warning("The index of words is made in memory: %s.", error)
        held = self.sparse if self.sparse and self.sparse.folder is None else None
        begin, state = held.mark.next_key if held else 0, self.state
        mark = Mark(state.index_id, state.sequence, state.next_key)
        bodies = iterate_bodies(self.connection, begin, state.next_key)
        self.sparse = extend_in_memory(held, bodies, mark)
        return self.sparse


def check_mark(mark: Mark, state: State) -> None:
    """Raise DerivedPartError if an index of words cannot be followed from."""
    known = mark.index_id == state.index_id and mark.sequence >= state.pruned
    if not known or mark.next_key < state.flushed:
        raise DerivedPartError("it belongs to another index or another time")
