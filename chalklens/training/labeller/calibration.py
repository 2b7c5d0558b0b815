# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Numbers that turn scores into decisions, fitted on pages the heads had not seen.

How it is used: `calibrate(unseen, known, targets)` with the scores of `cross_validation.py`. The
general heads' slope and shift come from layouts they had not seen, the familiar heads' from new
problems of layouts they knew; the weight between them is fitted to tell these two kinds of pages
apart by their look. The threshold is the best for both kinds of pages, one counting as much as the
other; the limit for `low_confidence` comes from unseen layouts. Pages of unseen layouts count where
they are supported (`MIN_SUPPORT`): a fold that never saw a label cannot know it, the final weights
can. What it leaves out: one threshold per label; most labels have too few pages for that.

Source: J. Platt, Probabilistic outputs for support vector machines, 1999 (one sigmoid fitted to
held-out scores).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from chalklens.training.labeller.cross_validation import HeldOutScores

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Sigmoid = tuple[float, float]
"""Slope and shift."""

THRESHOLDS = np.linspace(0.05, 0.6, 56)
BINS = 15


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the recipe measured on pages left out.

    Attributes:
        general, familiar: probability = expit(slope * score + shift), of each set of heads.
        familiarity: Weight of the familiar heads = expit(slope * correlation + shift).
        threshold: Smallest probability of a chosen label.
        micro_f1: With that threshold on pages of unseen layouts, pooled.
        known_micro_f1: The same on pages of known layouts.
        error, known_error: Expected calibration error, 15 bins of equal width, over all page-label
            pairs of at least 0.05, of unseen and of known layouts.
        known_share: Mean weight of the familiar heads on known layouts.
        unseen_share: The same on unseen ones.
        low_confidence_below: Mean probability of the chosen labels under which the F1 of a page, as a
            rising function of it (isotonic regression), is expected to be less than one half.
        low_confidence_share: Share of pages of unseen layouts under it.
    """

    general: Sigmoid
    familiar: Sigmoid
    familiarity: Sigmoid
    threshold: float
    micro_f1: float
    known_micro_f1: float
    error: float
    known_error: float
    known_share: float
    unseen_share: float
    low_confidence_below: float
    low_confidence_share: float

    def facts(self) -> dict[str, float | list[float]]:
        """All numbers, rounded, for logs and configs."""
        return {
            name: [round(float(x), 4) for x in value]
            if isinstance(value, tuple)
            else round(float(value), 4)
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """Probabilities of pages that no fit had seen, and the truth; both (pages, labels)."""

    probabilities: Floats
    targets: Flags


def calibrate(unseen: Sequence[HeldOutScores], known: HeldOutScores, targets: Flags) -> Calibration:
    """Fit everything on scores of pages of unseen and of known layouts.

    Args:
        unseen: One or more passes over the views; all count.
        known: Pages of known layouts.
        targets: Labels of all worksheets, (worksheets, labels).
    """
    parts = [select_supported(scores) for scores in unseen]
    wanted = np.concatenate([targets[part.rows] for part in parts])
    general = fit_sigmoid(np.concatenate([part.general for part in parts]), wanted)
    familiar = fit_sigmoid(known.familiar, targets[known.rows])
    familiarity = fit_familiarity([part.nearest for part in parts], known.nearest)
    new = Judged(
        np.concatenate([mix(part, general, familiar, familiarity) for part in parts]), wanted
    )
    old = Judged(mix(known, general, familiar, familiarity), targets[known.rows])
    threshold = pick_threshold(new, old)
    limit, share = _find_low_confidence(new, threshold)
    return Calibration(
        general,
        familiar,
        familiarity,
        threshold,
        measure_micro_f1(new.probabilities >= threshold, new.targets),
        measure_micro_f1(old.probabilities >= threshold, old.targets),
        measure_calibration_error(new),
        measure_calibration_error(old),
        float(_apply(familiarity, known.nearest).mean()),
        float(np.concatenate([_apply(familiarity, part.nearest) for part in parts]).mean()),
        limit,
        share,
    )


def select_supported(scores: HeldOutScores) -> HeldOutScores:
    """The pages all of whose labels the fit could know."""
    rows = np.flatnonzero(scores.supported)
    return HeldOutScores(
        scores.rows[rows],
        scores.general[rows],
        scores.familiar[rows],
        scores.nearest[rows],
        scores.supported[rows],
    )


def mix(scores: HeldOutScores, general: Sigmoid, familiar: Sigmoid, familiarity: Sigmoid) -> Floats:
    """Probabilities of both sets of heads together, as `labelling/experts.py` has them."""
    share = _apply(familiarity, scores.nearest)[:, None]
    mixed = share * _apply(familiar, scores.familiar) + (1 - share) * _apply(
        general, scores.general
    )
    return mixed.astype(np.float32)


def _apply(sigmoid: Sigmoid, values: Floats) -> Floats:
    return expit(sigmoid[0] * values + sigmoid[1]).astype(np.float32)


def fit_familiarity(unseen: Sequence[Floats], known: Floats) -> Sigmoid:
    """Tell known layouts from unseen ones by the correlation; both kinds count the same."""
    new = np.concatenate(unseen)
    values = np.concatenate([known, new])
    weights = np.concatenate([np.full(len(known), 1 / len(known)), np.full(len(new), 1 / len(new))])
    return fit_sigmoid(values, np.arange(len(values)) < len(known), weights)


def fit_sigmoid(
    scores: Floats, targets: Flags, weights: NDArray[np.float64] | None = None
) -> Sigmoid:
    """Fit slope and shift by maximum likelihood over all pairs of score and truth."""
    x, y = scores.astype(np.float64).ravel(), targets.astype(np.float64).ravel()
    share = np.full(len(x), 1 / len(x)) if weights is None else weights / weights.sum()

    def look(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fitted = parameters[0] * x + parameters[1]
        errors = share * (expit(fitted) - y)
        loss = float(np.sum(share * (np.logaddexp(0, fitted) - y * fitted)))
        return loss, np.asarray([np.sum(errors * x), np.sum(errors)])

    found = minimize(look, np.asarray([1.0, 0.0]), jac=True, method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])


def pick_threshold(*parts: Judged) -> float:
    """Return the threshold with the best mean micro-F1 over the parts."""
    figures = [
        sum(measure_micro_f1(part.probabilities >= threshold, part.targets) for part in parts)
        for threshold in THRESHOLDS
    ]
    return round(float(THRESHOLDS[int(np.argmax(figures))]), 4)


def measure_micro_f1(chosen: Flags, targets: Flags) -> float:
    """Micro-F1 over all pages and labels."""
    hits = int((chosen & targets).sum())
    return 2 * hits / max(1, int(chosen.sum() + targets.sum()))


def measure_calibration_error(judged: Judged) -> float:
    """Expected calibration error over the pairs that are not plainly absent."""
    given = judged.probabilities >= THRESHOLDS[0]
    p, y = judged.probabilities[given], judged.targets[given]
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs(p[bins == b].sum() - y[bins == b].sum()) for b in range(BINS)]
    return float(sum(gaps) / max(1, len(p)))


def _find_low_confidence(judged: Judged, threshold: float) -> tuple[float, float]:
    probabilities, targets = judged.probabilities, judged.targets
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
