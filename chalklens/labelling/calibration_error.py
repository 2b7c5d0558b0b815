"""Do stated probabilities mean what they say? Bins, and the expected calibration error.

How it is used:

    sums = sum_bins(probabilities, right)         # (pairs,) each
    float(find_error(sums)), list_bins(sums)

Bins are 15 of equal width. The error is the mean gap between stated probability and share that is
right, weighted by the number of pairs in the bin. Training and evaluation both measure with this.
What it leaves out: which pairs count, and making probabilities better.

Source: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BINS = 15


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
class BinSums:
    """What the bins hold, (..., BINS) each.

    Attributes:
        counts: Number of pairs.
        stated: Sum of their probabilities.
        right: Number of those that are right.
    """

    counts: Floats
    stated: Floats
    right: Floats


def sum_bins(probabilities: ArrayLike, right: ArrayLike) -> BinSums:
    """Sum up pairs, (BINS,) each.

    Args:
        probabilities: From 0 to 1, (pairs,).
        right: The truth, (pairs,).
    """
    summed = sum_bins_by_row(probabilities, right, np.zeros(np.size(probabilities), np.int64), 1)
    return BinSums(summed.counts[0], summed.stated[0], summed.right[0])


def sum_bins_by_row(
    probabilities: ArrayLike, right: ArrayLike, rows: NDArray[Any], row_count: int
) -> BinSums:
    """Sum up pairs row by row, (row_count, BINS) each; `rows` is the row of each pair, (pairs,)."""
    stated, true = (np.asarray(values, np.float64).ravel() for values in (probabilities, right))
    places = rows * BINS + np.minimum((stated * BINS).astype(np.int64), BINS - 1)

    def collect(weights: Floats | None) -> Floats:
        found = np.bincount(places, weights, row_count * BINS)
        return found.reshape(row_count, BINS).astype(np.float64)

    return BinSums(collect(None), collect(stated), collect(true))


def find_error(sums: BinSums) -> Floats:
    """Return the expected calibration error, 0 to 1, of the last axis; 0 without a pair."""
    return np.abs(sums.stated - sums.right).sum(-1) / np.maximum(1, sums.counts.sum(-1))


def list_bins(sums: BinSums) -> tuple[Bin, ...]:
    """Return the bins that are not empty; the sums are (BINS,) each."""
    return tuple(
        Bin(i / BINS, (i + 1) / BINS, int(n), float(p / n), float(y / n))
        for i, (n, p, y) in enumerate(zip(sums.counts, sums.stated, sums.right, strict=True))
        if n
    )
