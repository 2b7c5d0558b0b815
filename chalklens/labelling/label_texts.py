# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What labels say about themselves: their names and definitions beside a page's text. Worker side.

How it is used: `LabelTexts.build(labels, encoder).match(texts, sentences)` -> for each page and label
the share of the name's words that the page has, and the cosine of page and definition. Both can
speak for a label with few examples or none; how much they count is fitted once for all labels
(`training/labeller/calibration.py`). What it leaves out: the linear heads (`heads.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray

from chalklens.edugraph.ontology import Ontology
from chalklens.labelling.observations import Encoder

Floats = NDArray[np.float32]

MATCHES = 2
"""Numbers per page and label: shared words, cosine with the definition."""
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
WORD = re.compile(r"[a-z]+|\d+")
LITTLE = frozenset({"with", "without", "of", "and", "the", "in", "to", "number", "numbers"})


@dataclass(frozen=True, slots=True)
class LabelTexts:
    """Names and definitions of labels, ready to be compared with pages.

    Attributes:
        names: Stems of each label's name, at least one.
        definitions: Unit vectors of names with definitions, (labels, encoder width).
    """

    names: tuple[frozenset[str], ...]
    definitions: Floats

    @classmethod
    def build(cls, labels: Sequence[str], encoder: Encoder) -> "LabelTexts":
        """Encode the definitions of our ontology."""
        ontology = Ontology.load()
        texts = [f"{' '.join(split_name(id_))}: {ontology[id_].definition}" for id_ in labels]
        return cls.of(labels, encoder.encode(texts))

    @classmethod
    def of(cls, labels: Sequence[str], definitions: Floats) -> "LabelTexts":
        """Take vectors that were made before."""
        return cls(tuple(stem_name(id_) for id_ in labels), definitions)

    def match(self, texts: Sequence[str], sentences: Floats) -> Floats:
        """Return shared words and cosines, (pages, labels, MATCHES).

        Args:
            texts: As read.
            sentences: Their unit vectors, (pages, encoder width).
        """
        pages = [stem(WORD.findall(text.lower())) for text in texts]
        shared = [[len(name & page) / len(name) for name in self.names] for page in pages]
        overlap = np.asarray(shared, np.float32).reshape(len(texts), len(self.names))
        return np.stack([overlap, sentences @ self.definitions.T], -1)


def split_name(id_: str) -> list[str]:
    """`NumbersSmaller100` -> numbers, smaller, 100."""
    return [part.lower() for part in PART.findall(id_)]


def stem_name(id_: str) -> frozenset[str]:
    """Stems of the telling words of a name."""
    words = split_name(id_)
    return stem([word for word in words if word not in LITTLE] or words[:1])


@lru_cache
def _stemmer() -> Any:
    return Stemmer.Stemmer("english")


def stem(words: Sequence[str]) -> frozenset[str]:
    """Snowball stems, so that `adding` meets `added`."""
    return frozenset(_stemmer().stemWords(words))
