"""The truth: one private SQLite file with sessions, their calls, and the summaries saved.

How it is used: `SessionStore.open(path, limits)` creates it where needed; one writer at a time inside
`with store.transaction():`. `open_for_reading` gives a second connection that never waits for the
writer. Write-ahead log with every commit synced, so that what was committed survives the end of the
process and of the power. File 0600, folder 0700.

What it leaves out: threads (`recorder.py`) and questions about what was kept (`queries.py`).
"""

import contextlib
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from chalklens.sessions.faults import damaged, explain_faults
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.records import CallRecord, SessionKey, SummaryInfo

if TYPE_CHECKING:  # the server must answer before anything is imported that it does not need yet
    import sqlite3

APPLICATION_ID = 0x43484B53  # "CHKS"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0
PAGE_BYTES = 4096
LOG_LIMIT_BYTES = 16 << 20
PRUNE_EVERY = 64  # commits between two looks at age and size
PRUNE_STEP = 500
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
FILE_NAME = "sessions.sqlite3"

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, principal TEXT NOT NULL, client TEXT NOT NULL, started REAL NOT NULL,
    last REAL NOT NULL, calls INTEGER NOT NULL, bytes INTEGER NOT NULL, dropped INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_last ON sessions (last);
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL,
    tool TEXT NOT NULL, status TEXT NOT NULL, started REAL NOT NULL, seconds REAL NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, model TEXT NOT NULL, details TEXT NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_session ON calls (session, number);
