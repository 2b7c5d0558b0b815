# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the labeller notices on pages, before any decision: one row of numbers per page and kind.

How it is used: `Observer(encoder, tower).observe([Page(picture, reading)])` -> `Observations`, for
training and for serving alike: there is one way from a page to numbers. What it leaves out: what the
numbers weigh (`features.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.page_facts import compute_facts
from chalklens.labelling.thumbnail import make_thumbnail
from chalklens.types import Box, Picture, TextReading

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors (texts, `width`)."""

    width: int

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one vector per text."""
        ...


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A kind of figure on a page; `box` encloses its surest cells, in original pixels."""

    kind: str
    probability: float
    box: Box


class FigureFinder(Protocol):
    """Tells which kinds of figures a picture shows."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Name of each column of an answer."""
        ...

    def find(self, picture: Picture) -> Floats:
        """Return one probability per kind."""
        ...

    def locate(self, picture: Picture, at_least: float) -> list[FoundFigure]:
        """Return the kinds of at least this probability with their places."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A picture and what was read on it."""

    picture: Picture
    reading: TextReading


@dataclass(frozen=True, slots=True)
class Observations:
    """Parallel rows, one per page.

    Attributes:
        texts: As read, one line per row of text.
        sentences: Unit sentence vectors, (pages, encoder width).
        facts: Numbers, expressions, units, wording and layout, (pages, facts), 0 to 1.
        figures: Probability of each kind of figure, (pages, kinds).
        thumbnails: Tiny grey pictures, centred and of length 1, (pages, pixels).
    """

    texts: tuple[str, ...]
    sentences: Floats
    facts: Floats
    figures: Floats
    thumbnails: Floats

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, rows: NDArray[np.int64]) -> "Observations":
        """Return some pages."""
        return Observations(
            tuple(self.texts[i] for i in rows),
            self.sentences[rows],
            self.facts[rows],
            self.figures[rows],
            self.thumbnails[rows],
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Observations"]) -> "Observations":
        """Put pages one after the other."""
        return cls(
            tuple(text for part in parts for text in part.texts),
            np.concatenate([part.sentences for part in parts]),
            np.concatenate([part.facts for part in parts]),
            np.concatenate([part.figures for part in parts]),
            np.concatenate([part.thumbnails for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Observer:
    """Looks at pages. Without a `tower` nothing is known about figures: zero columns."""

    encoder: Encoder
    tower: FigureFinder | None = None

    def observe(self, pages: Sequence[Page]) -> Observations:
        """Return one row per page."""
        texts = tuple(page.reading.text for page in pages)
        return Observations(
            texts,
            self.encoder.encode(texts),
            _stack(compute_facts(page.reading.lines) for page in pages),
            self.find_figures([page.picture for page in pages]),
            _stack(make_thumbnail(page.picture) for page in pages),
        )

    def find_figures(self, pictures: Sequence[Picture]) -> Floats:
        """Return (pictures, kinds)."""
        if self.tower is None:
            return np.zeros((len(pictures), 0), np.float32)
        return _stack(self.tower.find(picture) for picture in pictures)


def _stack(rows: Iterable[Floats]) -> Floats:
    return np.stack([row.astype(np.float32) for row in rows])
