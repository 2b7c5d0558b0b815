"""Do probabilities mean what they say? Reliability by bin, and its error with an interval.

How it is used: `measure_calibration(pairs, bootstrap)`, one `Pair` per label that a page was given.
Bins and error are those of `labelling/calibration_error.py`; here views are resampled. What it leaves
out: making probabilities better (`training/labeller`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chalklens.evaluation.bootstrap import Interval, ViewBootstrap
from chalklens.labelling.calibration_error import (
    Bin,
    BinSums,
    find_error,
    list_bins,
    sum_bins_by_row,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One page and one label: the view of the page, the stated probability, and the truth."""

    view: str
    probability: float
    right: bool


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
    sums = _sum_by_view(pairs, bootstrap.views)
    parts = (sums.counts, sums.stated, sums.right)
    resampled = find_error(BinSums(*(bootstrap.draws @ part for part in parts)))
    whole = BinSums(*(part.sum(0) for part in parts))
    return Calibration(
        error=float(find_error(whole)),
        interval=bootstrap.find_interval(resampled),
        pairs=len(pairs),
        bins=list_bins(whole),
    )


def _sum_by_view(pairs: Sequence[Pair], views: int) -> BinSums:
    """Sums of each view, (views, bins)."""
    rows = {view: row for row, view in enumerate(sorted({pair.view for pair in pairs}))}
    return sum_bins_by_row(
        [pair.probability for pair in pairs],
        [pair.right for pair in pairs],
        np.asarray([rows[pair.view] for pair in pairs]),
        views,
    )
