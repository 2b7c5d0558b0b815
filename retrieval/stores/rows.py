"""Documents and chunks as flat rows, the way engines keep them.

How it is used: `make_chunk_rows` and `make_document_row` before writing, `read_chunk` and
`read_document` after reading. Rows of several revisions of a document may stand side by side: `key`
tells them apart. What it leaves out: vectors of other shapes, and what an engine calls its columns.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from retrieval.documents import Chunk, StoredChunk, chunk_id
from retrieval.passages import list_sparse_tokens, write_dense_text
from retrieval.stores.store import Batch, DocumentInfo, IndexedDocument

Row = dict[str, Any]

CHUNK_FIELDS = (
    "chunk",
    "document",
    "collection",
    "source",
    "title",
    "mime_type",
    "modified",
    "tags",
    "ordinal",
    "first",
    "after",
    "text",
    "headings",
    "page",
)
DOCUMENT_FIELDS = (
    "document",
    "collection",
    "source",
    "title",
    "sha256",
    "mime_type",
    "modified",
    "tags",
    "chunks",
    "characters",
)
NO_PAGE = 0


def check_shapes(batch: Batch, dimensions: int) -> None:
    """Refuse vectors that are not (chunks, dimensions).

    Raises:
        ValueError: Of the first document where it is so.
    """
    for indexed in batch.documents:
        if indexed.vectors.shape != (len(indexed.chunks), dimensions):
            raise ValueError(
                f"vectors of shape {indexed.vectors.shape}, expected "
                f"({len(indexed.chunks)}, {dimensions}): {indexed.document.source}"
            )


def make_document_row(indexed: IndexedDocument, revision: int = 0) -> Row:
    """Return what `DocumentInfo` tells, as a row."""
    document = indexed.document
    return {
        "key": f"{document.id}@{revision}",
        "revision": revision,
        "document": document.id,
        "collection": document.collection,
        "source": document.source,
        "title": document.title,
        "sha256": document.sha256,
        "mime_type": document.mime_type,
        "modified": float(document.modified),
        "tags": list(document.tags),
        "chunks": len(indexed.chunks),
        "characters": len(document.text),
    }


def make_chunk_rows(indexed: IndexedDocument, revision: int = 0) -> list[Row]:
    """Return one row per chunk; `vector` is left out when the index has no embedder."""
    document = indexed.document
    shared = {
        "revision": revision,
        "document": document.id,
        "collection": document.collection,
        "source": document.source,
        "title": document.title,
        "mime_type": document.mime_type,
        "modified": float(document.modified),
        "tags": list(document.tags),
    }
    rows = [
        {**shared, **_write_chunk(document.id, document.title, chunk, revision)}
        for chunk in indexed.chunks
    ]
    if indexed.vectors.shape[1]:
        for row, vector in zip(rows, indexed.vectors, strict=True):
            row["vector"] = vector.tolist()
    return rows


def hash_text(dense_text: str) -> str:
    """Return what vectors are found by."""
    return hashlib.sha256(dense_text.encode("utf-8", "surrogatepass")).hexdigest()


def read_chunk(row: Mapping[str, Any]) -> StoredChunk:
    """Rebuild a chunk from the values of `CHUNK_FIELDS`."""
    page = int(row["page"])
    return StoredChunk(
        row["chunk"],
        row["document"],
        row["collection"],
        row["source"],
        row["title"],
        row["mime_type"],
        float(row["modified"]),
        tuple(row["tags"]),
        Chunk(
            int(row["ordinal"]),
            int(row["first"]),
            int(row["after"]),
            row["text"],
            tuple(json.loads(row["headings"])),
            None if page == NO_PAGE else page,
        ),
    )


def read_document(row: Mapping[str, Any]) -> DocumentInfo:
    """Rebuild a document's description from the values of `DOCUMENT_FIELDS`."""
    return DocumentInfo(
        row["document"],
        row["collection"],
        row["source"],
        row["title"],
        row["sha256"],
        row["mime_type"],
        float(row["modified"]),
        tuple(row["tags"]),
        int(row["chunks"]),
        int(row["characters"]),
    )


def order_by_id(rows: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> list[StoredChunk]:
    """Return the chunks in the order of `ids`, without those that are missing."""
    found = {row["chunk"]: row for row in rows}
    return [read_chunk(found[id_]) for id_ in ids if id_ in found]


def _write_chunk(document: str, title: str, chunk: Chunk, revision: int) -> Row:
    id_ = chunk_id(document, chunk.ordinal)
    return {
        "key": f"{id_}@{revision}",
        "chunk": id_,
        "ordinal": chunk.ordinal,
        "first": chunk.start,
        "after": chunk.end,
        "text": chunk.text,
        "headings": json.dumps(chunk.headings, ensure_ascii=False),
        "page": NO_PAGE if chunk.page is None else chunk.page,
        "tokens": list_sparse_tokens(title, chunk),
        "text_hash": hash_text(write_dense_text(title, chunk)),
    }
