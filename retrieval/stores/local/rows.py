"""Columns of all chunks in memory: what filters, names and liveness are looked up in.

How it is used: `Rows` holds one row per chunk, sorted by key; `iterate_blocks` reads rows and vectors
from the database in pieces. What it leaves out: texts, vectors (`dense.py` keeps them by position).
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from retrieval.stores.local.faults import damaged

BLOCK_ROWS = 4096
Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

ROWS = """
SELECT c.key, c.document, d.id, c.key - d.first_key, coalesce(c.page, 0), v.hash, v.vector, v.checksum
FROM chunks c JOIN documents d ON d.number = c.document LEFT JOIN vectors v ON v.number = c.vector
WHERE c.key >= ? ORDER BY c.key
"""


@dataclass(slots=True)
class Columns:
    """The same rows in each: key, number and id of the document, ordinal, page (0 for none)."""

    keys: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    numbers: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    documents: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    ordinals: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    pages: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


COLUMNS = tuple(column.name for column in fields(Columns))


def join_columns(parts: Sequence[Columns]) -> Columns:
    """Return one after the other."""
    if not parts:
        return Columns()
    return Columns(*(np.concatenate([getattr(p, name) for p in parts]) for name in COLUMNS))


class Rows:
    """All rows, and which of them are alive."""

    def __init__(self, columns: Columns | None = None) -> None:
        self.columns = columns or Columns()
        self.alive: Mask = np.ones(len(self.columns.keys), np.bool_)

    def __len__(self) -> int:
        return len(self.columns.keys)

    def extend(self, columns: Columns) -> None:
        """Add rows whose keys are larger than all there are."""
        self.columns = join_columns([self.columns, columns])
        self.alive = np.concatenate([self.alive, np.ones(len(columns.keys), np.bool_)])

    def remove(self, first_key: int, count: int) -> None:
        """Mark a range of keys as dead."""
        begin, end = np.searchsorted(self.columns.keys, [first_key, first_key + count])
        self.alive[begin:end] = False

    def find(self, keys: Integers) -> Integers:
        """Return positions of keys, -1 for those that are unknown."""
        if not len(self):
            return np.full(len(keys), -1)
        positions = np.minimum(np.searchsorted(self.columns.keys, keys), len(self) - 1)
        return np.where(self.columns.keys[positions] == keys, positions, -1)

    def name(self, positions: Integers) -> list[str]:
        """Return chunk ids."""
        documents, ordinals = self.columns.documents[positions], self.columns.ordinals[positions]
        return [
            f"{document:016x}.{ordinal}"
            for document, ordinal in zip(documents.tolist(), ordinals.tolist(), strict=True)
        ]


def iterate_blocks(
    connection: sqlite3.Connection, first_key: int, dimensions: int
) -> Iterator[tuple[Columns, NDArray[np.float16]]]:
    """Yield rows from a key on with their vectors, (rows, dimensions).

    Raises:
        UnavailableError: A vector is missing or does not match its checksum.
    """
    cursor = connection.execute(ROWS, (first_key,))
    while rows := cursor.fetchmany(BLOCK_ROWS):
        keys, numbers, documents, ordinals, pages, hashes, vectors, checksums = zip(
            *rows, strict=True
        )
        columns = Columns(
            np.array(keys, np.int64),
            np.array(numbers, np.int32),
            np.array([int(document, 16) for document in documents], np.uint64),
            np.array(ordinals, np.int32),
            np.array(pages, np.int32),
        )
        if not dimensions:
            yield columns, np.zeros((len(rows), 0), np.float16)
            continue
        checked = map(_check_vector, hashes, vectors, checksums)
        matrix = np.frombuffer(b"".join(checked), np.float16)
        yield columns, matrix.reshape(len(rows), dimensions)


def _check_vector(digest: bytes | None, vector: bytes | None, checksum: int | None) -> bytes:
    if digest is None or vector is None or zlib.crc32(digest + vector) != checksum:
        raise damaged("a vector does not match its checksum")
    return vector
