"""Do probabilities mean what they say? Reliability by bin, and the expected calibration error.

How it is used: `measure_calibration(pairs, bootstrap)`, one `Pair` per label that a page was given.
Bins are 15 of equal width; the error is the mean gap between probability and share of right
labels, weighted by the number of pairs in the bin. What it leaves out: making probabilities better
(`training/labeller`).

Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalklens.evaluation.bootstrap import Interval, ViewBootstrap

Floats = NDArray[np.float64]

BINS = 15


@dataclass(frozen=True, slots=True)
class Pair:
    """One page and one label: the view of the page, the stated probability, and the truth."""

    view: str
    probability: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs with a probability from `low` to `high`.

    Attributes:
        pairs: How many there are.
        probability: Their mean probability.
        right: Share of them that is right.
    """

    low: float
    high: float
    pairs: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far probabilities are from shares.

    Attributes:
        error: Expected calibration error, 0 to 1.
        interval: Of the error, by resampling views; None with one view.
        pairs: How many page-label pairs it rests on.
        bins: Those that are not empty.
    """

    error: float
    interval: Interval | None
    pairs: int
    bins: tuple[Bin, ...]


def measure_calibration(pairs: Sequence[Pair], bootstrap: ViewBootstrap) -> Calibration | None:
    """Compare probabilities with the truth; None without any probability.

    The bootstrap is over all views of the split; views without a pair simply add nothing.
    """
    if not pairs:
        return None
    counts, stated, right = _count(pairs, bootstrap.views)
    resampled = _find_error(*(bootstrap.draws @ part for part in (counts, stated, right)))
    totals = counts.sum(0), stated.sum(0), right.sum(0)
    return Calibration(
        error=float(_find_error(*totals)),
        interval=bootstrap.find_interval(resampled),
        pairs=len(pairs),
        bins=tuple(
            Bin(i / BINS, (i + 1) / BINS, int(n), float(p / n), float(y / n))
            for i, (n, p, y) in enumerate(zip(*totals, strict=True))
            if n
        ),
    )


def _count(pairs: Sequence[Pair], views: int) -> tuple[Floats, Floats, Floats]:
    """Number of pairs, sum of probabilities and number of right ones, (views, bins) each."""
    rows = {view: row for row, view in enumerate(sorted({pair.view for pair in pairs}))}
    counts, stated, right = (np.zeros((views, BINS)) for _ in range(3))
    for pair in pairs:
        place = rows[pair.view], min(int(pair.probability * BINS), BINS - 1)
        counts[place] += 1
        stated[place] += pair.probability
        right[place] += pair.right
    return counts, stated, right


def _find_error(counts: Floats, stated: Floats, right: Floats) -> Floats:
    """Gaps of the bins (last axis), weighted by their pairs."""
    return np.abs(stated - right).sum(-1) / np.maximum(1, counts.sum(-1))
