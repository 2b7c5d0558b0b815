"""Documents, chunks and vectors as rows of the database.

How it is used: `insert_document`, `remove_document` inside the writer's transaction; the `read_*`
functions for answers. A row that does not match its checksum is damage, never an answer. What it
leaves out: transactions, searching.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from retrieval.documents import Chunk, Document, StoredChunk, chunk_id
from retrieval.passages import list_sparse_tokens, write_dense_text
from retrieval.stores.local.database import compute_checksum
from retrieval.stores.local.faults import damaged
from retrieval.stores.store import DocumentInfo, IndexedDocument, Vectors

DOCUMENT = "id, collection, source, title, sha256, mime_type, modified, tags, chunks, characters, first_key"
CHUNK = "start, stop, text, headings, page"
CACHED_LISTS = 1024  # of tags and of headings, many of which are alike

CHUNKS = f"""
SELECT {", ".join(f"c.{name}" for name in ("key", *CHUNK.split(", "), "checksum"))},
    {", ".join(f"d.{name}" for name in (*DOCUMENT.split(", "), "checksum"))}
FROM json_each(?) AS wanted
JOIN chunks c ON c.key = wanted.value JOIN documents d ON d.number = c.document
"""
CHUNK_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Removed:
    """What went with a document: how much, and which vectors may have lost their last chunk."""

    documents: int = 0
    chunks: int = 0
    tokens: int = 0
    vectors: tuple[int, ...] = ()


def hash_text(text: str) -> bytes:
    """Return what a vector is found by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def insert_document(
    connection: sqlite3.Connection, indexed: IndexedDocument, first_key: int
) -> int:
    """Store a document whose id is not there; return how many tokens its chunks have."""
    document, count = indexed.document, len(indexed.chunks)
    values = (
        *(document.id, document.collection, document.source, document.title, document.sha256),
        *(document.mime_type, float(document.modified), json.dumps(sorted(set(document.tags)))),
        *(count, len(document.text), first_key),
    )
    number = connection.execute(
        f"INSERT INTO documents ({DOCUMENT}, checksum) VALUES ({'?, ' * 11}?)",
        (*values, compute_checksum(*values)),
    ).lastrowid
    assert number is not None
    connection.executemany(
        "INSERT INTO tags VALUES (?, ?)", [(tag, number) for tag in set(document.tags)]
    )
    rows = zip(indexed.chunks, indexed.vectors, strict=True)
    return sum(
        _insert_chunk(connection, first_key + ordinal, number, document, chunk, vector)
        for ordinal, (chunk, vector) in enumerate(rows)
    )


def _insert_chunk(
    connection: sqlite3.Connection,
    key: int,
    number: int,
    document: Document,
    chunk: Chunk,
    vector: Vectors,
) -> int:
    tokens = list_sparse_tokens(document.title, chunk)
    headings = json.dumps(chunk.headings, ensure_ascii=False)
    values = (chunk.start, chunk.end, chunk.text, headings, chunk.page)
    stored = _insert_vector(connection, write_dense_text(document.title, chunk), vector)
    connection.execute(
        f"INSERT INTO chunks (key, document, tokens, vector, {CHUNK}, checksum)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (key, number, len(tokens), stored, *values, compute_checksum(key, *values)),
    )
    connection.execute("INSERT INTO pending VALUES (?, ?)", (key, " ".join(tokens)))
    return len(tokens)


def _insert_vector(connection: sqlite3.Connection, text: str, vector: Vectors) -> int | None:
    if not vector.size:
        return None
    digest = hash_text(text)
    known = connection.execute("SELECT number FROM vectors WHERE hash = ?", (digest,)).fetchone()
    if known:
        return int(known[0])
    blob = vector.astype(np.float16).tobytes()
    return connection.execute(
        "INSERT INTO vectors (hash, vector, checksum) VALUES (?, ?, ?)",
        (digest, blob, zlib.crc32(digest + blob)),
    ).lastrowid


def remove_document(connection: sqlite3.Connection, id_: str, sequence: int) -> Removed:
    """Take a document out, if it is there, and note for readers which keys went."""
    found = connection.execute(
        "SELECT number, first_key, chunks FROM documents WHERE id = ?", (id_,)
    ).fetchone()
    if found is None:
        return Removed()
    number, first, count = found
    keys = (first, first + count)
    vectors = connection.execute(
        "SELECT DISTINCT vector FROM chunks WHERE key >= ? AND key < ? AND vector IS NOT NULL", keys
    ).fetchall()
    (tokens,) = connection.execute(
        "SELECT coalesce(sum(tokens), 0) FROM chunks WHERE key >= ? AND key < ?", keys
    ).fetchone()
    connection.execute("DELETE FROM pending WHERE key >= ? AND key < ?", keys)
    connection.execute("DELETE FROM chunks WHERE key >= ? AND key < ?", keys)
    connection.execute("DELETE FROM tags WHERE document = ?", (number,))
    connection.execute("DELETE FROM documents WHERE number = ?", (number,))
    if count:
        connection.execute("INSERT INTO removals VALUES (?, ?, ?)", (sequence, first, count))
    return Removed(1, count, tokens, tuple(row[0] for row in vectors))


