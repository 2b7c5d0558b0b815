"""What indexing takes and gives: jobs, their content, the tally; and what it needs of others.

How it is used: `sync` makes `Job`s, `indexing.Indexer` carries them out. What it leaves out: any work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from retrieval.documents import Document
from retrieval.records import Item
from retrieval.stores.store import Vectors

Kind = Literal["added", "changed", "moved"]


class PassageEmbedder(Protocol):
    """What indexing needs of `retrieval.embedders`."""

    @property
    def dimensions(self) -> int:
        """Of its vectors."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        ...


class DocumentLoader(Protocol):
    """Turns bytes into a document somewhere they can do no harm."""

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
        """Load one file; raises `ChalklensError` with the reason when it cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """What was read.

    Attributes:
        data: None when it is known to be unchanged.
        name: File name or URL: its end tells the loader what it is.
        content_type: As a server declared it.
        changes: What else to note in the item (ETag ...).
    """

    data: bytes | None
    name: str
    content_type: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Job:
    """Something to look at.

    Attributes:
        item: As it will be noted; `state` and `sha256` still say what is indexed now.
        read: Gets the bytes; raises `ChalklensError` with the reason when they cannot be had.
        replaces: The item whose document goes when this one comes, for a move.
        lasting: When `read` fails, what is indexed stays.
    """

    item: Item
    collection: str
    tags: tuple[str, ...]
    read: Callable[[], Content]
    kind: Kind
    replaces: Item | None = None
    lasting: bool = False


@dataclass(slots=True)
class Tally:
    """What came of it, in documents; `embedded` and `reused` in chunks."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    embedded: int = 0
    reused: int = 0
    cancelled: bool = False

    def count(self, kind: Kind) -> None:
        """Add one document."""
        setattr(self, kind, getattr(self, kind) + 1)
