"""Bins of probabilities, and how far they are from the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.calibration_error import (
    BINS,
    BinSums,
    find_error,
    list_bins,
    sum_bins,
    sum_bins_by_row,
)

Pairs = list[tuple[float, bool]]
some_pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def sum_pairs(pairs: Pairs) -> BinSums:
    return sum_bins([p for p, _ in pairs], [right for _, right in pairs])


def test_the_error_is_the_mean_gap_weighted_by_pairs() -> None:
    sums = sum_pairs([(0.9, i < 9) for i in range(10)] + [(0.5, False)] * 10)
    assert float(find_error(sums)) == pytest.approx((10 * 0.0 + 10 * 0.5) / 20)
    assert [(b.pairs, round(b.probability, 4), b.right) for b in list_bins(sums)] == [
        (10, 0.5, 0.0),
        (10, 0.9, 0.9),
    ]


def test_gaps_of_one_bin_cancel_and_of_two_bins_do_not() -> None:
    assert float(find_error(sum_pairs([(0.5, True), (0.5, False)]))) == pytest.approx(0)
    assert float(find_error(sum_pairs([(0.4, True), (0.6, False)]))) == pytest.approx(0.6)


def test_probability_one_falls_into_the_last_bin() -> None:
    [only] = list_bins(sum_pairs([(1.0, True)]))
    assert (only.low, only.high) == ((BINS - 1) / BINS, 1.0)


def test_without_a_pair_there_is_no_error_and_no_bin() -> None:
    sums = sum_pairs([])
    assert float(find_error(sums)) == 0
    assert list_bins(sums) == ()


@settings(max_examples=50, deadline=None)
@given(some_pairs)
def test_bins_hold_every_pair_between_their_ends(pairs: Pairs) -> None:
    bins = list_bins(sum_pairs(pairs))
    assert sum(b.pairs for b in bins) == len(pairs)
    assert all(b.low - 1e-9 <= b.probability <= b.high + 1e-9 for b in bins)
    mean = sum(b.pairs * abs(b.probability - b.right) for b in bins) / len(pairs)
    assert float(find_error(sum_pairs(pairs))) == pytest.approx(mean)
    assert 0 <= mean <= 1


@settings(max_examples=50, deadline=None)
@given(some_pairs)
def test_rows_add_up_to_the_whole(pairs: Pairs) -> None:
    whole = sum_pairs(pairs)
    rows = np.arange(len(pairs)) % 3
    parts = sum_bins_by_row([p for p, _ in pairs], [right for _, right in pairs], rows, 3)
    for name in BinSums.__slots__:
        assert getattr(parts, name).shape == (3, BINS)
        assert getattr(parts, name).sum(0) == pytest.approx(getattr(whole, name))
    assert parts.counts.sum(1).tolist() == np.bincount(rows, minlength=3).tolist()
