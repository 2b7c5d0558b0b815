"""Stated probabilities against what was right."""

import pytest

from chalklens.evaluation.bootstrap import ViewBootstrap
from chalklens.evaluation.calibration_curve import Pair, measure_calibration


def make_pairs(probability: float, right: int, wrong: int) -> list[Pair]:
    truths = [True] * right + [False] * wrong
    return [Pair(f"view-{i % 4}", probability, truth) for i, truth in enumerate(truths)]


def test_the_error_is_the_mean_gap_weighted_by_pairs() -> None:
    pairs = make_pairs(0.9, 9, 1) + make_pairs(0.5, 0, 10)
    found = measure_calibration(pairs, ViewBootstrap(4))
    assert found is not None
    assert found.error == pytest.approx((10 * 0.0 + 10 * 0.5) / 20)
    assert [(b.pairs, round(b.probability, 2), b.right) for b in found.bins] == [
        (10, 0.5, 0.0),
        (10, 0.9, 0.9),
    ]
    assert found.interval is not None
    assert found.interval.low <= found.error <= found.interval.high


def test_probability_one_falls_into_the_last_bin() -> None:
    found = measure_calibration(make_pairs(1.0, 3, 0), ViewBootstrap(5))
    assert found is not None
    assert found.error == 0.0
    [only] = found.bins
    assert only.high == 1.0


def test_without_probabilities_there_is_no_calibration() -> None:
    assert measure_calibration([], ViewBootstrap(3)) is None
