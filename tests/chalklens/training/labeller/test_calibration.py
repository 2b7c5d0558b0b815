# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""From scores to probabilities and limits."""

import numpy as np
import pytest
from scipy.special import expit

from chalklens.training.labeller.calibration import (
    HeldOut,
    calibrate,
    fit_sigmoid,
    measure_calibration_error,
    measure_micro_f1,
    pick_threshold,
)

GENERATOR = np.random.default_rng(3)
SCORES = GENERATOR.normal(size=(400, 10)).astype(np.float32) * 3
TRUTH = GENERATOR.random(SCORES.shape) < expit(0.6 * SCORES - 0.5)
SEEN = HeldOut(SCORES, TRUTH)


def test_slope_and_shift_are_found() -> None:
    slope, shift = fit_sigmoid(SCORES, TRUTH)
    assert slope == pytest.approx(0.6, abs=0.06)
    assert shift == pytest.approx(-0.5, abs=0.12)


def test_calibrated_probabilities_have_a_small_error_and_raw_ones_a_larger() -> None:
    found = calibrate(SEEN, SEEN)
    raw = expit(2 * SCORES).astype(np.float32)
    assert found.error < 0.05 < measure_calibration_error(raw, TRUTH)


def test_the_threshold_is_the_best_of_all() -> None:
    probabilities = np.asarray([[0.9, 0.2], [0.4, 0.1]], np.float32)
    truth = np.asarray([[True, False], [True, False]])
    assert 0.2 < pick_threshold(HeldOut(probabilities, truth)) <= 0.4


def test_the_threshold_serves_known_and_unseen_layouts_alike() -> None:
    truth = np.asarray([[True, False]])
    one = HeldOut(np.asarray([[0.3, 0.2]], np.float32), truth)
    other = HeldOut(np.asarray([[0.9, 0.28]], np.float32), truth)
    assert 0.28 < pick_threshold(one, other) <= 0.3


def test_micro_f1_counts_labels_of_all_pages_together() -> None:
    chosen = np.asarray([[True, True], [False, False]])
    truth = np.asarray([[True, False], [True, False]])
    assert measure_micro_f1(chosen, truth) == pytest.approx(2 / 4)


def test_pages_under_the_confidence_limit_are_half_right_at_most() -> None:
    found = calibrate(SEEN, SEEN)
    probabilities = expit(found.slope * SCORES + found.shift)
    chosen = probabilities >= found.threshold
    support = (probabilities * chosen).sum(1) / np.maximum(1, chosen.sum(1))
    figures = 2 * (chosen & TRUTH).sum(1) / np.maximum(1, chosen.sum(1) + TRUTH.sum(1))
    unsure = support < found.low_confidence_below
    assert 0 < unsure.sum() < len(unsure)
    assert figures[unsure].mean() < 0.5 < figures[~unsure].mean()


def test_facts_are_plain_numbers() -> None:
    assert all(type(value) is float for value in calibrate(SEEN, SEEN).facts().values())
