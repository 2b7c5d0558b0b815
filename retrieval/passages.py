"""What of a chunk is searched: the text that is embedded and the tokens that are indexed.

How it is used: every store and the indexer call `write_dense_text` and `list_sparse_tokens`, so that
all stores index the same. What it leaves out: tokenising itself (`tokens.py`).
"""

from retrieval.documents import Chunk
from retrieval.tokens import tokenize


def write_dense_text(title: str, chunk: Chunk) -> str:
    """Return what the embedder gets: title, headings and the chunk."""
    return "\n".join(part for part in (title, " > ".join(chunk.headings), chunk.text) if part)


def list_sparse_tokens(title: str, chunk: Chunk) -> list[str]:
    """Return what BM25 counts: title, headings and the chunk."""
    return tokenize(write_dense_text(title, chunk))