def remove_unused_vectors(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Delete those of the vectors that no chunk has any more."""
    connection.executemany(
        "DELETE FROM vectors WHERE number = ?1"
        " AND NOT EXISTS (SELECT 1 FROM chunks WHERE vector = ?1)",
        [(number,) for number in numbers],
    )


def read_chunks(
    connection: sqlite3.Connection, document: str, first: int, last: int | None
) -> list[StoredChunk]:
    """Return a document's chunks by ordinal, both ends included; none if it is unknown."""
    known = _read_document(connection, document)
    if known is None:
        return []
    info, first_key = known
    begin, stop = max(0, first), min(info.chunks - 1, info.chunks if last is None else last)
    found = connection.execute(
        f"SELECT key, {CHUNK}, checksum FROM chunks WHERE key BETWEEN ? AND ? ORDER BY key",
        (first_key + begin, first_key + stop),
    ).fetchall()
    if len(found) != max(0, stop - begin + 1):
        raise damaged("chunks of a document are missing")
    return [_decode_chunk(info, first_key, chunk) for chunk in found]


def fetch_chunks(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, StoredChunk]:
    """Return chunks that must be there, by key."""
    documents: dict[str, tuple[DocumentInfo, int]] = {}
    fetched: dict[int, StoredChunk] = {}
    for row in connection.execute(CHUNKS, (json.dumps(keys),)):
        chunk, document = row[:CHUNK_COLUMNS], row[CHUNK_COLUMNS:]
        if document[0] not in documents:
            documents[document[0]] = _decode_document(document)
        fetched[chunk[0]] = _decode_chunk(*documents[document[0]], chunk)
    if not fetched.keys() >= set(keys):
        raise damaged("a chunk of a document is missing")
    return fetched


def find_key(connection: sqlite3.Connection, id_: str) -> int:
    """Return the key of a chunk, -1 if there is none."""
    document, _, ordinal = id_.rpartition(".")
    row = connection.execute(
        "SELECT first_key, chunks FROM documents WHERE id = ?", (document,)
    ).fetchone()
    if row is None or not ordinal.isdecimal() or int(ordinal) >= row[1]:
        return -1
    return int(row[0]) + int(ordinal)


def _read_document(connection: sqlite3.Connection, id_: str) -> tuple[DocumentInfo, int] | None:
    row = connection.execute(
        f"SELECT {DOCUMENT}, checksum FROM documents WHERE id = ?", (id_,)
    ).fetchone()
    return row and _decode_document(row)


def list_documents(
    connection: sqlite3.Connection, collection: str | None, offset: int, limit: int
) -> list[DocumentInfo]:
    """Return documents by collection and source."""
    where, values = ("", ()) if collection is None else ("WHERE collection = ?", (collection,))
    rows = connection.execute(
        f"SELECT {DOCUMENT}, checksum FROM documents {where}"
        " ORDER BY collection, source LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_decode_document(row)[0] for row in rows]


def find_vectors(connection: sqlite3.Connection, texts: Sequence[str]) -> dict[str, Vectors]:
    """Return the vectors of the texts that have one."""
    found: dict[str, Vectors] = {}
    for text in texts:
        digest = hash_text(text)
        row = connection.execute(
            "SELECT vector, checksum FROM vectors WHERE hash = ?", (digest,)
        ).fetchone()
        if row and zlib.crc32(digest + row[0]) == row[1]:  # a damaged one is encoded anew
            found[text] = np.frombuffer(row[0], np.float16).astype(np.float32)
    return found


def iterate_bodies(
    connection: sqlite3.Connection, first_key: int, next_key: int
) -> Iterator[tuple[int, str]]:
    """Yield the keys from `first_key` below `next_key` and the tokens of their chunks' texts."""
    rows = connection.execute(
        f"SELECT d.title, d.first_key, c.key, {CHUNK}, c.checksum"
        " FROM chunks c JOIN documents d ON d.number = c.document"
        " WHERE c.key >= ? AND c.key < ? ORDER BY c.key",
        (first_key, next_key),
    )
    for title, first, *row in rows:
        yield row[0], " ".join(list_sparse_tokens(title, _check_chunk(first, row)))


def _decode_document(row: Sequence[Any]) -> tuple[DocumentInfo, int]:
    if compute_checksum(*row[:-1]) != row[-1]:
        raise damaged("a document does not match its checksum")
    id_, collection, source, title, sha256, mime_type, modified, tags, *counts, first_key, _ = row
    names = (id_, collection, source, title, sha256, mime_type)
    return DocumentInfo(*names, modified, _decode_list(tags), *counts), first_key


def _check_chunk(first_key: int, row: Sequence[Any]) -> Chunk:
    if compute_checksum(*row[:-1]) != row[-1]:
        raise damaged("a chunk does not match its checksum")
    key, start, stop, text, headings, page, _ = row
    return Chunk(key - first_key, start, stop, text, _decode_list(str(headings)), page)


@lru_cache(CACHED_LISTS)
def _decode_list(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _decode_chunk(info: DocumentInfo, first_key: int, row: Sequence[Any]) -> StoredChunk:
    chunk = _check_chunk(first_key, row)
    return StoredChunk(
        chunk_id(info.id, chunk.ordinal),
        info.id,
        info.collection,
        info.source,
        info.title,
        info.mime_type,
        info.modified,
        info.tags,
        chunk,
    )
