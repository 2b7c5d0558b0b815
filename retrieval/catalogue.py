"""What is known: collections' sources, every file and address below them, and how each fared.

How it is used: the one writer opens `Catalogue.open(folder)`, readers `Catalogue.read(folder)`. The
file is `catalogue.sqlite3` (SQLite with a write-ahead log, readable by its owner only). It holds
nothing that cannot be found again except the sources, so those are also written to `sources.json`; a
catalogue that is damaged is made anew from there, and the next sync fills it.

The store is always written first. `mark` keeps the store's generation with each change, so that a
crash between the two shows: the generations differ, and `reconcile` compares the store's documents
with the items here.

What it leaves out: deciding what to do (`sync`).
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from chalklens.errors import StorageError, UnavailableError
from retrieval.records import Change, Item, ItemState, Source, StoredDocument

FILE = "catalogue.sqlite3"
SOURCES_FILE = "sources.json"
VERSION = 1
APPLICATION = 0x63686B6B  # "chkk": tells our database from anybody else's
BUSY_S = 5.0

_ITEM_COLUMNS = tuple(field.name for field in fields(Item))
_STORED_COLUMNS = tuple(field.name for field in fields(StoredDocument))
_SELECT_ITEMS = f"SELECT {', '.join('items.' + c for c in _ITEM_COLUMNS)} FROM items"
_SCHEMA = f"""
CREATE TABLE sources(id INTEGER PRIMARY KEY, collection TEXT, kind TEXT, location TEXT, label TEXT,
    tags TEXT, problem TEXT, UNIQUE(collection, location));
