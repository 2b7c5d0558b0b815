"""What a knowledge base is made of: where it lies, which parts it uses, what it may read.

How it is used: `KnowledgeConfig(folder)` goes into `Knowledge`, which hands it to its two workers in
one environment variable. What it leaves out: making the parts (`parts`).
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import knowledge_base
from chalklens.media.access import AccessPolicy

VARIABLE = "CHALKLENS_KNOWLEDGE"
FOLDER_HINT = "Free some space or make its folder writable; CHALKLENS_DATA_DIR names another one."
DEFAULT_COLLECTION = "default"
SHIPPED_COLLECTION = "chalklens"
NO_EMBEDDER = "none"
INDEX_MISSING = "index_missing"
INDEX_DAMAGED = frozenset({"rebuild", "index_mismatch"})
"""Codes of the `UnavailableError`s of stores: there is no index yet; it must be made anew."""


def find_shipped_documents() -> Path:
    """Return the folder of the documents that come with the package."""
    return Path(knowledge_base.__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class KnowledgeConfig:
    """Where and how.

    Attributes:
        folder: Holds the catalogue and, unless another store is named, the index.
        access: Folders and hosts that may be added from.
        store: Address of the store (`retrieval.stores.addresses`).
        embedder, reranker: Names as `retrieval.embedders` and `retrieval.rerank` take them.
        threads: CPU threads for each worker.
        defaults: Documents that are indexed without being asked for; None for none.
    """

    folder: Path
    access: AccessPolicy = field(default_factory=AccessPolicy)
    store: str = "local"
    embedder: str = "auto"
    reranker: str = "auto"
    threads: int = 2
    defaults: Path | None = field(default_factory=find_shipped_documents)

    def dump(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def load(cls, text: str) -> "KnowledgeConfig":
        """Read what `dump` wrote."""
        fields: dict[str, Any] = json.loads(text)
        access: dict[str, Any] = fields["access"]
        access["roots"] = tuple(map(Path, access["roots"]))
        access["allowed_url_hosts"] = tuple(access["allowed_url_hosts"])
        fields["access"] = AccessPolicy(**access)
        fields["folder"] = Path(fields["folder"])
        fields["defaults"] = fields["defaults"] and Path(fields["defaults"])
        return cls(**fields)

    @classmethod
    def from_environment(cls) -> "KnowledgeConfig":
        """Read what the parent process handed over; children of ours do not get it again."""
        return cls.load(os.environ.pop(VARIABLE))
