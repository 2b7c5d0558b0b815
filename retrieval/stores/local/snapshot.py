"""Rows, vectors and codes in one file, so that an index opens at once.

How it is used: the writer calls `save_snapshot` now and then; readers `load_snapshot` the newest and
read what came since from the database. The file holds arrays, then a JSON footer with their places
and CRC-32, its length and its own CRC-32. Vectors are mapped, the rest is read. What it leaves out:
repair; a snapshot that does not fit is passed over.
"""

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.stores.local.database import State
from retrieval.stores.local.dense import EXACT_ROWS, TRAINING_ROWS, Codes, HalfMatrix
from retrieval.stores.local.faults import DerivedPartError
from retrieval.stores.local.files import FileWriter
from retrieval.stores.local.rows import COLUMNS, Columns, iterate_blocks, join_columns

FORMAT = 1
PATTERN = "snapshot-*.rows"
TAIL = struct.Struct("<II8s")  # footer's length, its CRC-32, magic
MAGIC = b"chklrows"
READ_BYTES = 1 << 20
MAX_FOOTER_BYTES = 1 << 16
DTYPES = dict(zip(COLUMNS, ("<i8", "<i4", "<u8", "<i4", "<i4"), strict=True))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot holds: the chunks that were there after a batch."""

    sequence: int
    next_key: int
    columns: Columns
    vectors: HalfMatrix
    codes: Codes | None


class _Arrays:
    """Yields bytes and keeps the footer's entries."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.offset = 0

    def write(self, name: str, parts: Iterator[memoryview], **entry: Any) -> Iterator[memoryview]:
        begin, crc = self.offset, 0
        for part in parts:
            crc = zlib.crc32(part, crc)
            self.offset += part.nbytes
            yield part
        entry |= {"offset": begin, "bytes": self.offset - begin, "crc32": crc}
        self.entries[name] = entry
        padding = bytes(-self.offset % 64)
        self.offset += len(padding)
        yield memoryview(padding)


def save_snapshot(
    connection: sqlite3.Connection,
    folder: Path,
    state: State,
    dimensions: int,
    files: FileWriter,
) -> None:
    """Write all rows as they are in the running transaction, then drop older snapshots.

    Raises:
        OSError: Nothing has changed.
    """
    path = folder / f"snapshot-{state.sequence:012d}.rows"
    files.write(path, _write_arrays(connection, state, dimensions))
    for former in folder.glob(PATTERN):
        if former != path:
            _remove(former)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:  # mapped by a reader, on Windows: next time
        return


def _write_arrays(
    connection: sqlite3.Connection, state: State, dimensions: int
) -> Iterator[memoryview]:
    arrays, columns = _Arrays(), list[Columns]()
    codes = _train_codes(connection, dimensions) if state.chunks > EXACT_ROWS else None

    def iterate_vectors() -> Iterator[memoryview]:
        for block, vectors in iterate_blocks(connection, 0, dimensions):
            columns.append(block)
            if codes is not None:
                codes.add(vectors)
            yield memoryview(vectors.tobytes())

    yield from arrays.write("vectors", iterate_vectors())
    joined = join_columns(columns)
    for name, dtype in DTYPES.items():
        column = np.ascontiguousarray(getattr(joined, name), dtype)
        yield from arrays.write(name, iter([memoryview(column.tobytes())]))
    if codes is not None:
        yield from arrays.write("codes", iter([codes.encode()]))
    yield _make_footer(arrays, state, dimensions, len(joined.keys))


def _make_footer(arrays: _Arrays, state: State, dimensions: int, rows: int) -> memoryview:
    footer = json.dumps(
        {
            "format": FORMAT,
            "index_id": state.index_id,
            "sequence": state.sequence,
            "next_key": state.next_key,
            "rows": rows,
            "dimensions": dimensions,
            "arrays": arrays.entries,
        }
    ).encode()
    return memoryview(footer + TAIL.pack(len(footer), zlib.crc32(footer), MAGIC))


