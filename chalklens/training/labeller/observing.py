# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Observations of training pages, kept on disk, so that no page is looked at twice.

How it is used: `ObservationStore(folder, observer).observe(sources, progress)`. Each source has a key
that changes with its content; sentence vectors, figures and thumbnails are kept under it, facts are
quick enough to be made again. What it leaves out: reading.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.kept_rows import KeptRows
from chalklens.labelling.observations import Observations, Observer
from chalklens.labelling.page_facts import compute_facts
from chalklens.labelling.thumbnail import PIXELS, make_thumbnail
from chalklens.types import Picture, TextReading

Floats = NDArray[np.float32]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class PageSource:
    """A page before it is observed.

    Attributes:
        key: Changes when the picture does.
        reading: Its text.
        load: Loads its picture, when somebody looks.
        seen: Whether its thumbnail matters; it is zeros otherwise. Rendered sheets are no layouts to
            recognise.
    """

    key: str
    reading: TextReading
    load: Callable[[], Picture]
    seen: bool = True


@dataclass(frozen=True, slots=True)
class ObservationStore:
    """Observes, and remembers.

    Attributes:
        folder: Where the files are; one folder is for one encoder.
        observer: Encoder and figure tower.
        tower: Names the version of the figure tower.
    """

    folder: Path
    observer: Observer
    tower: str = "none"

    def observe(self, sources: Sequence[PageSource], progress: Progress) -> Observations:
        """Return one row per source, of at least one.

        Raises:
            InputError: A kept file is damaged, or a picture is missing.
        """
        texts = tuple(source.reading.text for source in sources)
        return Observations(
            texts,
            self._encode(texts, progress),
            np.stack([compute_facts(source.reading.lines) for source in sources]),
            self._find_figures(sources, progress),
            self._make_thumbnails(sources, progress),
        )

    def _encode(self, texts: Sequence[str], progress: Progress) -> Floats:
        def compute(rows: Sequence[int]) -> Floats:
            return self.observer.encoder.encode([texts[i] for i in rows])

        keys = [hash_text(text) for text in texts]
        return self._keep("sentences", keys, compute, progress, "encoding texts")

    def _find_figures(self, sources: Sequence[PageSource], progress: Progress) -> Floats:
        if self.observer.tower is None:
            return np.zeros((len(sources), 0), np.float32)

        def compute(rows: Sequence[int]) -> Floats:
            found = (self.observer.find_figures([sources[i].load()]) for i in rows)
            return np.concatenate(list(found))  # one picture at a time in memory

        keys = [source.key for source in sources]
        return self._keep(f"figures-{self.tower}", keys, compute, progress, "looking for figures")

    def _make_thumbnails(self, sources: Sequence[PageSource], progress: Progress) -> Floats:
        seen = [i for i, source in enumerate(sources) if source.seen]

        def compute(rows: Sequence[int]) -> Floats:
            return np.stack([make_thumbnail(sources[seen[i]].load()) for i in rows])

        thumbnails = np.zeros((len(sources), PIXELS), np.float32)
        if seen:
            keys = [sources[i].key for i in seen]
            made = self._keep("thumbnails", keys, compute, progress, "making thumbnails")
            thumbnails[seen] = made
        return thumbnails

    def _keep(
        self,
        name: str,
        keys: Sequence[str],
        compute: Callable[[Sequence[int]], Floats],
        progress: Progress,
        message: str,
    ) -> Floats:
        store = KeptRows(self.folder / f"{name}.safetensors")
        return store.collect(keys, compute, lambda done, total: progress(done, total, message))


def hash_text(text: str) -> str:
    """A key for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
