"""What a failure of the store means to a user.

How it is used: `with explain_faults(): ...` around work on the database and on files. A full disk
or a folder that cannot be written becomes a `StorageError`, a lock a `BusyError`, damage an
`UnavailableError` with code `record_damaged`. What it leaves out: repairs; `erase` makes a new store.
"""

import contextlib
from collections.abc import Callable, Generator

from chalklens.errors import BusyError, ChalklensError, StorageError, UnavailableError

DAMAGED = "record_damaged"
DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_READ")
NO_WRITING = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")


def damaged(why: str) -> UnavailableError:
    """Return the error for a store that cannot be used any more."""
    return UnavailableError(
        f"The session record cannot be used: {why}.",
        "`chalklens sessions erase --all` starts a new one; saved summaries stay.",
        code=DAMAGED,
    )


@contextlib.contextmanager
def explain_faults(write_problem: Callable[[str], StorageError] | None = None) -> Generator[None]:
    """Turn errors of SQLite and of the file system into errors with a way out.

    Args:
        write_problem: Makes the error of a file that cannot be written; None: it is the record's.
    """
    import sqlite3  # not before the first response

    try:
        yield
    except sqlite3.Error as error:
        raise _explain_sqlite(error) from error
    except OSError as error:
        raise (write_problem or no_writing)(error.strerror or "an error") from error


def _explain_sqlite(error: Exception) -> ChalklensError:
    name = str(getattr(error, "sqlite_errorname", "") or "")
    if name.startswith(DAMAGE) or "decode to UTF-8" in str(error):
        return damaged("its database is damaged")
    if name.startswith(LOCKED):
        return BusyError("The session record is locked by another program.", "Try again later.")
    if name.startswith(NO_WRITING):
        return no_writing(str(error))
    return damaged(f"its database does not fit ({error})")


def no_summary(why: str) -> StorageError:
    """Return the error for a folder in which a summary cannot be written."""
    return StorageError(
        f"The summary cannot be written: {why.lower().rstrip('.')}.",
        "Pass another allowed folder, or none for the folder of chalklens; it may also need some space.",
    )


def no_writing(why: str) -> StorageError:
    """Return the error for a place where nothing can be written."""
    return StorageError(
        f"The session record cannot be written: {why.lower().rstrip('.')}.",
        "Free some space (`chalklens sessions erase --all` works on a full disk), or name another "
        "folder (CHALKLENS_DATA_DIR); --no-record switches recording off.",
    )
