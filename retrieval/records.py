"""The rows of the catalogue: sources, items, and what a store says of its documents.

How it is used: see `catalogue.py`. What it leaves out: keeping them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.folders import FileStamp

SourceKind = Literal["folder", "file", "url", "default"]
ItemState = Literal["indexed", "failed", "pending"]


@dataclass(frozen=True, slots=True)
class Source:
    """Something that was added: a folder, a file, an address, or the documents that ship.

    Attributes:
        id: 0 as long as it is not stored.
        location: Absolute path or URL, empty for the documents that ship.
        label: First part of its documents' names; empty where there is only one folder.
        tags: Words for all its documents.
        problem: Why it could not be followed the last time.
    """

    collection: str
    kind: SourceKind
    location: str
    label: str = ""
    tags: tuple[str, ...] = ()
    problem: str = ""
    id: int = 0

    def shown(self, name: str) -> str:
        """Return what a user may see of an item."""
        return "/".join(part for part in (self.label, name) if part)


@dataclass(frozen=True, slots=True)
class Item:
    """A file or an address.

    Attributes:
        source: Id of the source.
        name: Below its source; empty for the source itself (a single file, an address).
        shown: Name for users: `source` of the document.
        document: Id of the document.
        state: `pending` is what must be looked at again.
        reason: Why it failed, or what is wrong although it is indexed.
        sha256: Of the bytes that were indexed, or that failed.
        size_bytes, mtime_ns, inode: Stamp of a file (`folders.FileStamp`).
        modified_s: UTC seconds since 1970.
        etag, last_modified: Of an address, as the server sent them.
        next_check_s: When an address is worth asking again.
        title, mime_type, pages, chunks, characters: Of the indexed document.
        tags: Of the indexed document, its own included; one per line.
    """

    source: int
    name: str
    shown: str
    document: str
    state: ItemState = "pending"
    reason: str = ""
    sha256: str = ""
    size_bytes: int = 0
    mtime_ns: int = 0
    inode: int = 0
    modified_s: float = 0.0
    etag: str = ""
    last_modified: str = ""
    next_check_s: float = 0.0
    title: str = ""
    mime_type: str = ""
    pages: int = 0
    chunks: int = 0
    characters: int = 0
    tags: str = ""

    @property
    def stamp(self) -> FileStamp:
        """What the file looked like from outside."""
        return FileStamp(self.size_bytes, self.mtime_ns, self.inode)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What a store says of a document, for `reconcile`."""

    document: str
    collection: str
    sha256: str
    title: str
    mime_type: str
    chunks: int
    characters: int
    tags: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one applied batch means for the catalogue."""

    items: Sequence[Item] = ()
    dropped: Sequence[tuple[int, str]] = ()
    generation: str = ""
