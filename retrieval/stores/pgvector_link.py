"""The connection to PostgreSQL: one at a time, made again when it breaks.

How it is used: `connection.run(work)` calls `work(link)` inside one transaction; `execute`, `fetch` and
`copy` are for use in there. Errors of the driver become ours. What it leaves out: what is asked.
"""

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar, cast

from chalklens.errors import BusyError, ChalklensError, StorageError, UnavailableError
from retrieval.stores.addresses import StoreAddress, write_url
from retrieval.stores.rows import Row
from retrieval.stores.store import Vectors

if TYPE_CHECKING:
    from psycopg import Connection

    Link = Connection[tuple[Any, ...]]

CONNECT_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_S = 60.0
LOCK_TIMEOUT_S = 30.0  # for another writer's batch
Values = Sequence[Any] | Mapping[str, Any] | None
Answer = TypeVar("Answer")


class PostgresConnection:
    """A connection whose search path is the schema of the store. Calls may come from any thread."""

    def __init__(self, address: StoreAddress, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self.schema = address.name  # letters, digits and _ only: `addresses.NAME`
        self.place = f"PostgreSQL at {address.display}"
        self._address = address
        self._connect_timeout_s = connect_timeout_s
        self._link: Link | None = None
        self._turn = threading.RLock()

    def run(self, work: "Callable[[Link], Answer]") -> Answer:
        """Do something in one transaction; once more on a new connection when the old one broke.

        Raises:
            UnavailableError: It failed, or nobody answered in time; nothing has changed.
            StorageError: The disk is full, or the server does not take writes.
            BusyError: Another process has been writing for too long.
        """
        with self._turn:
            if self._link is None or self._link.closed:
                self._link = self._connect()
            try:
                return self._work(self._link, work)
            except UnavailableError:
                if not self._link.closed:
                    raise
            self._link = self._connect()
            return self._work(self._link, work)

    def close(self) -> None:
        """Let go of it."""
        with self._turn:
            if self._link is not None:
                self._link.close()
                self._link = None

    def _work(self, link: "Link", work: "Callable[[Link], Answer]") -> Answer:
        with self._explain_errors(), link.transaction():
            return work(link)

    def _connect(self) -> "Link":
        try:
            import psycopg
        except ImportError:
            raise UnavailableError(
                "A PostgreSQL store needs the package psycopg.", "pip install 'chalklens[pgvector]'"
            ) from None
        # left out where empty, so that PGUSER, PGPASSWORD and the password file count
        credentials: dict[str, Any] = {
            key: value
            for key, value in (("user", self._address.user), ("password", self._address.password))
            if value
        }
        with self._explain_errors():
            connection = psycopg.connect(
                write_url(self._address),
                autocommit=True,
                connect_timeout=max(1, round(self._connect_timeout_s)),
                application_name="chalklens",
                **credentials,
            )
            for name, value in (
                ("search_path", f"{self.schema}, public"),
                ("jit", "off"),  # compiling takes longer than these statements
                ("statement_timeout", f"{round(STATEMENT_TIMEOUT_S * 1000)}"),
                ("lock_timeout", f"{round(LOCK_TIMEOUT_S * 1000)}"),
            ):
                connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        return connection

    @contextmanager
    def _explain_errors(self) -> Generator[None]:
        from psycopg import Error

        try:
            yield
        except Error as error:
            raise self._explain(error) from None

    def _explain(self, error: Exception) -> ChalklensError:
        from psycopg import errors

        reason = self._address.scrub(error)
        if isinstance(error, (errors.DiskFull, errors.ReadOnlySqlTransaction)):
            return StorageError(
                f"{self.place} cannot be written: {reason}", "Free some space there."
            )
        if isinstance(error, errors.LockNotAvailable):
            return BusyError(
                f"Another process has been writing to {self.place} for {LOCK_TIMEOUT_S:.0f} s.",
                "Try again when it has finished.",
            )
        return UnavailableError(
            f"{self.place} did not do what was asked: {reason}",
            "Check that it runs, that the address is right and that the user may use it.",
        )


def execute(
    link: "Link",
    statement: str,
    values: Values = None,
) -> None:
    """Execute a statement, put together from constants and checked names only, never from values."""
    link.execute(cast("LiteralString", statement), values)


def fetch(
    link: "Link",
    statement: str,
    values: Values = None,
) -> list[tuple[Any, ...]]:
    """Execute a statement and return its rows."""
    return link.execute(cast("LiteralString", statement), values).fetchall()


def copy(link: "Link", table: str, columns: Sequence[str], rows: list[Row]) -> None:
    """Insert rows by COPY."""
    if not rows:
        return
    statement = cast("LiteralString", f"COPY {table} ({', '.join(columns)}) FROM STDIN")
    with link.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[column] for column in columns])


def write_vector(vector: Sequence[float] | Vectors) -> str:
    """Return a vector as pgvector reads it."""
    return "[" + ",".join(f"{value:.9g}" for value in vector) + "]"
