"""The `Store` over a folder.

How it is used: `LocalStore.open(folder, parameters)` to read and write, `readonly=True` for one of
many readers; `LocalStore.create(folder, parameters)` builds another index beside the one in use, and
`publish()` swaps. What it leaves out: how any part works.

    store = LocalStore.open(folder, parameters)       # UnavailableError: code index_missing, rebuild
    store = LocalStore.create(folder, parameters)     # then: apply all documents, publish

One writer at a time holds a lock on the folder. A reader follows batches and swaps at its next call.
"""

import contextlib
import secrets
import sqlite3
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Self

from filelock import FileLock

from chalklens.errors import StorageError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.documents import StoredChunk
from retrieval.stores.local import records
from retrieval.stores.local.database import (
    create_database,
    decode_parameters,
    open_database,
    open_frozen,
    read_state,
    stamp_files,
)
from retrieval.stores.local.faults import MISSING, REBUILD, damaged, explain_faults
from retrieval.stores.local.files import FileWriter
from retrieval.stores.local.generations import Generations
from retrieval.stores.local.reader import Reader
from retrieval.stores.local.writer import USUAL_PACE, Pace, Writer
from retrieval.stores.store import (
    Batch,
    DocumentInfo,
    Found,
    IndexParameters,
    StoreInfo,
    Vectors,
)

DATABASE = "index.sqlite3"
OPEN_TRIES = 5  # a swap may come between reading the manifest and opening
MAX_LISTED = 100_000
Stamp = tuple[int, int, int]


