"""Chunks in PostgreSQL with the extension pgvector (0.8 or newer).

How it is used: `open_pgvector(address, parameters)` gives a `Store` in a schema of its own. A batch is
one transaction: readers see all of it or none. Dense search goes through an HNSW index; when that finds
fewer passages than were wanted, because a filter hides most, every passage is compared. Sparse search
is BM25 over our tokens, in SQL (`pgvector_statements.py`).

What it leaves out: vectors of more than 2000 dimensions in the index (they are compared one by one).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from chalklens.types import SearchFilter
from retrieval.documents import StoredChunk
from retrieval.stores import pgvector_statements as sql
from retrieval.stores.addresses import StoreAddress
from retrieval.stores.pgvector_link import (
    CONNECT_TIMEOUT_S,
    PostgresConnection,
    execute,
    fetch,
    write_vector,
)
from retrieval.stores.pgvector_writing import apply_batch, create_index
from retrieval.stores.revisions import must_create
from retrieval.stores.rows import (
    CHUNK_FIELDS,
    DOCUMENT_FIELDS,
    Row,
    check_shapes,
    hash_text,
    order_by_id,
    read_chunk,
    read_document,
)
from retrieval.stores.store import (
    Answers,
    Batch,
    DocumentInfo,
    Found,
    IndexParameters,
    StoreInfo,
    Vectors,
)

if TYPE_CHECKING:
    from retrieval.stores.pgvector_link import Link

MAX_EF = 1000  # pgvector's own limit


def open_pgvector(
    address: StoreAddress,
    parameters: IndexParameters | None,
    *,
    readonly: bool = False,
    rebuild: bool = False,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
) -> "PgvectorStore":
    """Open the index, or make it; see `revisions.open_index` for the arguments and errors."""
    store = PgvectorStore(address, connect_timeout_s)
    try:
        found = store.find_parameters()
        if must_create(found, parameters, readonly, rebuild):
            assert parameters is not None
            store.create(parameters)
    except BaseException:
        store.close()
        raise
    return store


class PgvectorStore:
    """A `Store` in a schema of a PostgreSQL database."""

    def __init__(self, address: StoreAddress, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self._connection = PostgresConnection(address, connect_timeout_s)
        self._run = self._connection.run
        self.parameters = IndexParameters("", 0, "", "")

    # The index as a whole

    def find_parameters(self) -> IndexParameters | None:
        """Return what the index was made with; None when there is none."""
        there = self._run(
            lambda link: fetch(link, "SELECT to_regclass(%s)", [f"{self._connection.schema}.head"])
        )
        if there[0][0] is None:
            return None
        rows = self._run(lambda link: fetch(link, "SELECT parameters FROM head"))
        self.parameters = IndexParameters(**rows[0][0])
        return self.parameters

    def create(self, parameters: IndexParameters) -> None:
        """Make an empty index; one of ours in its place goes."""
        self._run(lambda link: create_index(link, self._connection.schema, parameters))
        self.parameters = parameters

    def drop(self) -> None:
        """Remove the index."""
        self.execute(f"DROP SCHEMA IF EXISTS {self._connection.schema} CASCADE")

    def execute(self, statement: str) -> None:
        """Execute one statement of an administrator's."""
        self._run(lambda link: execute(link, statement))

    def describe(self) -> StoreInfo:
        """Count what is there."""
        statement = (
            "SELECT index || '.' || generation, chunks, (SELECT count(*) FROM documents) FROM head"
        )
        ((generation, chunks, documents),) = self._run(lambda link: fetch(link, statement))
        return StoreInfo("pgvector", self.parameters, documents, chunks, generation)

    # Writing

    def apply(self, batch: Batch) -> None:
        """Make the change in one transaction."""
        check_shapes(batch, self.parameters.dimensions)
        dimensions = self.parameters.dimensions
        self._run(lambda link: apply_batch(link, self._connection.schema, batch, dimensions))

    # Reading

    def answering(self) -> AbstractContextManager[Answers]:
        """Promise nothing: every part of an answer is a transaction of its own."""
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
        condition, values = sql.write_condition(where, phrases)
        # without a condition, only the best are looked up
        inner_limit = "%(k)s" if condition == "TRUE" else "ALL"
        statement = sql.SEARCH_SPARSE.format(condition=condition, inner_limit=inner_limit)
        values |= {"tokens": list(tokens), "k": k}
        return Found.of(self._run(lambda link: fetch(link, statement, values)))

    def search_dense(self, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return chunks by inner product, best first."""
        if not self.parameters.dimensions or k < 1:
            return Found()
        condition, values = sql.write_condition(where)
        statement = sql.SEARCH_DENSE.format(condition=condition)
        values |= {"vector": write_vector(vector), "k": k}

        def search(link: "Link") -> list[tuple[Any, ...]]:
            execute(link, "SET LOCAL hnsw.iterative_scan = strict_order")
            execute(link, f"SET LOCAL hnsw.ef_search = {min(MAX_EF, max(100, k))}")
            found = fetch(link, statement, values)
            if len(found) < k:
                execute(link, "SET LOCAL enable_indexscan = off")
                found = fetch(link, statement, values)
            return found

        return Found.of(self._run(search))

    def read_vectors(self, ids: Sequence[str]) -> Vectors:
        """Return stored vectors in the order of `ids`, zeros for one that is gone."""
        vectors = np.zeros((len(ids), self.parameters.dimensions), np.float32)
        if vectors.size:
            found = self._fetch_vectors("chunk", ids)
            for place, id_ in enumerate(ids):
                if id_ in found:
                    vectors[place] = found[id_]
        return vectors

    def fetch(self, ids: Sequence[str]) -> list[StoredChunk]:
        """Return the chunks that still exist, in the order of `ids`."""
        return order_by_id(self._fetch_chunks("chunk = ANY(%(ids)s)", {"ids": list(ids)}), ids)

    def read_chunks(
        self, document: str, first: int = 0, last: int | None = None
    ) -> list[StoredChunk]:
        """Return a document's chunks `first` to `last`, in order."""
        condition = "document = %(document)s AND ordinal >= %(first)s"
        condition += "" if last is None else " AND ordinal <= %(last)s"
        values = {"document": document, "first": first, "last": last}
        rows = self._fetch_chunks(f"{condition} ORDER BY ordinal", values)
        return [read_chunk(row) for row in rows]

    def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 1000
    ) -> list[DocumentInfo]:
        """Return documents by collection and source."""
        statement = sql.LIST_DOCUMENTS.format(fields=", ".join(DOCUMENT_FIELDS))
        values = {"collection": collection, "offset": max(0, offset), "limit": max(0, limit)}
        rows = self._run(lambda link: fetch(link, statement, values))
        return [read_document(dict(zip(DOCUMENT_FIELDS, row, strict=True))) for row in rows]

    def find_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors of texts that a stored chunk has already."""
        if not self.parameters.dimensions or not texts:
            return {}
        hashes = {hash_text(text): text for text in texts}
        return {hashes[key]: v for key, v in self._fetch_vectors("text_hash", list(hashes)).items()}

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _fetch_chunks(self, condition: str, values: Mapping[str, Any]) -> list[Row]:
        statement = f"SELECT {', '.join(CHUNK_FIELDS)} FROM chunks WHERE {condition}"
        rows = self._run(lambda link: fetch(link, statement, values))
        return [dict(zip(CHUNK_FIELDS, row, strict=True)) for row in rows]

    def _fetch_vectors(self, field: str, values: Sequence[str]) -> dict[str, Vectors]:
        statement = f"SELECT DISTINCT ON ({field}) {field}, vector::real[] FROM chunks WHERE {field} = ANY(%s)"
        rows = self._run(lambda link: fetch(link, statement, [list(values)]))
        return {key: np.array(vector, np.float32) for key, vector in rows}