CREATE TABLE items({", ".join(_ITEM_COLUMNS)}, PRIMARY KEY(source, name)) WITHOUT ROWID;
CREATE INDEX items_by_document ON items(document);
CREATE INDEX items_by_shown ON items(shown);
CREATE TABLE strays({", ".join(_STORED_COLUMNS)}, PRIMARY KEY(document)) WITHOUT ROWID;
CREATE TABLE marks(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


class Catalogue:
    """An open catalogue. One thread at a time.

    Every method raises `StorageError` when nothing can be written and `UnavailableError` when the
    file is damaged; opening it again for writing mends that.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> "Catalogue":
        """Open for writing; made anew when it is missing, damaged or of another version."""
        try:
            return cls._open_sound(folder)
        except sqlite3.DatabaseError as error:
            if storage := explain_database(error):
                raise storage from None
            for end in ("", "-wal", "-shm"):
                (folder / (FILE + end)).unlink(missing_ok=True)
            return cls._open_sound(folder)

    @classmethod
    def _open_sound(cls, folder: Path) -> "Catalogue":
        path = folder / FILE
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = _connect(f"{path.absolute().as_uri()}?mode=rw")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            catalogue = cls(connection, folder)
            if version == 0:
                catalogue._create()
            elif version != VERSION or not _is_sound(connection):
                raise sqlite3.DatabaseError("not a catalogue of this version")
        except BaseException:
            connection.close()
            raise
        return catalogue

    @classmethod
    def read(cls, folder: Path) -> "Catalogue | None":
        """Open for reading; None when there is none yet.

        Raises:
            UnavailableError: It is damaged.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        with _explained():
            connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:  # a writer is about to make it, or to make it anew
            connection.close()
            return None
        return cls(connection, folder)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # -- sources

    def list_sources(self, collection: str | None = None) -> list[Source]:
        """Return sources in the order they were added."""
        with _explained():
            rows = self._connection.execute(
                "SELECT collection, kind, location, label, tags, problem, id FROM sources"
                " WHERE ?1 IS NULL OR collection = ?1 ORDER BY id",
                (collection,),
            ).fetchall()
        return [_read_source(row) for row in rows]

    def put_source(self, source: Source) -> Source:
        """Add a source, or change label, tags and problem of one that is known; returns it with id."""
        with self._change():
            self._insert_source(source)
        self._save_sources()
        known = self.list_sources(source.collection)
        return next(one for one in known if one.location == source.location)

    def drop_sources(self, sources: Iterable[Source]) -> list[str]:
        """Forget sources and their items; return the documents that the store must lose now.

        Until `record` notes that it did, the catalogue counts as behind the store: after a crash
        these documents are strays, never found again as something to index.
        """
        ids = [(source.id,) for source in sources]
        documents: list[str] = []
        with self._change() as db:
            for id_ in ids:
                rows = db.execute("SELECT document FROM items WHERE source = ? AND chunks", id_)
                documents += [row[0] for row in rows]
            db.executemany("DELETE FROM items WHERE source = ?", ids)
            db.executemany("DELETE FROM sources WHERE id = ?", ids)
            self._set_mark("generation", "")
        self._save_sources()
        return documents

    # -- items

    def read_items(self, source: int, within: Sequence[str] = ("",)) -> dict[str, Item]:
        """Return what is known below a source, by name: all of it, or at and below some names."""
        with _explained():
            return {row[1]: Item(*row) for place in within for row in self._select(source, place)}

    def _select(self, source: int, place: str) -> sqlite3.Cursor:
        if not place:
            return self._connection.execute(f"{_SELECT_ITEMS} WHERE source = ?", (source,))
        return self._connection.execute(
            f"{_SELECT_ITEMS} WHERE source = ?1 AND name >= ?2 AND name < ?4 AND (name = ?2 OR name > ?3)",
            (source, place, f"{place}/", f"{place}0"),  # "0" comes right after "/"
        )

    def find_document(self, document: str) -> Item | None:
        """Return the item a document was made of."""
        with _explained():
            row = self._connection.execute(
                f"{_SELECT_ITEMS} WHERE document = ?", (document,)
            ).fetchone()
        return Item(*row) if row else None

    def list_items(
        self, collection: str | None, offset: int, limit: int, *, problems: bool = False
    ) -> list[tuple[Source, Item]]:
        """Return items with their sources, by collection and shown name; or only those with a reason."""
        sources = {source.id: source for source in self.list_sources(collection)}
        with _explained():
            rows = self._connection.execute(
                f"{_SELECT_ITEMS} JOIN sources ON sources.id = items.source"
                " WHERE (?1 IS NULL OR collection = ?1) AND (NOT ?2 OR reason != '')"
                " ORDER BY collection, shown LIMIT ?3 OFFSET ?4",
                (collection, problems, limit, offset),
            )
            return [(sources[row[0]], Item(*row)) for row in rows]

    def list_pending_sources(self) -> set[int]:
        """Return ids of sources with items that must be looked at again, or with none at all."""
        with _explained():
            rows = self._connection.execute(
                "SELECT source FROM items WHERE state = 'pending' UNION"
                " SELECT id FROM sources WHERE id NOT IN (SELECT source FROM items)"
            )
            return {row[0] for row in rows}

    def count_items(self) -> dict[tuple[str, ItemState], tuple[int, int]]:
        """Return items and chunks by collection and state."""
        with _explained():
            rows = self._connection.execute(
                "SELECT collection, state, count(*), sum(chunks) FROM items"
                " JOIN sources ON sources.id = items.source GROUP BY collection, state"
            )
            return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def record(self, change: Change) -> None:
        """Note what a batch did, all or nothing."""
        marks = ", ".join("?" * len(_ITEM_COLUMNS))
        with self._change() as db:
            db.executemany("DELETE FROM items WHERE source = ? AND name = ?", change.dropped)
            db.executemany(
                f"INSERT OR REPLACE INTO items VALUES ({marks})", map(_item_row, change.items)
            )
            if change.generation:
                self._set_mark("generation", change.generation)

    def forget_content(self, source: int) -> None:
        """Have everything below a source indexed again, whatever the stamps say."""
        with self._change() as db:
            db.execute(
                "UPDATE items SET state = 'pending', sha256 = '', etag = '', last_modified = ''"
                " WHERE source = ?",
                (source,),
            )

    # -- what the store has

    def get_mark(self, name: str) -> str:
        """Return a note by name, empty when there is none."""
        with _explained():
            row = self._connection.execute("SELECT value FROM marks WHERE name = ?", (name,))
            found = row.fetchone()
        return found[0] if found else ""

    def set_mark(self, name: str, value: str) -> None:
        """Keep a note."""
        with self._change():
            self._set_mark(name, value)

    def reconcile(self, stored: Iterable[StoredDocument], generation: str) -> None:
        """Compare with all a store has: what it lacks is pending again, what is unknown here a stray."""
        marks = ", ".join("?" * len(_STORED_COLUMNS))
        with self._change() as db:
            db.execute("DELETE FROM strays")
            db.executemany(
                f"INSERT OR REPLACE INTO strays VALUES ({marks})",
                (tuple(asdict(one).values()) for one in stored),
            )
            db.execute(
                "UPDATE items SET state = 'pending', sha256 = '', etag = '', last_modified = ''"
                " WHERE state = 'indexed' AND NOT EXISTS (SELECT 1 FROM strays"
                " WHERE strays.document = items.document AND strays.sha256 = items.sha256)"
            )
            db.execute(
                "DELETE FROM strays WHERE document IN"
                " (SELECT document FROM items WHERE state = 'indexed')"
            )
            self._set_mark("generation", generation)

    def list_strays(self) -> dict[str, StoredDocument]:
        """Return what the store has and no item accounts for, by document id."""
        with _explained():
            rows = self._connection.execute("SELECT * FROM strays").fetchall()
        return {row[0]: StoredDocument(*row) for row in rows}

    def drop_strays(self, documents: Iterable[str]) -> None:
        """Forget strays that were adopted or removed."""
        with self._change() as db:
            db.executemany("DELETE FROM strays WHERE document = ?", ((one,) for one in documents))

    # -- inside

    def _create(self) -> None:
        """Make the tables, with the sources of a catalogue that was lost; half of it never stays."""
        with self._change() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            for source in _load_sources(self.folder):
                self._insert_source(source)

    def _insert_source(self, source: Source) -> None:
        row = (source.collection, source.kind, source.location, source.label)
        self._connection.execute(
            "INSERT INTO sources(collection, kind, location, label, tags, problem)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT(collection, location) DO UPDATE"
            " SET label = excluded.label, tags = excluded.tags, problem = excluded.problem",
            (*row, json.dumps(source.tags), source.problem),
        )

    def _set_mark(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    @contextlib.contextmanager
    def _change(self) -> Generator[sqlite3.Connection]:
        """One transaction."""
        with _explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _save_sources(self) -> None:
        sources = [replace(source, id=0, problem="") for source in self.list_sources()]
        text = json.dumps({"version": VERSION, "sources": [asdict(s) for s in sources]}, indent=1)
        write_private(self.folder / SOURCES_FILE, text.encode())


def write_private(path: Path, data: bytes) -> None:
    """Replace a small file as a whole; only its owner can read it."""
    half = path.with_name(f"{path.name}.tmp")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def explain_database(error: sqlite3.Error) -> StorageError | None:
    """Return what a failed write means to a user; None when the file itself is the problem."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    reasons = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "the folder is read-only",
        sqlite3.SQLITE_IOERR: "the disk reports an error",
        sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
        sqlite3.SQLITE_PERM: "permission denied",
        sqlite3.SQLITE_BUSY: "another process is writing",
    }
    if code not in reasons:
        return None
    return StorageError(
        f"The catalogue of the knowledge base cannot be written: {reasons[code]}.",
        "Free some space, or name another folder with --data-dir.",
    )


@contextlib.contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise explain_database(error) or UnavailableError(
            "The catalogue of the knowledge base is damaged.",
            "`chalklens knowledge sync` makes it anew.",
        ) from error


def _connect(uri: str) -> sqlite3.Connection:
    # Autocommit: transactions begin and end where `_change` says. A session may move between threads
    # as long as one is used at a time.
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )


def _is_sound(connection: sqlite3.Connection) -> bool:
    ours = connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    return ours and connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)


def _item_row(item: Item) -> tuple[Any, ...]:
    return tuple(getattr(item, column) for column in _ITEM_COLUMNS)


def _read_source(row: Sequence[Any]) -> Source:
    collection, kind, location, label, tags, problem, id_ = row
    return Source(collection, kind, location, label, tuple(json.loads(tags)), problem, id_)


def _load_sources(folder: Path) -> list[Source]:
    """Read `sources.json`; none when it is missing or not ours."""
    try:
        found: list[dict[str, Any]] = json.loads((folder / SOURCES_FILE).read_text("utf-8"))[
            "sources"
        ]
        for one in found:
            one["tags"] = tuple(one["tags"])
        return [Source(**one) for one in found]
    except (OSError, ValueError, KeyError, TypeError):
        return []
