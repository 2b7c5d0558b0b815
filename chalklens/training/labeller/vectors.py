# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Sentence vectors kept on disk, so that no text is encoded twice.

How it is used: `CachedEncoder(encoder, file)`, `prepare(texts, progress)` once, then `encode` like
any encoder. The file is replaced as a whole after every block of texts, so an interrupted run keeps
what it has. What it leaves out: several processes at once.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from chalklens.labelling.features import Encoder

Floats = NDArray[np.float32]

BLOCK_TEXTS = 512


class CachedEncoder:
    """An encoder that remembers."""

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self._encoder, self._file = encoder, file
        self.width = encoder.width
        self._known: dict[str, Floats] = _load(file) if file.exists() else {}

    def prepare(self, texts: Sequence[str], progress: Callable[[int, int, str], None]) -> None:
        """Encode the texts that are not known yet, with progress."""
        missing = sorted(
            {t for t in texts if _key(t) not in self._known}, key=lambda t: (len(t), t)
        )
        for start in range(0, len(missing), BLOCK_TEXTS):
            block = missing[start : start + BLOCK_TEXTS]
            self._add(block)
            progress(start + len(block), len(missing), "encoding texts")

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector per text, (texts, width)."""
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in self._known]
        if missing:
            self._add(missing)
        if not texts:
            return np.zeros((0, self.width), np.float32)
        return np.stack([self._known[_key(text)] for text in texts])

    def _add(self, texts: Sequence[str]) -> None:
        vectors = self._encoder.encode(texts)
        self._known |= {_key(text): row for text, row in zip(texts, vectors, strict=True)}
        self._save()

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        keys = json.dumps(list(self._known))
        save_file({"vectors": np.stack(list(self._known.values()))}, fresh, {"keys": keys})
        fresh.replace(self._file)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _load(file: Path) -> dict[str, Floats]:
    with safe_open(file, "numpy") as stored:
        keys = json.loads(stored.metadata()["keys"])
        return dict(zip(keys, stored.get_tensor("vectors"), strict=True))
