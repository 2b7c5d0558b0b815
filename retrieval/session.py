"""Everything the one writer holds open: the lock, the catalogue, the store, brought into line.

How it is used: `session = WriterSession.open(folder, open_store)`, then `session.catalogue` and
`session.store`, and `session.close()` as soon as nothing is left to do, so that other processes get
their turn. What it leaves out: what is written (`indexing_worker`).
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from chalklens.errors import StorageError
from retrieval.catalogue import Catalogue
from retrieval.configuration import FOLDER_HINT
from retrieval.records import StoredDocument
from retrieval.stores.store import Store
from retrieval.writer_lock import WriterLock

PAGE = 1000
OpenStore = Callable[[], tuple[Store, Callable[[], None] | None]]


@dataclass(frozen=True, slots=True)
class WriterSession:
    """Open for writing.

    Attributes:
        publish: Where the store was made anew: to be called when everything is in it again.
    """

    lock: WriterLock
    catalogue: Catalogue
    store: Store
    publish: Callable[[], None] | None = None

    @classmethod
    def open(cls, folder: Path, open_store: OpenStore) -> "WriterSession":
        """Take the lock and open both.

        Raises:
            BusyError: Another process writes.
            StorageError: The folder cannot be written.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or "an error").lower()
            raise StorageError(
                f"The folder of the knowledge base cannot be made: {reason}.", FOLDER_HINT
            ) from error
        lock = WriterLock(folder)
        try:
            catalogue = Catalogue.open(folder)
            try:
                store, publish = open_store()
                if store.describe().generation != catalogue.get_mark("generation"):
                    reconcile(catalogue, store)
            except BaseException:
                catalogue.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(lock, catalogue, store, publish)

    def close(self) -> None:
        """Let go of all three."""
        try:
            self.store.close()
        finally:
            self.catalogue.close()
            self.lock.release()


def reconcile(catalogue: Catalogue, store: Store) -> None:
    """Make the catalogue agree with what the store has, after a crash or a rebuild of either."""
    generation = store.describe().generation
    catalogue.reconcile(_list_stored(store), generation)


def _list_stored(store: Store) -> Generator[StoredDocument]:
    offset = 0
    while page := store.list_documents(offset=offset, limit=PAGE):
        for info in page:
            yield StoredDocument(
                info.id,
                info.collection,
                info.sha256,
                info.title,
                info.mime_type,
                info.chunks,
                info.characters,
                "\n".join(info.tags),
            )
        offset += len(page)
