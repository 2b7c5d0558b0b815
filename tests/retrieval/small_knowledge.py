"""A knowledge base in one process for tests: a real catalogue, everything else a fake."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from chalklens.errors import ChalklensError, MediaError
from retrieval.catalogue import Catalogue
from retrieval.documents import Chunk, Document, Section
from retrieval.embedders import FakeEmbedder
from retrieval.indexing import Indexer
from retrieval.jobs import Content, DocumentLoader
from retrieval.records import Item, Source, SourceKind
from retrieval.reports import SyncReport
from retrieval.session import reconcile
from retrieval.stores.fake import PARAMETERS, FakeStore
from retrieval.stores.store import Vectors
from retrieval.sync import Synchronizer, SyncScope

SUFFIXES = frozenset({".md", ".txt"})


class PlainLoader:
    """Takes bytes as text, except those that begin with `broken`; notes what it loaded."""

    def __init__(self) -> None:
        self.loaded: list[str] = []

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
        self.loaded.append(source)
        if data.startswith(b"broken"):
            raise MediaError("It is broken.", "Mend it.")
        sections = (Section(0),)
        return Document(
            collection,
            source,
            "Title",
            data.decode(),
            sections,
            sha256_of(data),
            modified=modified,
            tags=tags,
        )


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def cut_lines(document: Document) -> tuple[Chunk, ...]:
    """One chunk per line that is not empty."""
    chunks: list[Chunk] = []
    start = 0
    for line in document.text.splitlines(keepends=True):
        if line.strip():
            end = start + len(line.rstrip("\n"))
            chunks.append(Chunk(len(chunks), start, end, document.text[start:end]))
        start += len(line)
    return tuple(chunks)


class CountingEmbedder(FakeEmbedder):
    """Notes how many passages it was given."""

    def __init__(self) -> None:
        super().__init__(PARAMETERS.dimensions)
        self.passages = 0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += len(texts)
        return super().encode_passages(texts)


class Site:
    """Addresses and what they hold; an error is raised, None is "not modified"."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | ChalklensError | None] = {}
        self.asked: list[tuple[str, str]] = []

    def read(self, url: str, item: Item) -> Content:
        self.asked.append((url, item.etag))
        page = self.pages[url]
        if isinstance(page, ChalklensError):
            raise page
        return Content(page, "page.txt", changes={"etag": "one", "next_check_s": 1e12})


class SmallBase:
    """Catalogue, store and what a sync needs, over one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.catalogue = Catalogue.open(folder)
        self.store = FakeStore()
        self.embedder = CountingEmbedder()
        self.plain_loader = PlainLoader()
        self.loader: DocumentLoader = self.plain_loader
        self.site = Site()
        self.steps: list[tuple[int, int, str]] = []
        self.cancelled: Callable[[], bool] = lambda: False

    def add(self, location: Path | str, kind: SourceKind = "folder", label: str = "") -> Source:
        return self.catalogue.put_source(Source("c", kind, str(location), label))

    def indexer(self) -> Indexer:
        return Indexer(
            self.store,
            self.embedder,
            self.catalogue,
            self.loader,
            cut_lines,
            progress=self.note_step,
            cancelled=lambda: self.cancelled(),
        )

    def note_step(self, done: int, total: int, what: str) -> None:
        self.steps.append((done, total, what))

    def sync(self, scope: SyncScope | None = None, defaults: Path | None = None) -> SyncReport:
        work = Synchronizer(self.catalogue, self.indexer(), SUFFIXES, self.site, defaults=defaults)
        return work.run(self.catalogue.list_sources(), scope)

    def texts(self) -> dict[str, str]:
        """What the store holds: source -> text."""
        return {
            indexed.document.source: indexed.document.text
            for indexed in self.store.content.documents.values()
        }

    def reconcile(self) -> None:
        """Compare catalogue and store, as a writer does that finds them apart."""
        reconcile(self.catalogue, self.store)


def counts(report: SyncReport) -> Collection[int]:
    """Added, changed, moved, removed, unchanged."""
    return (report.added, report.changed, report.moved, report.removed, report.unchanged)
