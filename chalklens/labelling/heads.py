# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""One logistic head per label, with calibrated probabilities. Worker side.

How it is used: `heads.probabilities(rows)` on rows from `features.PageFeatures`, then
`heads.choose(...)`. Calibration is Platt's (Platt 1999), one slope and one shift for all heads,
fitted by the recipe on layouts that the heads had not seen; so is the threshold. What it leaves
out: fitting (`training/labeller`), ties between labels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelHeads:
    """Linear heads over page features.

    Attributes:
        labels: Bare ids, one per head.
        weights: (features, labels).
        bias: (labels,).
        slope, shift: Calibration: probability = expit(slope * score + shift).
        threshold: Labels with at least this probability are chosen.
    """

    labels: tuple[str, ...]
    weights: Floats
    bias: Floats
    slope: float
    shift: float
    threshold: float

    def probabilities(self, rows: csr_matrix) -> Floats:
        """Return calibrated probabilities, (texts, labels)."""
        scores = rows @ self.weights + self.bias
        return expit(self.slope * scores + self.shift).astype(np.float32)

    def choose(self, probabilities: Floats) -> dict[str, float]:
        """Return the chosen ids of one page with their probabilities, the surest first.

        The surest label is chosen even when it is under the threshold: a page has at least one.
        """
        order = np.argsort(-probabilities, kind="stable")
        kept = [i for i in order if probabilities[i] >= self.threshold] or [order[0]]
        return {self.labels[i]: round(float(probabilities[i]), 4) for i in kept}
