"""The truth: one SQLite file with documents, chunks, vectors and the sequence of batches.

How it is used: `create_database(path, ...)`, `open_database(path)`, `read_state(connection)`; SQL about
documents is in `records.py`. Write-ahead log, every commit synced, every row carries a checksum that
is looked at when it is read. What it leaves out: searching.

`removals` tells readers what went since they last looked, as ranges of keys: the chunks of a document
have consecutive keys from `first_key`, and no key is used twice. `pending` holds the tokens of chunks
that tantivy may not have yet, all with keys from `state.flushed`.
"""

import json
import os
import sqlite3
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.stores.local.faults import damaged
from retrieval.stores.local.files import PRIVATE_FILE
from retrieval.stores.store import IndexParameters

APPLICATION_ID = 0x43484B4C  # "CHKL"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 10.0
LOG_LIMIT_BYTES = 64 << 20  # of the write-ahead log, between checkpoints

SCHEMA = """
CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    index_id TEXT NOT NULL, parameters TEXT NOT NULL, sequence INTEGER NOT NULL,
    next_key INTEGER NOT NULL, documents INTEGER NOT NULL, chunks INTEGER NOT NULL,
    tokens INTEGER NOT NULL, flushed INTEGER NOT NULL, pruned INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, collection TEXT NOT NULL,
    source TEXT NOT NULL, title TEXT NOT NULL, sha256 TEXT NOT NULL, mime_type TEXT NOT NULL,
    modified REAL NOT NULL, tags TEXT NOT NULL, chunks INTEGER NOT NULL,
    characters INTEGER NOT NULL, first_key INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE INDEX documents_by_source ON documents (collection, source);
CREATE TABLE tags (
    tag TEXT NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (tag, document)
) WITHOUT ROWID;
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY, document INTEGER NOT NULL, start INTEGER NOT NULL,
    stop INTEGER NOT NULL, text TEXT NOT NULL, headings TEXT NOT NULL, page INTEGER,
    tokens INTEGER NOT NULL, vector INTEGER, checksum INTEGER NOT NULL
);
CREATE INDEX chunks_by_vector ON chunks (vector);
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, vector BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE TABLE pending (key INTEGER PRIMARY KEY, tokens TEXT NOT NULL);
CREATE TABLE removals (
    sequence INTEGER NOT NULL, first_key INTEGER NOT NULL, chunks INTEGER NOT NULL,
    PRIMARY KEY (sequence, first_key)
) WITHOUT ROWID;
"""
STATE = "index_id, parameters, sequence, next_key, documents, chunks, tokens, flushed, pruned"


@dataclass(frozen=True, slots=True)
class State:
    """Where the index stands.

    Attributes:
        index_id: Random; derived parts of another index are told by it.
        parameters: What the index was made with, as JSON.
        sequence: Of the last batch.
        next_key: Of the next chunk.
        documents, chunks, tokens: What there is.
        flushed: Chunks below this key are in tantivy.
        pruned: Removals up to this sequence are forgotten.
    """

    index_id: str
    parameters: str
    sequence: int = 0
    next_key: int = 1
    documents: int = 0
    chunks: int = 0
    tokens: int = 0
    flushed: int = 0
    pruned: int = 0


def compute_checksum(*values: object) -> int:
    """Return the CRC-32 of a row's values."""
    return zlib.crc32("\x1f".join(map(str, values)).encode())


def encode_parameters(parameters: IndexParameters) -> str:
    """Return parameters as JSON with sorted keys."""
    return json.dumps(asdict(parameters), sort_keys=True)


def decode_parameters(text: str) -> IndexParameters:
    """Return parameters from JSON.

    Raises:
        UnavailableError: It is something else.
    """
    try:
        return IndexParameters(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise damaged("its parameters cannot be read") from error


def create_database(path: Path, index_id: str, parameters: IndexParameters) -> sqlite3.Connection:
    """Make an empty database for its owner alone.

    Raises:
        sqlite3.Error, OSError: It cannot be written.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    connection = _connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.executescript(f"BEGIN; {SCHEMA}")
    write_state(connection, State(index_id, encode_parameters(parameters)))
    connection.execute("COMMIT")
    return connection


def open_database(path: Path, *, readonly: bool) -> sqlite3.Connection:
    """Open a database that `create_database` made.

    Raises:
        UnavailableError: It is missing, foreign, damaged or from a newer version.
        sqlite3.Error: It cannot be read.
    """
    if not path.is_file():
        raise damaged("its database is missing")
    connection = _connect(path)
    try:
        _check_identity(connection)
        if readonly:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def open_frozen(path: Path) -> sqlite3.Connection:
    """Open a database that nobody writes to, on a disk where nothing can be written.

    SQLite's log needs 32 kB beside the database even for reading. Without a log nobody writes; once
    `stamp_files` changes the connection must not be used any more.

    Raises:
        UnavailableError: It is missing, foreign, damaged or from a newer version.
    """
    connection = _connect(path, "mode=ro&immutable=1")
    try:
        _check_identity(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def stamp_files(path: Path) -> tuple[int, int, int]:
    """Return the size of the log, and size and time of the database."""
    log, found = path.with_name(f"{path.name}-wal"), path.stat()
    return (log.stat().st_size if log.exists() else 0, found.st_size, found.st_mtime_ns)


def _connect(path: Path, mode: str = "mode=rw") -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,  # LocalStore lets one thread in at a time
    )
    if mode == "mode=rw":
        _prepare(connection)
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}")
    except BaseException:
        connection.close()
        raise


def _check_identity(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise damaged("its database is not one of chalklens")
    if version != SCHEMA_VERSION:
        raise damaged(f"it has format {version} and this version reads {SCHEMA_VERSION}")


def read_state(connection: sqlite3.Connection) -> State:
    """Return where the index stands; cheap enough for every search.

    Raises:
        UnavailableError: The row is damaged.
    """
    row = connection.execute(f"SELECT {STATE}, checksum FROM state").fetchone()
    if row is None or compute_checksum(*row[:-1]) != row[-1]:
        raise damaged("its state does not match its checksum")
    return State(*row[:-1])


def write_state(connection: sqlite3.Connection, state: State) -> None:
    """Put down where the index stands, inside a transaction."""
    values = tuple(getattr(state, name) for name in STATE.split(", "))
    connection.execute(
        f"INSERT OR REPLACE INTO state (id, {STATE}, checksum) VALUES (1, {'?, ' * 9}?)",
        (*values, compute_checksum(*values)),
    )
