"""Changes to one generation: the database first, then what is derived from it.

How it is used: `Writer(connection, folder, files)` mends what is left of a crash; `apply` makes a
batch visible by one commit of SQLite. tantivy and the snapshot follow when enough has changed; if
they cannot be written the batch stands all the same, and the next one tries again. What it leaves
out: that there is only one writer (`generations.py`).
"""

import contextlib
import logging
import sqlite3
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chalklens.errors import InputError, StorageError
from retrieval.stores.local.database import State, decode_parameters, read_state, write_state
from retrieval.stores.local.faults import DerivedPartError
from retrieval.stores.local.files import FileWriter
from retrieval.stores.local.reader import SPARSE_FOLDER, check_mark
from retrieval.stores.local.records import (
    Removed,
    insert_document,
    iterate_bodies,
    remove_document,
    remove_unused_vectors,
)
from retrieval.stores.local.snapshot import load_snapshot_mark, save_snapshot
from retrieval.stores.local.sparse import Mark, SparseIndex, SparseWriter, remove_index
from retrieval.stores.store import Batch, IndexedDocument

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How far the derived parts may lag behind the database, in chunks.

    Attributes:
        min_pending, max_pending: That tantivy does not have yet; between them, one in
            `pending_share` of all. Readers hold these tokens in memory.
        max_removed: That went and tantivy still has.
        min_unsaved: That came or went since the snapshot, at least; above, one in `unsaved_share`
            of all. Readers take these from the database when they open.
    """

    min_pending: int = 128
    max_pending: int = 1024
    pending_share: int = 100
    max_removed: int = 4096
    min_unsaved: int = 4096
    unsaved_share: int = 4


USUAL_PACE = Pace()


class Writer:
    """The one that changes a generation.

    Args:
        connection: To its database.
        folder: Of the generation.
        files: How snapshots are written.
        pace: When the derived parts follow.

    Raises:
        UnavailableError: The database is damaged.
    """

    def __init__(
        self, connection: sqlite3.Connection, folder: Path, files: FileWriter, pace: Pace
    ) -> None:
        self.connection = connection
        self.folder = folder
        self.files = files
        self.pace = pace
        self.sparse: SparseWriter | None = None
        self.mark: Mark | None = None
        state = read_state(connection)
        self.dimensions = decode_parameters(state.parameters).dimensions
        self.saved = load_snapshot_mark(folder, state, self.dimensions)
        with self._tolerate("index of words"):
            if self._has_sparse(state):
                self._open_sparse(state)

    def apply(self, batch: Batch) -> None:
        """Make a change visible as a whole or not at all.

        Raises:
            InputError: Text that is no Unicode; nothing has changed.
            sqlite3.Error: Nothing has changed.
        """
        documents = {indexed.document.id: indexed for indexed in batch.documents}
        for indexed in documents.values():
            expected = (len(indexed.chunks), self.dimensions)
            if indexed.vectors.shape != expected:
                raise ValueError(f"vectors of shape {indexed.vectors.shape} instead of {expected}")
        if not documents and not batch.removed:
            return
        with self._transaction():
            self._apply(documents, batch)
        self._follow()

    def close(self) -> None:
        """Leave a snapshot if opening would be slow without, and let go of tantivy."""
        self._follow()
        self._close_sparse()

    def _apply(self, documents: dict[str, IndexedDocument], batch: Batch) -> None:
        state = read_state(self.connection)
        sequence = state.sequence + 1
        removed = [
            remove_document(self.connection, id_, sequence)
            for id_ in dict.fromkeys([*batch.removed, *documents])
        ]
        tokens, key = 0, state.next_key
        for indexed in documents.values():
            tokens += insert_document(self.connection, indexed, key)
            key += len(indexed.chunks)
        remove_unused_vectors(self.connection, _collect_vectors(removed))
        added = key - state.next_key
        write_state(
            self.connection,
            replace(
                state,
                sequence=sequence,
                next_key=key,
                documents=state.documents + len(documents) - sum(r.documents for r in removed),
                chunks=state.chunks + added - sum(r.chunks for r in removed),
                tokens=state.tokens + tokens - sum(r.tokens for r in removed),
            ),
        )

    def _follow(self) -> None:
        """Bring the derived parts up to date where it is time."""
        state = read_state(self.connection)
        with self._tolerate("index of words"):
            if self._is_flush_due(state):
                self._flush(state)
        with self._tolerate("snapshot"):
            if self._is_snapshot_due(state):
                self._save(state)

    def _is_flush_due(self, state: State) -> bool:
        pace, pending = self.pace, state.next_key - self._next_flush
        limit = min(pace.max_pending, max(pace.min_pending, state.chunks // pace.pending_share))
        return pending >= limit or self._count_removed() >= pace.max_removed

    @property
    def _next_flush(self) -> int:
        return self.mark.next_key if self.mark else 0

    def _count_removed(self) -> int:
        if self.mark is None:
            return 0
        (count,) = self.connection.execute(
            "SELECT coalesce(sum(chunks), 0) FROM removals WHERE sequence > ?",
            (self.mark.sequence,),
        ).fetchone()
        return count

    def _flush(self, state: State) -> None:
        """Commit to tantivy what is pending, then forget that it was."""
        sparse = self.sparse or self._open_sparse(state)
        mark = Mark(state.index_id, state.sequence, state.next_key)
        try:
            sparse.write(self._iterate_pending(), self._list_removed(), mark)
        except DerivedPartError as error:
            self._close_sparse()
            self._rebuild_sparse(state, error)
        except BaseException:
            self._close_sparse()  # a writer that has failed once is of no more use
            raise
        else:
            self._note_flushed(state, mark)

    def _note_flushed(self, state: State, mark: Mark) -> None:
        self.mark = mark
        with self._transaction():
            self.connection.execute("DELETE FROM pending WHERE key < ?", (mark.next_key,))
            write_state(self.connection, replace(state, flushed=mark.next_key))

    def _close_sparse(self) -> None:
        sparse, self.sparse = self.sparse, None
        if sparse is not None:
            with self._tolerate("index of words"):
                sparse.close()

    def _iterate_pending(self) -> Iterator[tuple[int, str]]:
        yield from self.connection.execute(
            "SELECT key, tokens FROM pending WHERE key >= ? ORDER BY key", (self._next_flush,)
        )

    def _list_removed(self) -> list[int]:
        after = self.mark.sequence if self.mark else 0
        ranges = self.connection.execute(
            "SELECT first_key, chunks FROM removals WHERE sequence > ?", (after,)
        )
        return [key for first, count in ranges for key in range(first, first + count)]

    def _has_sparse(self, state: State) -> bool:
        return state.flushed > 0 or (self.folder / SPARSE_FOLDER).exists()

    def _open_sparse(self, state: State) -> SparseWriter:
        """See what tantivy has; make it anew if that cannot be followed from."""
        folder, self.mark = self.folder / SPARSE_FOLDER, None
        if self._has_sparse(state):
            try:
                self.mark = SparseIndex.open(folder).mark
                check_mark(self.mark, state)
            except DerivedPartError as error:
                self._rebuild_sparse(state, error)
        self.sparse = SparseWriter(folder)
        return self.sparse

    def _rebuild_sparse(self, state: State, error: DerivedPartError) -> None:
        """Build beside, then swap, so that readers never see half of it."""
        logger.warning("The index of words is made anew: %s.", error)
        folder, self.mark = self.folder / SPARSE_FOLDER, None  # until it is done
        beside = folder.with_name(f"{SPARSE_FOLDER}.new")
        remove_index(beside)
        mark = Mark(state.index_id, state.sequence, state.next_key)
        bodies = iterate_bodies(self.connection, 0, state.next_key)
        writer = SparseWriter(beside)
        writer.write(bodies, (), mark)
        writer.close()
        remove_index(folder)
        beside.rename(folder)
        self._note_flushed(state, mark)

    def _is_snapshot_due(self, state: State) -> bool:
        sequence, next_key, rows = self.saved or (0, 0, 0)
        added = state.next_key - next_key
        unsaved = added + max(0, rows + added - state.chunks)
        limit = max(self.pace.min_unsaved, rows // self.pace.unsaved_share)
        return unsaved > limit and sequence < state.sequence

    def _save(self, state: State) -> None:
        save_snapshot(self.connection, self.folder, state, self.dimensions, self.files)
        self.saved = (state.sequence, state.next_key, state.chunks)
        known = min(state.sequence, self.mark.sequence if self.mark else 0)
        with self._transaction():
            self.connection.execute("DELETE FROM removals WHERE sequence <= ?", (known,))
            newest = read_state(self.connection)
            write_state(self.connection, replace(newest, pruned=max(newest.pruned, known)))

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            if isinstance(error, UnicodeEncodeError):
                raise InputError("A document's text is not valid Unicode.") from error
            raise

    @contextlib.contextmanager
    def _tolerate(self, part: str) -> Generator[None]:
        """Go on without a derived part: what readers need of it is in the database."""
        try:
            yield
        except (StorageError, DerivedPartError, OSError, sqlite3.OperationalError) as error:
            logger.warning("The %s cannot be brought up to date: %s", part, error)


def _collect_vectors(removed: list[Removed]) -> list[int]:
    return sorted({number for one in removed for number in one.vectors})
