"""Makes what the two knowledge workers stand on: store, embedder, reranker, loader. Worker side.

How it is used: `IndexParts(config)` in the indexing worker, `SearchParts(config)` in the search worker;
everything is loaded by the first call that needs it and then kept. What it leaves out: using them.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from chalklens.errors import UnavailableError
from chalklens.labelling.embedded import sheet_worker_spec
from chalklens.reading.reader import WorkerReader
from chalklens.workers.pool import WorkerPool
from retrieval.chunking import ChunkSettings, cut_document
from retrieval.configuration import INDEX_MISSING, KnowledgeConfig
from retrieval.documents import Chunk, Document
from retrieval.embedders import Embedder, create_embedder, identify_embedder
from retrieval.jobs import DocumentLoader
from retrieval.loaders.formats import SUPPORTED
from retrieval.loaders.isolated import IsolatedLoader
from retrieval.rerank import Reranker, create_reranker
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.registry import open_to_read, open_to_write
from retrieval.stores.store import IndexParameters, Store
from retrieval.tokens import TOKENS_VERSION

if TYPE_CHECKING:
    from retrieval.search import SearchPipeline

SUFFIXES = frozenset(SUPPORTED)
CLOSE_LIMIT_S = 30.0  # more than the child's own limits together


class BlockingLoader:
    """An `IsolatedLoader` for a thread that waits: it lives on an event loop of its own.

    The loop's thread lasts as long as the process, because the loader's child dies with it.
    """

    def __init__(self, loader: IsolatedLoader) -> None:
        self._loader = loader
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loader", daemon=True)
        self._thread.start()

    def load(
        self,
        data: bytes,
        name: str,
        *,
        collection: str,
        source: str,
        modified: float,
        tags: tuple[str, ...],
        content_type: str = "",
    ) -> Document:
        """Load one file; see `IsolatedLoader.load`."""
        work = self._loader.load(
            data,
            name,
            collection=collection,
            source=source,
            modified=modified,
            tags=tags,
            content_type=content_type,
        )
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Stop the child and the loop."""
        closing = asyncio.run_coroutine_threadsafe(self._loader.close(), self._loop)
        closing.result(CLOSE_LIMIT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_LIMIT_S)
        self._loop.close()


class IndexParts:
    """What the writer needs."""

    suffixes = SUFFIXES

    def __init__(self, config: KnowledgeConfig) -> None:
        self._config = config
        self._address = parse_store_address(config.store)
        self._chunking = ChunkSettings()

    @cached_property
    def embedder(self) -> Embedder | None:
        """Loaded on first use."""
        return create_embedder(self._config.embedder)

    @cached_property
    def loader(self) -> DocumentLoader:
        """Its children start with the first file, and the one that reads scans with the first scan."""
        reader = WorkerReader(WorkerPool(sheet_worker_spec(threads=self._config.threads)))
        return BlockingLoader(IsolatedLoader(reader=reader))

    def cut(self, document: Document) -> tuple[Chunk, ...]:
        """Cut a document into passages."""
        return cut_document(document, self._chunking)

    def open_store(self, *, anew: bool = False) -> tuple[Store, Callable[[], None] | None]:
        """Open the store for writing, or make it anew; see `open_to_write`."""
        embedder, dimensions = identify_embedder(self.embedder)
        parameters = IndexParameters(
            embedder, dimensions, TOKENS_VERSION, self._chunking.describe()
        )
        return open_to_write(self._address, self._config.folder, parameters, anew=anew)


class SearchParts:
    """What a reader needs."""

    suffixes = SUFFIXES

    def __init__(self, config: KnowledgeConfig) -> None:
        self._config = config
        self._address = parse_store_address(config.store)
        self.store_kind = self._address.kind

    @cached_property
    def embedder(self) -> Embedder | None:
        """Loaded on first use."""
        return create_embedder(self._config.embedder)

    @cached_property
    def reranker(self) -> Reranker | None:
        """Loaded on first use."""
        return create_reranker(self._config.reranker)

    @property
    def reranker_name(self) -> str:
        """Empty for none."""
        return self.reranker.name if self.reranker else ""

    def warm(self) -> None:
        """Load embedder and reranker, and use the embedder once: the first use is the slowest."""
        if self.embedder:
            self.embedder.encode_queries(["warm"])
        _ = self.reranker

    def open_pipeline(self) -> "SearchPipeline | None":
        """Open the store and what searches in it; None when there is no index yet.

        Raises:
            UnavailableError: The index is damaged, or the engine behind it cannot be reached.
        """
        from retrieval.search import SearchPipeline

        try:
            store = open_to_read(self._address, self._config.folder)
        except UnavailableError as error:
            if error.code == INDEX_MISSING:
                return None
            raise
        return SearchPipeline(store, self.embedder, self.reranker)
