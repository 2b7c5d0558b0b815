"""What a knowledge base says about itself: documents, changes, state.

How it is used: `Knowledge` (`knowledge.py`) and its fake return these; the tools and the command line
show them. Nothing is imported that a server process must not have. What it leaves out: hits, which
are `chalklens.types.SearchResult`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Progress = Callable[[int, int, str], None]
"""Gets steps done, steps in all (0 while unknown), and what is being done."""

KnowledgeState = Literal["empty", "ready", "indexing", "failed"]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What adding, syncing or removing changed, in documents.

    Attributes:
        failed: Documents and sources that could not be indexed or refreshed, each with the reason.
        unsupported: Files of kinds that are not indexed, where folders were looked at.
        seconds: Wall time.
        cancelled: It was stopped; what was done until then stays.
        embedded, reused: Passages whose vectors were computed, or known already.
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    unsupported: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    embedded: int = 0
    reused: int = 0


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A known document without its text.

    Attributes:
        source: What a user may see of where it came from: a name below its folder, or a URL.
        modified: UTC seconds since 1970.
        pages: None for material without pages.
        failure: Why it could not be indexed; empty when it was.
    """

    id: str
    collection: str
    source: str
    title: str
    mime_type: str = "text/plain"
    modified: float = 0.0
    tags: tuple[str, ...] = ()
    pages: int | None = None
    chunks: int = 0
    characters: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class DocumentList:
    """Some of the documents, by collection and source, and how many there are in `total`."""

    documents: tuple[DocumentEntry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The text of a document, or of one of its pages.

    Attributes:
        start: Where `text` begins in the document's text; the offsets of hits count there.
        characters: Of the whole document; `text` may be less.
        page: The page this is, None for the whole.
        pages: Pages of the document, None for material without.
    """

    id: str
    collection: str
    source: str
    title: str
    text: str
    mime_type: str = "text/plain"
    modified: float = 0.0
    tags: tuple[str, ...] = ()
    start: int = 0
    characters: int = 0
    page: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeStatus:
    """How the knowledge base is.

    Attributes:
        store: Kind of store.
        documents, chunks: Searchable ones.
        failed: Known documents that could not be indexed.
        collections: Documents by collection.
        embedder, reranker: Names of what would take part in a search; empty for none.
        generation: Changes with every applied change.
        watched: Folders and URLs that a sync follows, as a user may see them.
        detail: Why it failed, or what is going on.
    """

    state: KnowledgeState
    store: str
    documents: int = 0
    chunks: int = 0
    failed: int = 0
    collections: Mapping[str, int] = field(default_factory=dict[str, int])
    embedder: str = ""
    reranker: str = ""
    generation: str = ""
    watched: tuple[str, ...] = ()
    detail: str = ""
