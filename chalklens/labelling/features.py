# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The text of a page as numbers: MiniLM sentence vector beside TF-IDF of its terms. Worker side.

How it is used: `PageFeatures(encoder, raw, shape).compute(texts)` -> sparse float32 (texts, width),
for training and for serving alike: there is one way from text to numbers, and it is in this file.

Terms are words, numbers and single signs, alone and in pairs, once as they are (`raw`) and once
with every digit as 0 (`shape`: "14 + 7" and "25 + 3" have the same one). TF-IDF as in Manning,
Raghavan and Schuetze, Introduction to Information Retrieval, 6.2-6.4: 1 + log tf, smoothed idf,
unit length; the tests hold it to scikit-learn's, which would cost the worker 60 MB to import.

What it leaves out: where the words stand, what the numbers mean, what the picture shows.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

Floats = NDArray[np.float32]

TERM = re.compile(r"\w+|[^\w\s]")
DIGIT = re.compile(r"\d")
DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-"})
MAX_TEXT_CHARACTERS = 20_000


class Encoder(Protocol):
    """Turns texts into unit vectors (texts, `width`)."""

    width: int

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one vector per text."""
        ...


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
class PageFeatures:
    """From page texts to rows of numbers: raw terms, digit-masked terms, sentence vector.

    Attributes:
        encoder: Makes the sentence vectors.
        raw, shape: TF-IDF of the terms as they are and with digits masked.
        encoder_weight: Factor on the sentence vector, which has length 1 like each TF-IDF part.
    """

    encoder: Encoder
    raw: TermWeights
    shape: TermWeights
    encoder_weight: float

    @property
    def width(self) -> int:
        """Columns of a row."""
        return len(self.raw.terms) + len(self.shape.terms) + self.encoder.width

    def compute(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row per text, (texts, width); the sentence vector comes last."""
        normal = [normalize_text(text) for text in texts]
        masked = [mask_digits(text) for text in normal]
        vectors = csr_matrix(self.encoder.encode(texts) * np.float32(self.encoder_weight))
        parts = [self.raw.transform(normal), self.shape.transform(masked), vectors]
        return csr_matrix(hstack(parts, format="csr", dtype=np.float32))
