# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Rows of numbers for the heads: TF-IDF of a page's terms beside what else was observed. Worker side.

How it is used: `PageFeatures(...).compute(observations)` -> sparse float32 (pages, width), for
training and for serving alike.

Terms are words, numbers and single signs, alone and in pairs, once as they are (`raw`) and once
with every digit as 0 (`shape`: "14 + 7" and "25 + 3" have the same one). TF-IDF as in Manning,
Raghavan and Schuetze, Introduction to Information Retrieval, 6.2-6.4: 1 + log tf, smoothed idf,
unit length; the tests hold it to scikit-learn's, which would cost the worker 60 MB to import.

What it leaves out: making the observations (`observations.py`), deciding (`heads.py`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from chalklens.labelling.observations import Observations

Floats = NDArray[np.float32]

TERM = re.compile(r"\w+|[^\w\s]")
DIGIT = re.compile(r"\d")
DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-"})
MAX_TEXT_CHARACTERS = 20_000
MAX_LOGIT = 5.0


def normalize_text(text: str) -> str:
    """One spelling for what readers and fonts write in several ways."""
    text = unicodedata.normalize("NFKC", text[:MAX_TEXT_CHARACTERS])
    return text.translate(DASHES).lower()


def split_terms(text: str) -> list[str]:
    """Words, numbers and signs of a normalised text, then the pairs of neighbours."""
    words = TERM.findall(text)
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def mask_digits(text: str) -> str:
    """The same text with every digit as 0."""
    return DIGIT.sub("0", text)


@dataclass(frozen=True, slots=True)
class TermWeights:
    """A fitted TF-IDF vocabulary: terms in the order of their columns, and their idf."""

    terms: tuple[str, ...]
    idf: Floats

    @classmethod
    def fit(cls, texts: Iterable[str], min_pages: int, max_terms: int) -> "TermWeights":
        """Keep the terms found on at least `min_pages` pages, the most frequent first."""
        pages = 0
        counts: Counter[str] = Counter()
        for text in texts:
            pages += 1
            counts.update(set(split_terms(text)))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = sorted(term for term, n in ranked[:max_terms] if n >= min_pages)
        found = np.asarray([counts[term] for term in kept], np.float64)
        idf = np.log((1 + pages) / (1 + found)) + 1
        return cls(tuple(kept), idf.astype(np.float32))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return unit rows, (texts, terms); a text without a known term is a row of zeros."""
        column = {term: i for i, term in enumerate(self.terms)}
        starts, columns, values = [0], list[int](), list[float]()
        for text in texts:
            found = Counter(column[t] for t in split_terms(text) if t in column)
            row = {i: (1 + np.log(n)) * self.idf[i] for i, n in found.items()}
            length = np.sqrt(sum(value * value for value in row.values())) or 1.0
            columns += row
            values += [value / length for value in row.values()]
            starts.append(len(columns))
        shape = (len(texts), len(self.terms))
        return csr_matrix((np.asarray(values, np.float32), columns, starts), shape=shape)


@dataclass(frozen=True, slots=True)
class BlockWeights:
    """Factor on each dense block of a row; each TF-IDF part has length 1. Zero leaves a block out."""

    sentence: float = 1.5
    facts: float = 0.3
    figures: float = 0.8
    thumbnail: float = 1.0


@dataclass(frozen=True, slots=True)
class PageFeatures:
    """From observations to rows of numbers.

    A row is raw terms, digit-masked terms, sentence vector, facts, figures, thumbnail code; the first
    `general_width` columns say nothing about how the page looks as a whole.

    Attributes:
        raw, shape: TF-IDF of the terms as they are and with digits masked.
        fact_means: Mean of each fact on the training pages.
        thumbnail_axes: Principal axes of thumbnails, (axes, pixels).
        weights: Of the dense blocks.
        sentence_width, figure_kinds: Widths of two of them.
    """

    raw: TermWeights
    shape: TermWeights
    fact_means: Floats
    thumbnail_axes: Floats
    weights: BlockWeights
    sentence_width: int
    figure_kinds: int

    @property
    def term_width(self) -> int:
        """Columns of the two TF-IDF parts."""
        return len(self.raw.terms) + len(self.shape.terms)

    @property
    def general_width(self) -> int:
        """Columns without the thumbnail code."""
        facts = len(self.fact_means) * (self.weights.facts > 0)
        figures = self.figure_kinds * (self.weights.figures > 0)
        return self.term_width + self.sentence_width + facts + figures

    @property
    def width(self) -> int:
        """All columns."""
        return self.general_width + len(self.thumbnail_axes) * (self.weights.thumbnail > 0)

    def compute(self, pages: Observations, codes: Floats | None = None) -> csr_matrix:
        """Return one row per page, (pages, width); `codes` are those of `encode_thumbnails`."""
        known = self.encode_thumbnails(pages) if codes is None else codes
        terms = self.compute_terms(pages.texts)
        return csr_matrix(hstack([terms, self.compute_dense(pages, known)], format="csr"))

    def compute_terms(self, texts: Sequence[str]) -> csr_matrix:
        """Return the TF-IDF part of the rows, (texts, term_width)."""
        normal = [normalize_text(text) for text in texts]
        masked = [mask_digits(text) for text in normal]
        parts = [self.raw.transform(normal), self.shape.transform(masked)]
        return csr_matrix(hstack(parts, format="csr", dtype=np.float32))

    def compute_dense(self, pages: Observations, codes: Floats) -> csr_matrix:
        """Return the other blocks, (pages, width - term_width)."""
        weights = self.weights
        blocks = [pages.sentences * np.float32(weights.sentence)]
        if weights.facts:
            blocks.append((pages.facts - self.fact_means) * np.float32(weights.facts))
        if weights.figures:
            blocks.append(scale_figures(pages.figures) * np.float32(weights.figures))
        if weights.thumbnail:
            blocks.append(codes * np.float32(weights.thumbnail))
        return csr_matrix(np.hstack(blocks))

    def encode_thumbnails(self, pages: Observations) -> Floats:
        """Return unit codes of the pages' looks, (pages, axes)."""
        codes = pages.thumbnails @ self.thumbnail_axes.T
        return codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-3)


def scale_figures(probabilities: Floats) -> Floats:
    """Return bounded log odds from 0 (surely absent) over 0.5 (even) to 1 (surely there).

    Certainty beyond 1 in 150 says nothing more about a page, and most figures are absent from most
    pages: a block of zeros leaves the other blocks their weight.
    """
    kept = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.clip(np.log(kept / (1 - kept)) / MAX_LOGIT / 2 + 0.5, 0, 1).astype(np.float32)