class LocalStore:
    """A `Store` in a folder. Made by `open` and `create`; calls may come from any thread."""

    def __init__(self, generations: Generations, lock: FileLock | None, pace: Pace) -> None:
        self.generations = generations
        self.pace = pace
        self.lock = lock
        self.folder: Path | None = None
        self.connection: sqlite3.Connection | None = None
        self.reader: Reader | None = None
        self.writer: Writer | None = None
        self.stamp: Stamp = (0, 0, 0)
        self.frozen: Stamp | None = None
        self.parameters: IndexParameters | None = None
        self.turn = threading.RLock()

    @classmethod
    def open(
        cls,
        folder: Path,
        parameters: IndexParameters | None = None,
        *,
        readonly: bool = False,
        files: FileWriter | None = None,
        pace: Pace = USUAL_PACE,
    ) -> Self:
        """Open the index in use.

        Args:
            folder: Of all generations.
            parameters: What it must be made with; None takes what is there.
            readonly: Search only; the writer goes on.
            files: How our own files are written.
            pace: When the derived parts follow.

        Raises:
            UnavailableError: There is none (code `index_missing`), or it is damaged, foreign, or made
                with other parameters (code `rebuild`): `create` another.
            BusyError: Another process is writing.
            StorageError: The disk does not let it be opened.
        """
        generations = Generations(folder, files or FileWriter())
        with explain_faults():
            generations.read_current()
            store = cls(generations, None if readonly else generations.lock(), pace)
            with store._letting_go_on_error():
                store._open_current(parameters)
        return store

    @classmethod
    def create(
        cls,
        folder: Path,
        parameters: IndexParameters,
        *,
        files: FileWriter | None = None,
        pace: Pace = USUAL_PACE,
    ) -> Self:
        """Begin an index beside the one in use, or go on with one that was never published.

        It becomes the one in use by `publish()`, and at once where there is none that can be used.

        Raises:
            BusyError: Another process is writing.
            StorageError: Nothing can be written.
        """
        generations = Generations(folder, files or FileWriter())
        with explain_faults():
            store = cls(generations, generations.lock(), pace)
            with store._letting_go_on_error():
                in_use = _find_usable(generations)
                if not store._resume(in_use, parameters):
                    store._begin(parameters)
                if in_use is None:
                    store.publish()
        return store

    def publish(self) -> None:
        """Make this the index in use and delete the others.

        Raises:
            StorageError: The manifest cannot be written; the former index stays in use.
        """
        with self._at_work() as connection, explain_faults():
            assert self.folder is not None
            parameters = decode_parameters(read_state(connection).parameters)
            self.generations.publish(self.folder, parameters)
            self.stamp = self.generations.stamp()
            self._remove_others()

    def describe(self) -> StoreInfo:
        """Count what is there."""
        with self.answering() as reader:
            return reader.describe()

    def apply(self, batch: Batch) -> None:
        """Make the change visible as a whole or not at all.

        Raises:
            StorageError: It cannot be written; nothing has changed.
            InputError: Text that is no Unicode; nothing has changed.
        """
        with self._at_work(), explain_faults():
            if self.writer is None:
                raise UnavailableError("The knowledge index was opened for reading only.")
            self.writer.apply(batch)

    @contextlib.contextmanager
    def answering(self) -> Generator[Reader]:
        """Follow a swap, then the last batch, then answer in one transaction; others wait."""
        with self._at_work(), explain_faults():
            if self.lock is None and self._must_open_again():
                self._open_current(self.parameters)
            assert self.reader is not None
            with self.reader.answering():
                yield self.reader

    def search_sparse(
        self,
        tokens: Sequence[str],
        k: int,
        where: SearchFilter,
        phrases: Sequence[Sequence[str]] = (),
    ) -> Found:
        """Return chunks by BM25, best first."""
        with self.answering() as reader:
            return reader.search_sparse(tokens, k, where, phrases)

    def search_dense(self, vector: Vectors, k: int, where: SearchFilter) -> Found:
        """Return chunks by inner product with a unit vector, best first."""
        with self.answering() as reader:
            return reader.search_dense(vector, k, where)

    def read_vectors(self, ids: Sequence[str]) -> Vectors:
        """Return stored vectors, (ids, dimensions), in the order of `ids`; zeros for one that is gone."""
        with self.answering() as reader:
            return reader.read_vectors(ids)

    def fetch(self, ids: Sequence[str]) -> list[StoredChunk]:
        """Return the chunks that still exist, in the order of `ids`."""
        with self.answering() as reader:
            return reader.fetch(ids)

    def read_chunks(
        self, document: str, first: int = 0, last: int | None = None
    ) -> list[StoredChunk]:
        """Return a document's chunks `first` to `last` (included), in order; none if unknown."""
        with self.answering() as reader:
            return records.read_chunks(reader.connection, document, first, last)

    def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 1000
    ) -> list[DocumentInfo]:
        """Return documents by collection and source."""
        with self.answering() as reader:
            listed = min(limit, MAX_LISTED)
            return records.list_documents(reader.connection, collection, offset, listed)

    def find_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors of texts (`passages.write_dense_text`) that a stored chunk has."""
        with self.answering() as reader:
            return records.find_vectors(reader.connection, texts)

    def close(self) -> None:
        """Let go of files and of the lock. Nothing is lost without."""
        with self.turn:
            self._close_parts()
            if self.lock is not None:
                self.lock.release()
            self.lock = None

    def _begin(self, parameters: IndexParameters) -> None:
        folder = self.generations.make_folder()
        try:
            connection = create_database(folder / DATABASE, secrets.token_hex(8), parameters)
        except BaseException:
            self.generations.remove(folder)
            raise
        with _closing_on_error(connection):
            self._take(folder, connection)

    def _resume(self, in_use: Path | None, parameters: IndexParameters) -> bool:
        """Go on with an unpublished index of the same parameters; remove what is unusable."""
        for folder in self.generations.list_folders():
            if folder == in_use:
                continue
            with contextlib.suppress(_UnusableError), _telling_unusable():
                self._open_folder(folder, parameters)
                return True
            self.generations.remove(folder)
        return False

    def _open_current(self, parameters: IndexParameters | None) -> None:
        self.parameters = parameters
        for attempt in range(OPEN_TRIES):
            stamp = self.generations.stamp()
            try:
                self._open_folder(self.generations.read_current().folder, parameters)
            except UnavailableError:
                if attempt == OPEN_TRIES - 1 or stamp == self.generations.stamp():
                    raise
            else:
                self.stamp = stamp
                return

    def _open_folder(self, folder: Path, parameters: IndexParameters | None) -> None:
        connection, frozen = _connect(folder / DATABASE, readonly=self.lock is None)
        with _closing_on_error(connection):
            made_with = decode_parameters(read_state(connection).parameters)
            if parameters is not None and made_with != parameters:
                raise damaged("it was made with another embedder, tokens or chunking")
            self._take(folder, connection)
        self.frozen = frozen

    def _take(self, folder: Path, connection: sqlite3.Connection) -> None:
        reader = Reader(connection, folder)
        files = self.generations.files
        writer = Writer(connection, folder, files, self.pace) if self.lock else None
        self._close_parts()
        self.folder, self.connection = folder, connection
        self.reader, self.writer = reader, writer

    def _close_parts(self) -> None:
        writer, connection = self.writer, self.connection
        self.writer = self.reader = self.connection = None
        try:
            if writer is not None:
                with explain_faults():
                    writer.close()
        finally:
            if connection is not None:
                connection.close()

    def _remove_others(self) -> None:
        for folder in self.generations.list_folders():
            if folder != self.folder:
                self.generations.remove(folder)

    def _must_open_again(self) -> bool:
        if self.generations.stamp() != self.stamp or self.folder is None:
            return True
        return self.frozen is not None and self.frozen != stamp_files(self.folder / DATABASE)

    @contextlib.contextmanager
    def _letting_go_on_error(self) -> Generator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def _at_work(self) -> Generator[sqlite3.Connection]:
        with self.turn:
            if self.connection is None:
                raise UnavailableError("The knowledge index is closed.")
            yield self.connection


def _connect(path: Path, *, readonly: bool) -> tuple[sqlite3.Connection, Stamp | None]:
    """Open a database; where it had to be taken as frozen, say as of when."""
    try:
        with explain_faults():
            return open_database(path, readonly=readonly), None
    except StorageError:
        stamp = stamp_files(path)
        if not readonly or stamp[0]:  # a log: somebody writes, or was killed
            raise
    return open_frozen(path), stamp


@contextlib.contextmanager
def _closing_on_error(connection: sqlite3.Connection) -> Generator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


class _UnusableError(Exception):
    """A generation is missing, damaged, or made otherwise."""


@contextlib.contextmanager
def _telling_unusable() -> Generator[None]:
    """Tell what will never be of use from what cannot be read just now, which must be kept."""
    try:
        with explain_faults():
            yield
    except UnavailableError as error:
        if error.code in (REBUILD, MISSING):
            raise _UnusableError from error
        raise


def _find_usable(generations: Generations) -> Path | None:
    """Return the folder of the index in use, None if there is none or it is damaged."""
    with contextlib.suppress(_UnusableError), _telling_unusable():
        folder = generations.read_current().folder
        with contextlib.closing(open_database(folder / DATABASE, readonly=True)) as connection:
            read_state(connection)
        return folder
    return None
