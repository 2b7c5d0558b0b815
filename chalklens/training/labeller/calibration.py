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

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from chalklens.labelling.calibration_error import BinSums, find_error, list_bins, sum_bins
from chalklens.labelling.decision import expect_f1
from chalklens.training.labeller.cross_validation import HeldOutScores

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Sigmoid = tuple[float, float]
"""Slope and shift."""
Bins = list[tuple[float, float, int]]
Blend = tuple[float, float, tuple[float, ...]]
"""Slope, shift, and weights of what labels say about themselves (`labelling/label_texts.py`)."""

THRESHOLDS = np.linspace(0.05, 0.6, 56)
PLAINLY_ABSENT = -6.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the recipe measured on pages left out.

    Attributes:
        general: probability = expit(slope * score + shift + matching . matches), of the general heads.
        familiar: probability = expit(slope * score + shift), of the familiar heads.
        familiarity: Weight of the familiar heads = expit(slope * correlation + shift).
        threshold: Smallest probability of a chosen label.
        micro_f1: With that threshold on pages of unseen layouts, pooled.
        known_micro_f1: The same on pages of known layouts.
        error, known_error: Expected calibration error, 15 bins of equal width, over all page-label
            pairs of at least 0.05, of unseen and of known layouts.
        known_share: Mean weight of the familiar heads on known layouts.
        unseen_share: The same on unseen ones.
        low_confidence_below: Expected F1 of a page's set (`decision.expect_f1`) under which its F1, as a
            rising function of that (isotonic regression), turned out less than one half.
        low_confidence_share: Share of pages of unseen layouts under it.
        reliability: Stated probability, share right and number of pairs per bin, of each kind of pages.
    """

    general: Blend
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
    reliability: Mapping[str, Bins] = field(default_factory=dict[str, Bins])

    def facts(self) -> dict[str, Any]:
        """All numbers but the bins, rounded, for logs and configs."""
        values = asdict(self)
        del values["reliability"]
        return {name: _round(value) for name, value in values.items()}


def _round(value: Any) -> Any:
    return [_round(x) for x in value] if isinstance(value, tuple) else round(float(value), 4)


@dataclass(frozen=True, slots=True)
class Judged:
    """Probabilities of pages that no fit had seen, and the truth; both (pages, labels)."""

    probabilities: Floats
    targets: Flags


def calibrate(
    unseen: HeldOutScores, known: HeldOutScores, targets: Flags, matches: Floats
) -> Calibration:
    """Fit everything on scores of pages of unseen and of known layouts.

    Args:
        unseen: Pages of unseen layouts.
        known: Pages of known layouts.
        targets: Labels of all worksheets, (worksheets, labels).
        matches: What labels say about themselves, (worksheets, labels, MATCHES).
    """
    strange = select_supported(unseen)
    wanted = targets[strange.rows]
    general = fit_blend(strange.general, matches[strange.rows], wanted)
    familiar = fit_sigmoid(known.familiar, targets[known.rows])
    familiarity = fit_familiarity(strange.nearest, known.nearest)
    new = Judged(mix(strange, general, familiar, familiarity, matches), wanted)
    old = Judged(mix(known, general, familiar, familiarity, matches), targets[known.rows])
    threshold = pick_threshold(new, old)
    limit, share = _find_low_confidence(new, threshold)
    bins = {"layouts left out": list_reliability(new), "known layouts": list_reliability(old)}
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
        float(_apply(familiarity, strange.nearest).mean()),
        limit,
        share,
        bins,
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


def mix(
    scores: HeldOutScores,
    general: Blend,
    familiar: Sigmoid,
    familiarity: Sigmoid,
    matches: Floats,
) -> Floats:
    """Probabilities of both sets of heads together, as `labelling/experts.py` has them."""
    share = _apply(familiarity, scores.nearest)[:, None]
    new = apply_blend(general, scores.general, matches[scores.rows])
    return (share * _apply(familiar, scores.familiar) + (1 - share) * new).astype(np.float32)


def apply_blend(blend: Blend, scores: Floats, matches: Floats) -> Floats:
    """Probabilities of scores (pages, labels) and matches (pages, labels, MATCHES)."""
    slope, shift, matching = blend
    logits = slope * scores + shift + matches @ np.asarray(matching, np.float32)
    return expit(logits).astype(np.float32)


def _apply(sigmoid: Sigmoid, values: Floats) -> Floats:
    return expit(sigmoid[0] * values + sigmoid[1]).astype(np.float32)


def fit_familiarity(unseen: Floats, known: Floats) -> Sigmoid:
    """Tell known layouts from unseen ones by the correlation; both kinds count the same."""
    values = np.concatenate([known, unseen])
    weights = np.concatenate(
        [np.full(len(known), 1 / len(known)), np.full(len(unseen), 1 / len(unseen))]
    )
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


def fit_blend(scores: Floats, matches: Floats, targets: Flags) -> Blend:
    """Fit slope, shift and matching by maximum likelihood over the pairs that are not plainly absent.

    Arrays are (pages, labels), `matches` (pages, labels, MATCHES). The many pairs with scores under
    `PLAINLY_ABSENT` are 9 in 10 and would fit the tail instead of what is decided.
    """
    near = scores > PLAINLY_ABSENT
    columns = np.column_stack([scores[near], matches[near]]).astype(np.float64)
    y = targets[near].astype(np.float64)

    def look(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = columns @ parameters[1:] + parameters[0]
        errors = (expit(logits) - y) / len(y)
        loss = float(np.mean(np.logaddexp(0, logits) - y * logits))
        return loss, np.concatenate([[errors.sum()], errors @ columns])

    start = np.zeros(columns.shape[1] + 1)
    start[1] = 1.0
    found = [float(x) for x in minimize(look, start, jac=True, method="L-BFGS-B").x]
    return found[1], found[0], tuple(found[2:])


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
    return float(find_error(_sum_given(judged)))


def list_reliability(judged: Judged) -> Bins:
    """Stated probability, share right and number of pairs of each bin that is not empty."""
    found = list_bins(_sum_given(judged))
    return [(round(b.probability, 4), round(b.right, 4), b.pairs) for b in found]


def _sum_given(judged: Judged) -> BinSums:
    given = judged.probabilities >= THRESHOLDS[0]
    return sum_bins(judged.probabilities[given], judged.targets[given])


def _find_low_confidence(judged: Judged, threshold: float) -> tuple[float, float]:
    probabilities, targets = judged.probabilities, judged.targets
    chosen = probabilities >= threshold
    chosen[np.arange(len(chosen)), probabilities.argmax(1)] = True  # as the decision rule does
    support = expect_f1(probabilities, chosen)
    hits = (chosen & targets).sum(1)
    figures = 2 * hits / np.maximum(1, chosen.sum(1) + targets.sum(1))
    expected = IsotonicRegression().fit(support, figures).predict(support)
    poor = expected < 0.5
    if not poor.any():
        return 0.0, 0.0
    limit = support[~poor].min() if not poor.all() else 1.0
    return float(limit), float((support < limit).mean())