CREATE TABLE IF NOT EXISTS summaries (
    principal TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, session TEXT NOT NULL,
    title TEXT NOT NULL, created REAL NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (principal, name)
) WITHOUT ROWID;
"""
OVERHEAD_BYTES = 200  # of a row beside its texts


class SessionStore:
    """The writing side.

    Args:
        connection: From `open`.
        limits: Bounds in force.
    """

    def __init__(self, connection: "sqlite3.Connection", limits: SessionLimits) -> None:
        self._connection, self._limits = connection, limits
        self._commits = 0
        self._behind = False

    @classmethod
    def open(
        cls, folder: Path, limits: SessionLimits, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> "SessionStore":
        """Open the store in a folder, and make both where they are missing.

        Raises:
            StorageError, BusyError: It cannot be made or opened now.
            UnavailableError: It is damaged, foreign or from a newer version.
        """
        with explain_faults():
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            folder.chmod(PRIVATE_FOLDER)
            path = folder / FILE_NAME
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
            path.chmod(PRIVATE_FILE)
            connection = _connect(path, busy_timeout_s)
            try:
                _prepare(connection, limits)
            except BaseException:
                connection.close()
                raise
        return cls(connection, limits)

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """All that happens inside is kept, or nothing.

        Raises:
            StorageError, BusyError, UnavailableError: Nothing was kept.
        """
        with explain_faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self._commits += 1

    def add_call(self, key: SessionKey, call: CallRecord) -> None:
        """Keep a call, or what became of it; makes room in its session."""
        values = pack_call(call, self._limits)
        size = OVERHEAD_BYTES + sum(len(v.encode()) for v in values if isinstance(v, str))
        old = self._connection.execute(
            "SELECT bytes FROM calls WHERE id = ? AND session = ?", (call.id, key.id)
        ).fetchone()
        self._connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, 0, 0, 0) ON CONFLICT (id) DO NOTHING",
            (key.id, key.principal, key.client, call.started, call.started),
        )
        self._connection.execute(
            "INSERT INTO calls (id, session, tool, status, started, seconds, question, answer, model,"
            " details, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " status = excluded.status, seconds = excluded.seconds, question = excluded.question,"
            " answer = excluded.answer, model = excluded.model, details = excluded.details,"
            " bytes = excluded.bytes",
            (call.id, key.id, *values, size),
        )
        self._connection.execute(
            "UPDATE sessions SET calls = calls + ?, bytes = bytes + ?, last = max(last, ?)"
            " WHERE id = ?",
            (0 if old else 1, size - (old[0] if old else 0), call.started + call.seconds, key.id),
        )
        self._trim_session(key.id)

    def add_summary(self, summary: SummaryInfo) -> None:
        """Remember a saved file; the oldest of too many are forgotten."""
        self._connection.execute(
            "INSERT OR REPLACE INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                summary.principal,
                summary.name,
                summary.path,
                summary.session,
                summary.title,
                summary.created,
                summary.bytes,
                summary.sha256,
            ),
        )
        self._connection.execute(
            "DELETE FROM summaries WHERE principal = ? AND name IN (SELECT name FROM summaries"
            " WHERE principal = ? ORDER BY created DESC LIMIT -1 OFFSET ?)",
            (summary.principal, summary.principal, self._limits.summaries),
        )

    def prune(self, now: float, *, always: bool = False) -> bool:
        """Forget some of what is too old or too much; return whether there is more to forget.

        Looks only every now and then, and takes PRUNE_STEP calls at a time, so that no call waits long.
        """
        if not always and not self._behind and self._commits % PRUNE_EVERY:
            return False
        oldest: tuple[str, float] | None = self._connection.execute(
            "SELECT id, last FROM sessions ORDER BY last LIMIT 1"
        ).fetchone()
        if oldest is None:
            return False
        is_old = oldest[1] < now - self._limits.age_s
        self._behind = is_old or self._total_bytes() > self._limits.total_bytes
        if self._behind:
            self._drop_calls(oldest[0], PRUNE_STEP)
        return self._behind

    def erase(self, session: str | None = None, before: float | None = None) -> tuple[int, int]:
        """Erase one session, those last used before a moment, or all; return sessions and calls."""
        where, values = "1", ()
        if session is not None:
            where, values = "id = ?", (session,)
        elif before is not None:
            where, values = "last < ?", (before,)
        calls = self._connection.execute(
            f"DELETE FROM calls WHERE session IN (SELECT id FROM sessions WHERE {where})", values
        ).rowcount
        sessions = self._connection.execute(f"DELETE FROM sessions WHERE {where}", values).rowcount
        return sessions, calls

    def give_back_space(self) -> None:
        """Return free pages to the disk, and overwrite the log, so that erased text is gone."""
        with explain_faults():
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _total_bytes(self) -> int:
        row = self._connection.execute("SELECT total(bytes) FROM sessions").fetchone()
        return int(row[0])

    def _trim_session(self, session: str) -> None:
        """Drop the oldest calls of a session that has too many or too large ones."""
        while True:
            calls, size = self._connection.execute(
                "SELECT calls, bytes FROM sessions WHERE id = ?", (session,)
            ).fetchone()
            if calls <= self._limits.session_records and size <= self._limits.session_bytes:
                return
            self._drop_calls(session, 1)

    def _drop_calls(self, session: str, count: int) -> None:
        """Drop the oldest calls of a session; without calls it goes as well."""
        chosen = "SELECT number FROM calls WHERE session = ? ORDER BY number LIMIT ?"
        (freed,) = self._connection.execute(
            f"SELECT total(bytes) FROM calls WHERE number IN ({chosen})", (session, count)
        ).fetchone()
        dropped = self._connection.execute(
            f"DELETE FROM calls WHERE number IN ({chosen})", (session, count)
        ).rowcount
        self._connection.execute(
            "UPDATE sessions SET calls = calls - ?, bytes = bytes - ?, dropped = dropped + ?"
            " WHERE id = ?",
            (dropped, int(freed), dropped, session),
        )
        self._connection.execute("DELETE FROM sessions WHERE id = ? AND calls = 0", (session,))


def pack_call(
    call: CallRecord, limits: SessionLimits
) -> tuple[str, str, float, float, str, str, str, str]:
    """Return the values of a row, within the limits and as text that any encoding can hold."""
    question = _fit(call.question, limits.question_chars)
    answer = _fit(call.answer, limits.answer_chars)
    details = dict(call.details)
    # What matters least to a reader goes first.
    for name in ("", "trace", "arguments", "evidence", "pictures", "labels", "plan", "error"):
        details.pop(name, None)
        if name:
            details["cut"] = True
        text = json.dumps(details, ensure_ascii=True, separators=(",", ":"), default=str)
        if len(text) + 4 * (len(question) + len(answer)) <= limits.record_bytes:
            break
    else:
        text = '{"cut":true}'
    return (
        _fit(call.tool, 100),
        call.status,
        call.started,
        call.seconds,
        question,
        answer,
        _fit(call.model, 300),
        text,
    )


def open_for_reading(folder: Path) -> "sqlite3.Connection | None":
    """Open the store without writing; None where there is none yet.

    Raises:
        UnavailableError, StorageError, BusyError: It cannot be read.
    """
    path = folder / FILE_NAME
    with explain_faults():
        if not path.is_file() or not path.stat().st_size:
            return None
        connection = _connect(path, BUSY_TIMEOUT_S)
        try:
            if _is_blank(connection):  # another program is about to fill it
                connection.close()
                return None
            _check_identity(connection)
            connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
    return connection


def _fit(text: str, max_chars: int) -> str:
    whole = text.encode("utf-8", "replace").decode()
    return whole if len(whole) <= max_chars else whole[: max_chars - 1] + "…"


def _connect(path: Path, busy_timeout_s: float) -> "sqlite3.Connection":
    import sqlite3

    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,  # each connection has one user at a time
    )


def _prepare(connection: "sqlite3.Connection", limits: SessionLimits) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}")
    connection.execute(f"PRAGMA max_page_count = {max(1, limits.file_bytes // PAGE_BYTES)}")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        connection.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id = {APPLICATION_ID};"
            f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
        )
    _check_identity(connection)


def _is_blank(connection: "sqlite3.Connection") -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _check_identity(connection: "sqlite3.Connection") -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise damaged("its database is not one of chalklens")
    if version != SCHEMA_VERSION:
        raise damaged(f"it has format {version} and this version reads {SCHEMA_VERSION}")
