"""Does a text look like elementary mathematics at all? A first, simple answer. Worker side.

How it is used: `MaterialGate(...).refuses(text, vector, best)` before labels are given out. Refused
are pages without a letter or digit, pages whose sentence vector is far from every anchor (centres
of the training pages), and pages no head is sure about. Both limits are measured by the recipe on
layouts that were left out of training, so that few real sheets are refused. What it leaves out:
learning from pages that are not worksheets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MaterialGate:
    """Two limits.

    Attributes:
        anchors: Unit vectors, (anchors, width).
        min_similarity: Smallest cosine to the nearest anchor.
        min_probability: Smallest probability of the surest label.
    """

    anchors: Floats
    min_similarity: float
    min_probability: float

    def similarities(self, vectors: Floats) -> Floats:
        """Cosine of each vector (texts, width) to its nearest anchor, (texts,)."""
        return (vectors @ self.anchors.T).max(axis=1)

    def refuses(self, text: str, similarity: float, best: float) -> bool:
        """Tell whether a page is not elementary mathematics."""
        if not any(character.isalnum() for character in text):
            return True
        return similarity < self.min_similarity or best < self.min_probability
