# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""One logistic head per label, with calibrated probabilities. Worker side.

How it is used: `heads.probabilities(rows)` on rows from `features.PageFeatures`, with what
`label_texts.py` says beside them; two sets of heads
(`experts.py`) share the labels. Calibration is Platt's (Platt 1999), one slope and one shift for all
heads, fitted by the recipe on pages that the heads had not seen. What it leaves out: fitting
(`training/labeller`), choosing labels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit

from chalklens.labelling.label_texts import MATCHES

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelHeads:
    """Linear heads over page features.

    Attributes:
        weights: (features, labels).
        bias: (labels,).
        slope, shift: Calibration: probability = expit(slope * score + shift).
        matching: Added to that for shared words and cosine of `label_texts.py`; zeros for none.
    """

    weights: Floats
    bias: Floats
    slope: float = 1.0
    shift: float = 0.0
    matching: tuple[float, ...] = (0.0,) * MATCHES

    def scores(self, rows: csr_matrix) -> Floats:
        """Return uncalibrated scores, (pages, labels)."""
        return (rows @ self.weights + self.bias).astype(np.float32)

    def probabilities(self, rows: csr_matrix, matches: Floats) -> Floats:
        """Return calibrated probabilities, (pages, labels); `matches` is (pages, labels, MATCHES)."""
        logits = self.slope * self.scores(rows) + self.shift
        return expit(logits + matches @ np.asarray(self.matching, np.float32)).astype(np.float32)
