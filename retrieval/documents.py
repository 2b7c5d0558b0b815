"""Documents and the chunks they are cut into: what every other module here speaks of.

How it is used: `loaders` make a `Document` of a file, `chunking` makes its `Chunk`s, a store keeps
both and gives `StoredChunk`s back. What it leaves out: any work.

A document's `text` is the one text that offsets count in: `text[chunk.start : chunk.end] == chunk.text`
holds for every chunk. Chunks do not overlap, come in order, and leave out nothing but white space.
"""

import hashlib
from dataclasses import dataclass

ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Section:
    """Where a page or a heading begins; it lasts until the next section.

    Attributes:
        start: First character in the document's text.
        headings: From the outermost inwards.
        page: 1-based, None for material without pages.
    """

    start: int
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What was loaded of one file or URL.

    Attributes:
        collection: Name of the collection it belongs to.
        source: What a user may see of where it came from: a name below its folder, or a URL.
        title: Its own title, or the file's name.
        text: All of it, NUL-free, lines separated by `\\n`.
        sections: In order; the first starts at 0.
        sha256: Hex digest of the source bytes.
        mime_type: As detected.
        modified: UTC seconds since 1970.
        tags: Words to filter by.
    """

    collection: str
    source: str
    title: str
    text: str
    sections: tuple[Section, ...]
    sha256: str
    mime_type: str = "text/plain"
    modified: float = 0.0
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Stable for a source in a collection, whatever its content."""
        return document_id(self.collection, self.source)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document.

    Attributes:
        ordinal: Its place among the document's chunks, from 0.
        start, end: Characters in the document's text.
        text: Exactly those.
        headings, page: Of the section in which it starts.
    """

    ordinal: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with what a hit tells about its document."""

    id: str
    document: str
    collection: str
    source: str
    title: str
    mime_type: str
    modified: float
    tags: tuple[str, ...]
    chunk: Chunk


def document_id(collection: str, source: str) -> str:
    """Return 16 hex digits for a source in a collection."""
    return hashlib.sha256(f"{collection}\0{source}".encode("utf-8", "surrogatepass")).hexdigest()[
        :ID_DIGITS
    ]


def chunk_id(document: str, ordinal: int) -> str:
    """Return the id of a document's chunk, such as `0123456789abcdef.7`."""
    return f"{document}.{ordinal}"
