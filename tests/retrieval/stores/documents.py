"""Small documents and vectors for tests of stores."""

import hashlib
import zlib
from collections.abc import Sequence

import numpy as np

from retrieval.documents import Chunk, Document
from retrieval.stores.store import IndexedDocument, IndexParameters, Vectors

DIMENSIONS = 8
PARAMETERS = IndexParameters(
    embedder="fake", dimensions=DIMENSIONS, tokens="1", chunking="paragraphs"
)


def make_vector(*values: float, dimensions: int = DIMENSIONS) -> Vectors:
    """Return a unit vector that begins with these values."""
    vector = np.zeros(dimensions, np.float32)
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def hash_vector(text: str, dimensions: int = DIMENSIONS) -> Vectors:
    """Return a unit vector that depends on the text alone."""
    drawn = np.random.default_rng(zlib.crc32(text.encode())).normal(size=dimensions)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def make_indexed(
    source: str,
    *texts: str,
    collection: str = "notes",
    title: str = "",
    pages: Sequence[int | None] = (),
    headings: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    modified: float = 0.0,
    vectors: Sequence[Vectors] | None = None,
    dimensions: int = DIMENSIONS,
) -> IndexedDocument:
    """Return a document with one chunk per text, parted by blank lines."""
    whole = "\n\n".join(texts)
    chunks: list[Chunk] = []
    start = 0
    for ordinal, text in enumerate(texts):
        page = pages[ordinal] if ordinal < len(pages) else None
        chunks.append(Chunk(ordinal, start, start + len(text), text, headings, page))
        start += len(text) + 2
    document = Document(
        collection,
        source,
        title,
        whole,
        (),
        hashlib.sha256(whole.encode()).hexdigest(),
        modified=modified,
        tags=tags,
    )
    rows = [hash_vector(text, dimensions) for text in texts] if vectors is None else vectors
    matrix = np.stack(rows) if len(rows) else np.zeros((0, dimensions))
    return IndexedDocument(document, tuple(chunks), matrix.astype(np.float32))
