"""Writing to a PostgreSQL store: its tables, and batches.

How it is used: `create_index(link, schema, parameters)` and `apply_batch(link, schema, batch, dimensions)`,
each inside a transaction of `PostgresConnection.run`. What it leaves out: reading.
"""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from chalklens.errors import UnavailableError
from retrieval.stores import pgvector_statements as sql
from retrieval.stores.pgvector_link import copy, execute, fetch, write_vector
from retrieval.stores.rows import (
    CHUNK_FIELDS,
    DOCUMENT_FIELDS,
    Row,
    make_chunk_rows,
    make_document_row,
)
from retrieval.stores.store import Batch, IndexParameters

if TYPE_CHECKING:
    from retrieval.stores.pgvector_link import Link

FIRST_VERSION = (0, 8)  # with iterative scans, which filters need
CHUNK_COLUMNS = ("id", *CHUNK_FIELDS, "tokens", "text_hash")
POSTING_COLUMNS = ("token", "chunk", "count", "length")


def create_index(link: "Link", schema: str, parameters: IndexParameters) -> None:
    """Make empty tables; tables of ours in their place go.

    Raises:
        UnavailableError: The schema belongs to somebody else, or pgvector is too old.
    """
    ((heads, tables),) = fetch(link, sql.COUNT_TABLES, [schema])
    if tables and not heads:
        raise UnavailableError(
            f"The schema {schema} holds tables of others.",
            "Choose another name: ?name=notes at the end of the address.",
        )
    execute(link, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    execute(link, f"CREATE SCHEMA {schema}")
    _check_extension(link)
    execute(link, sql.CREATE)
    if parameters.dimensions:
        execute(link, sql.ADD_VECTORS.format(dimensions=parameters.dimensions))
    if 0 < parameters.dimensions <= sql.MAX_INDEXED_DIMENSIONS:
        execute(link, sql.INDEX_VECTORS)
    execute(link, sql.INSERT_HEAD, [secrets.token_hex(4), json.dumps(asdict(parameters))])


def apply_batch(link: "Link", schema: str, batch: Batch, dimensions: int) -> None:
    """Replace, add and remove documents; another writer waits."""
    execute(link, "SELECT pg_advisory_xact_lock(hashtext(%s))", [schema])
    documents = {indexed.document.id: indexed for indexed in batch.documents}
    gone = {"documents": [*documents, *batch.removed]}
    ((gone_chunks, gone_tokens),) = fetch(link, sql.COUNT_OLD, gone)
    for statement in (sql.DELETE_POSTINGS, sql.DELETE_CHUNKS, sql.DELETE_DOCUMENTS):
        execute(link, statement, gone)
    rows = [row for indexed in documents.values() for row in make_chunk_rows(indexed)]
    changes = {
        "chunks": len(rows),
        "tokens": sum(len(row["tokens"]) for row in rows),
        "gone_chunks": gone_chunks,
        "gone_tokens": gone_tokens,
    }
    described = [make_document_row(indexed) for indexed in documents.values()]
    copy(link, "documents", DOCUMENT_FIELDS, described)
    _insert_chunks(link, rows, dimensions)
    execute(link, sql.ADVANCE, changes)


def _insert_chunks(link: "Link", rows: Sequence[Row], dimensions: int) -> None:
    ids = [id_ for (id_,) in fetch(link, sql.DRAW_IDS, [len(rows)])]
    written: list[Row] = []
    postings: list[Row] = []
    for id_, row in zip(ids, rows, strict=True):
        tokens: list[str] = row["tokens"]
        postings.extend(
            {"token": token, "chunk": id_, "count": count, "length": len(tokens)}
            for token, count in Counter(tokens).items()
        )
        vector = {"vector": write_vector(row["vector"])} if dimensions else {}
        written.append({**row, "id": id_, "tokens": f" {' '.join(tokens)} ", **vector})
    copy(link, "chunks", (*CHUNK_COLUMNS, *(["vector"] if dimensions else [])), written)
    copy(link, "postings", POSTING_COLUMNS, postings)


def _check_extension(link: "Link") -> None:
    execute(link, "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
    rows = fetch(link, "SELECT extversion FROM pg_extension WHERE extname = 'vector'")
    version = str(rows[0][0])
    if tuple(int(part) for part in version.split(".")[:2]) < FIRST_VERSION:
        raise UnavailableError(
            f"This database has pgvector {version}; 0.8 or newer is needed.",
            "ALTER EXTENSION vector UPDATE, or install a newer pgvector.",
        )
