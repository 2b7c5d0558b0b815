"""What a knowledge base can do for tools, resources and the command line.

How it is used: whoever needs a knowledge base takes a `KnowledgeService`; `Knowledge` (`knowledge.py`) is
one, and so is its fake (`fake.py`). What it leaves out: how any of it works.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from chalklens.protocols import Retriever
from chalklens.workers.process import WorkerProcess
from retrieval.reports import DocumentList, DocumentText, KnowledgeStatus, Progress, SyncReport


class KnowledgeService(Retriever, Protocol):
    """A knowledge base: `retrieval.knowledge.Knowledge`, or its fake."""

    workers: tuple[WorkerProcess, ...]

    async def add(
        self,
        sources: Sequence[str],
        collection: str,
        tags: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> SyncReport:
        """Take in files, folders (which later syncs follow) and URLs.

        Raises:
            MediaReferenceError: A source lies outside the allowed folders or hosts.
        """
        ...

    async def sync(
        self,
        collection: str | None = None,
        progress: Progress | None = None,
        *,
        retry: bool = False,
    ) -> SyncReport:
        """Follow what was added; `retry` tries files again that failed and did not change."""
        ...

    def watch(
        self, collection: str | None = None, progress: Progress | None = None
    ) -> AsyncGenerator[SyncReport, None]:
        """Yield a report of a sync, then one for every change that follows."""
        ...

    async def remove(
        self, sources: Sequence[str] = (), collection: str | None = None
    ) -> SyncReport:
        """Forget sources, or a whole collection; files stay where they are."""
        ...

    async def list_documents(
        self, collection: str | None = None, offset: int = 0, limit: int = 100
    ) -> DocumentList:
        """Return known documents by collection and source.

        Raises:
            InputError: There is no such collection.
        """
        ...

    async def read_document(
        self, id_: str, page: int | None = None, start: int = 0, max_chars: int = 100_000
    ) -> DocumentText:
        """Return text of a document from character `start`.

        Raises:
            InputError: There is no such document or page.
        """
        ...

    async def status(self) -> KnowledgeStatus:
        """Describe the knowledge base."""
        ...

    async def warm(self) -> None:
        """Get ready to search."""
        ...

    async def close(self) -> None:
        """Stop the workers."""
        ...