def _train_codes(connection: sqlite3.Connection, dimensions: int) -> Codes | None:
    if not dimensions:
        return None
    (last,) = connection.execute("SELECT coalesce(max(number), 0) FROM vectors").fetchone()
    numbers = list(range(1, last + 1, max(1, last // TRAINING_ROWS)))
    rows = connection.execute(
        "SELECT vector FROM vectors WHERE number IN (SELECT value FROM json_each(?))",
        (json.dumps(numbers),),
    )
    sample = np.frombuffer(b"".join(row[0] for row in rows), np.float16)
    sample = sample.reshape(-1, dimensions).astype(np.float32)
    return Codes.train(sample) if len(sample) >= TRAINING_ROWS // 4 else None


def load_snapshot(folder: Path, state: State, dimensions: int) -> Snapshot | None:
    """Return the newest snapshot that belongs to the index, None if there is none.

    Raises:
        DerivedPartError: It is damaged, foreign, or too old to catch up from.
    """
    path = max(folder.glob(PATTERN), default=None)
    if path is None:
        return None
    try:
        footer = _read_footer(path)
        _check_footer(footer, state, dimensions)
        return _read_arrays(path, footer)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DerivedPartError(f"the snapshot cannot be read ({error})") from error


def _read_footer(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL.size))
        length, crc, magic = TAIL.unpack(file.read().ljust(TAIL.size, b"\0"))
        if magic != MAGIC or length > min(size, MAX_FOOTER_BYTES):
            raise DerivedPartError("the snapshot is cut off or something else")
        file.seek(size - TAIL.size - length)
        footer = file.read(length)
    if zlib.crc32(footer) != crc:
        raise DerivedPartError("the snapshot's footer is damaged")
    return json.loads(footer)


def _check_footer(footer: dict[str, Any], state: State, dimensions: int) -> None:
    made_for = (footer["format"], footer["index_id"], footer["dimensions"])
    if made_for != (FORMAT, state.index_id, dimensions):
        raise DerivedPartError("the snapshot belongs to another index")
    if not state.pruned <= footer["sequence"] <= state.sequence:
        raise DerivedPartError("the snapshot is of another time")


def _read_arrays(path: Path, footer: dict[str, Any]) -> Snapshot:
    entries, rows, dimensions = footer["arrays"], footer["rows"], footer["dimensions"]
    with path.open("rb") as file:
        columns = (np.frombuffer(_read_array(file, entries[n]), DTYPES[n]) for n in COLUMNS)
        loaded = Columns(*(column.copy() for column in columns))
        codes = None
        if "codes" in entries:
            data = np.frombuffer(_read_array(file, entries["codes"]), np.uint8)
            codes = Codes.decode(data, dimensions)
        _check_array(file, entries["vectors"])
    if len(loaded.keys) != rows or (codes is not None and len(codes) != rows):
        raise DerivedPartError("the snapshot's parts differ in length")
    vectors = _map_vectors(path, entries["vectors"]["offset"], rows, dimensions)
    return Snapshot(footer["sequence"], footer["next_key"], loaded, vectors, codes)


def _read_array(file: Any, entry: dict[str, int]) -> bytes:
    file.seek(entry["offset"])
    data: bytes = file.read(entry["bytes"])
    if zlib.crc32(data) != entry["crc32"]:
        raise DerivedPartError("the snapshot is damaged")
    return data


def _check_array(file: Any, entry: dict[str, int]) -> None:
    file.seek(entry["offset"])
    left, crc = entry["bytes"], 0
    while left and (part := file.read(min(left, READ_BYTES))):
        crc, left = zlib.crc32(part, crc), left - len(part)
    if left or crc != entry["crc32"]:
        raise DerivedPartError("the snapshot's vectors are damaged")


def _map_vectors(path: Path, offset: int, rows: int, dimensions: int) -> NDArray[np.float16]:
    if not rows * dimensions:
        return np.zeros((rows, dimensions), np.float16)
    mapped = np.memmap(path, "<f2", "r", offset, (rows, dimensions))
    return mapped.view(np.ndarray)


def load_snapshot_mark(folder: Path, state: State, dimensions: int) -> tuple[int, int, int] | None:
    """Return sequence, next key and rows of the newest snapshot, None if there is none to follow."""
    path = max(folder.glob(PATTERN), default=None)
    try:
        footer = _read_footer(path) if path else {}
        if path:
            _check_footer(footer, state, dimensions)
        return (footer["sequence"], footer["next_key"], footer["rows"])
    except (OSError, KeyError, TypeError, ValueError, DerivedPartError):
        return None
