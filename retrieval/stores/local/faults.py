"""What a failure of a part means to whoever uses the store.

How it is used: `with explain_faults(): ...` around work on the files. Damage becomes an
`UnavailableError` with code `rebuild`, a full or read-only disk a `StorageError`, a writer that is
at it a `BusyError`. What it leaves out: mending, which `reader.py` and `writer.py` do.
"""

import contextlib
import sqlite3
from collections.abc import Generator

from chalklens.errors import BusyError, StorageError, UnavailableError
from retrieval.configuration import FOLDER_HINT

REBUILD = "rebuild"
MISSING = "index_missing"
REBUILD_HINT = "Run `chalklens knowledge sync` to rebuild it from its sources."
DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_READ")
NO_WRITING = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
WRITE_FAULTS = ("os error", "io error", "ioerror", "worker thread", "writer was killed")


class DerivedPartError(Exception):
    """A derived part is missing, damaged or of another index; the truth is untouched."""


def damaged(why: str) -> UnavailableError:
    """Return the error for an index that cannot be used any more."""
    return UnavailableError(
        f"The knowledge index cannot be used: {why}.", REBUILD_HINT, code=REBUILD
    )


@contextlib.contextmanager
def explain_faults() -> Generator[None]:
    """Turn errors of SQLite and of the file system into errors with a way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain_sqlite(error) from error
    except DerivedPartError as error:
        raise damaged(str(error)) from error
    except OSError as error:
        raise _no_writing(error.strerror or "an error") from error


def _explain_sqlite(error: sqlite3.Error) -> Exception:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(DAMAGE) or "decode to UTF-8" in str(error):
        return damaged("its database is damaged")
    if name.startswith(NO_WRITING):
        return _no_writing(str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BusyError("The knowledge index is being written to.", "Try again in a moment.")
    return damaged(f"its database does not fit ({error})") if "no such" in str(error) else error


def _no_writing(why: str) -> StorageError:
    return StorageError(
        f"The knowledge index cannot be written or opened: {why.lower()}.",
        FOLDER_HINT,
    )


@contextlib.contextmanager
def explain_sparse(*, writing: bool = False) -> Generator[None]:
    """Turn what tantivy raises into `DerivedPartError`, or `StorageError` when writing failed.

    Panics of its Rust code arrive as a `BaseException` of their own.
    """
    try:
        yield
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        if writing and any(sign in str(error).lower() for sign in WRITE_FAULTS):
            raise _no_writing(str(error)) from error
        raise DerivedPartError(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise DerivedPartError(str(error)) from error
