"""Questions to the store: which sessions there are, what happened in one, which summaries were saved.

How it is used: `with reading(folder) as connection: list_sessions(connection, principal)`. A principal
of None sees everything; the command line asks like that, because its user owns the file. What it
leaves out: writing (`store.py`).
"""

import contextlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chalklens.sessions.faults import explain_faults
from chalklens.sessions.records import CallRecord, SessionInfo, SummaryInfo
from chalklens.sessions.store import open_for_reading

if TYPE_CHECKING:
    import sqlite3

    Reading = sqlite3.Connection | None
else:
    Reading = Any

CALL = "id, tool, status, started, seconds, question, answer, model, details"
SUMMARY = "name, path, principal, session, title, created, bytes, sha256"


@contextlib.contextmanager
def reading(folder: Path) -> Generator[Reading]:
    """Open the store for questions; None where nothing was ever recorded.

    Raises:
        UnavailableError, StorageError, BusyError: It cannot be read.
    """
    connection = open_for_reading(folder)
    try:
        with explain_faults():
            yield connection
    finally:
        if connection is not None:
            connection.close()


def list_sessions(
    connection: Reading, principal: str | None, limit: int, offset: int = 0
) -> list[SessionInfo]:
    """Return sessions, the one used last first."""
    if connection is None:
        return []
    rows = connection.execute(
        "SELECT id, principal, client, started, last, calls, bytes, dropped FROM sessions"
        " WHERE ? IS NULL OR principal = ? ORDER BY last DESC, id LIMIT ? OFFSET ?",
        (principal, principal, limit, offset),
    )
    return [SessionInfo(*row) for row in rows]


def find_session(connection: Reading, id_: str, principal: str | None) -> SessionInfo | None:
    """Return one session of this principal."""
    if connection is None:
        return None
    row = connection.execute(
        "SELECT id, principal, client, started, last, calls, bytes, dropped FROM sessions"
        " WHERE id = ? AND (? IS NULL OR principal = ?)",
        (id_, principal, principal),
    ).fetchone()
    return SessionInfo(*row) if row else None


def list_calls(connection: Reading, session: str, limit: int) -> list[CallRecord]:
    """Return the latest calls of a session, the oldest of them first."""
    if connection is None:
        return []
    rows = connection.execute(
        f"SELECT {CALL} FROM calls WHERE session = ? ORDER BY number DESC LIMIT ?",
        (session, limit),
    ).fetchall()
    return [_unpack(row) for row in reversed(rows)]


def list_summaries(
    connection: Reading, principal: str | None, limit: int, title: str | None = None
) -> list[SummaryInfo]:
    """Return saved summaries, the latest first; with `title` those of exactly this title."""
    if connection is None:
        return []
    rows = connection.execute(
        f"SELECT {SUMMARY} FROM summaries WHERE (? IS NULL OR principal = ?)"
        " AND (? IS NULL OR title = ?) ORDER BY created DESC, name LIMIT ?",
        (principal, principal, title, title, limit),
    )
    return [SummaryInfo(*row) for row in rows]


def find_summary(connection: Reading, name: str, principal: str) -> SummaryInfo | None:
    """Return one saved summary of this principal."""
    if connection is None:
        return None
    row = connection.execute(
        f"SELECT {SUMMARY} FROM summaries WHERE principal = ? AND name = ?", (principal, name)
    ).fetchone()
    return SummaryInfo(*row) if row else None


def measure(connection: Reading) -> tuple[int, int]:
    """Return how many sessions there are, and the bytes of their calls."""
    if connection is None:
        return 0, 0
    row = connection.execute("SELECT count(*), total(bytes) FROM sessions").fetchone()
    return int(row[0]), int(row[1])


def _unpack(row: Any) -> CallRecord:
    *plain, details = row
    try:
        found: Any = json.loads(details)
    except ValueError:
        found = {"cut": True}
    known = cast("dict[str, Any]", found) if isinstance(found, dict) else {"cut": True}
    return CallRecord(*plain, details=known)
