"""Does a text look like elementary mathematics at all? A first, simple answer. Worker side.

How it is used: `gate.refuses(text, similarity, best)` before labels are given out. A page is refused
when it has no letter or digit, or too little support: the cosine of its sentence vector to the
nearest anchor (a centre of the training pages) times the probability of its surest label. The limit
is measured by the recipe on layouts that were left out of training, so that few real sheets are
refused. What it leaves out: learning from pages that are not worksheets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MaterialGate:
    """What is known, and how near a page has to be.

    Attributes:
        anchors: Unit vectors, (anchors, width).
        min_support: Smallest product of similarity and probability.
    """

    anchors: Floats
    min_support: float

    def similarities(self, vectors: Floats) -> Floats:
        """Cosine of each vector (texts, width) to its nearest anchor, (texts,)."""
        return (vectors @ self.anchors.T).max(axis=1)

    def refuses(self, text: str, similarity: float, best: float) -> bool:
        """Tell whether a page is not elementary mathematics."""
        if not any(character.isalnum() for character in text):
            return True
        return similarity * best < self.min_support
