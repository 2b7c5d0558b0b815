# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Numbers that turn scores into decisions, fitted on layouts the heads had not seen.

How it is used: `calibrate(unseen, known)`, each a `HeldOut` pair of scores and truth. Slope, shift
and the limit for `low_confidence` come from layouts the heads had not seen; the threshold is the
best for pages of unseen and of known layouts, one counting as much as the other. What it leaves out: one threshold per label; most labels have too few
pages for that.

Source: J. Platt, Probabilistic outputs for support vector machines, 1999 (one sigmoid fitted to
held-out scores).
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

THRESHOLDS = np.linspace(0.05, 0.6, 56)
BINS = 15


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the recipe measured on unseen layouts.

    Attributes:
        slope, shift: probability = expit(slope * score + shift).
        threshold: Smallest probability of a chosen label.
        micro_f1: With that threshold on pages of unseen layouts, pooled.
        known_micro_f1: The same on pages of known layouts.
        error: Expected calibration error, 15 bins of equal width, over all page-label pairs of at
            least 0.05.
        low_confidence_below: Mean probability of the chosen labels under which the F1 of a page, as a
            rising function of it (isotonic regression), is expected to be less than one half.
        low_confidence_share: Share of pages under it.
    """

    slope: float
    shift: float
    threshold: float
    micro_f1: float
    known_micro_f1: float
    error: float
    low_confidence_below: float
    low_confidence_share: float

    def facts(self) -> dict[str, float]:
        """All numbers, rounded, for logs and configs."""
        return {name: round(float(value), 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Values of heads for pages they were not fitted on, and the truth; both (pages, labels)."""

    values: Floats
    targets: Flags


def calibrate(unseen: HeldOut, known: HeldOut) -> Calibration:
    """Fit everything on scores of pages of unseen and of known layouts."""
    slope, shift = fit_sigmoid(unseen.values, unseen.targets)
    new, old = (
        HeldOut(expit(slope * part.values + shift).astype(np.float32), part.targets)
        for part in (unseen, known)
    )
    threshold = pick_threshold(new, old)
    limit, share = _find_low_confidence(new.values, new.targets, threshold)
    return Calibration(
        slope,
        shift,
        threshold,
        measure_micro_f1(new.values >= threshold, new.targets),
        measure_micro_f1(old.values >= threshold, old.targets),
        measure_calibration_error(new.values, new.targets),
        limit,
        share,
    )


def fit_sigmoid(scores: Floats, targets: Flags) -> tuple[float, float]:
    """Fit slope and shift by maximum likelihood over all page-label pairs."""
    x, y = scores.astype(np.float64).ravel(), targets.astype(np.float64).ravel()

    def look(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fitted = parameters[0] * x + parameters[1]
        errors = expit(fitted) - y
        loss = float(np.mean(np.logaddexp(0, fitted) - y * fitted))
        return loss, np.asarray([np.mean(errors * x), np.mean(errors)])

    found = minimize(look, np.asarray([1.0, 0.0]), jac=True, method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])


def pick_threshold(*parts: HeldOut) -> float:
    """Return the threshold with the best mean micro-F1 over the parts, given probabilities."""
    figures = [
        sum(measure_micro_f1(part.values >= threshold, part.targets) for part in parts)
        for threshold in THRESHOLDS
    ]
    return round(float(THRESHOLDS[int(np.argmax(figures))]), 4)


def measure_micro_f1(chosen: Flags, targets: Flags) -> float:
    """Micro-F1 over all pages and labels."""
    hits = int((chosen & targets).sum())
    return 2 * hits / max(1, int(chosen.sum() + targets.sum()))


def measure_calibration_error(probabilities: Floats, targets: Flags) -> float:
    """Expected calibration error over the pairs that are not plainly absent."""
    given = probabilities >= THRESHOLDS[0]
    p, y = probabilities[given], targets[given]
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs(p[bins == b].sum() - y[bins == b].sum()) for b in range(BINS)]
    return float(sum(gaps) / max(1, len(p)))


def _find_low_confidence(
    probabilities: Floats, targets: Flags, threshold: float
) -> tuple[float, float]:
    chosen = probabilities >= threshold
    support = (probabilities * chosen).sum(1) / np.maximum(1, chosen.sum(1))
    hits = (chosen & targets).sum(1)
    figures = 2 * hits / np.maximum(1, chosen.sum(1) + targets.sum(1))
    expected = IsotonicRegression().fit(support, figures).predict(support)
    poor = expected < 0.5
    if not poor.any():
        return 0.0, 0.0
    limit = support[~poor].min() if not poor.all() else 1.0
    return float(limit), float((support < limit).mean())
