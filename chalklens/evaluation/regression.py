# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""One logistic regression per label, as scikit-learn fits it: the baselines that are trained.

How it is used: `fit_regressions(rows, targets, strength, progress)` and `probabilities(rows)`;
`save` and `load` keep a fit. What it leaves out: calibration and choosing, which are the labeller's
own business; a baseline takes what is over a fixed threshold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix
from scipy.special import expit

Floats = NDArray[np.float32]

MAX_ITERATIONS = 300
CERTAIN = np.float32(30.0)


@dataclass(frozen=True, slots=True)
class LabelRegressions:
    """Fitted weights (features, labels) and bias (labels,)."""

    weights: Floats
    bias: Floats

    def probabilities(self, rows: csr_matrix) -> Floats:
        """Return (pages, labels)."""
        return expit(rows @ self.weights + self.bias).astype(np.float32)

    def save(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        save_file({"weights": self.weights, "bias": self.bias}, fresh)
        fresh.replace(file)

    @classmethod
    def load(cls, file: Path) -> "LabelRegressions":
        """Read what `save` wrote."""
        return cls(**load_file(file))


def fit_regressions(
    rows: csr_matrix,
    targets: NDArray[np.bool_],
    strength: float,
    progress: Callable[[int, int], None],
) -> LabelRegressions:
    """Fit one regression per column of `targets` (pages, labels), L2 penalty, `C` = strength."""
    from sklearn.linear_model import LogisticRegression

    features, labels = rows.get_shape()[1], targets.shape[1]
    weights = np.zeros((features, labels), np.float32)
    bias = np.zeros(labels, np.float32)
    for label in range(labels):
        wanted = targets[:, label]
        if wanted.all() or not wanted.any():
            bias[label] = CERTAIN if wanted.all() else -CERTAIN
        else:
            fitted = LogisticRegression(C=strength, max_iter=MAX_ITERATIONS).fit(rows, wanted)
            weights[:, label], bias[label] = fitted.coef_[0], fitted.intercept_[0]
        progress(label + 1, labels)
    return LabelRegressions(weights, bias)
