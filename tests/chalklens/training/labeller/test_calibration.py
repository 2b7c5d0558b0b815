# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""From scores to probabilities and limits."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from chalklens.labelling.decision import expect_f1
from chalklens.labelling.experts import Experts, Familiarity
from chalklens.labelling.heads import LabelHeads
from chalklens.training.labeller.calibration import (
    Calibration,
    Judged,
    calibrate,
    fit_familiarity,
    fit_sigmoid,
    measure_calibration_error,
    measure_micro_f1,
    mix,
    pick_threshold,
    select_supported,
)
from chalklens.training.labeller.cross_validation import HeldOutScores

GENERATOR = np.random.default_rng(3)
PAGES, LABELS = 1600, 10
SCORES = GENERATOR.normal(size=(PAGES, LABELS)).astype(np.float32) * 3
MATCHES = GENERATOR.random((PAGES, LABELS, 2)).astype(np.float32) - np.float32(0.5)
TRUTH = GENERATOR.random(SCORES.shape) < expit(0.6 * SCORES - 0.5 + 0.8 * MATCHES[..., 0])


def held_out(first: int, end: int, nearest: float) -> HeldOutScores:
    """Some pages, about as familiar as told; the familiar heads are surer than the general ones."""
    rows = np.arange(first, end)
    looks = GENERATOR.normal(nearest, 0.1, len(rows)).astype(np.float32)
    general, familiar = SCORES[rows], 2 * SCORES[rows]
    return HeldOutScores(rows, general, familiar, looks, np.ones(len(rows), np.bool_))


UNSEEN, KNOWN = held_out(0, 1000, 0.3), held_out(1000, PAGES, 0.9)


@pytest.fixture(scope="module")
def found() -> Calibration:
    return calibrate(UNSEEN, KNOWN, TRUTH, MATCHES)


def judge(scores: HeldOutScores, found: Calibration) -> np.ndarray:
    return mix(scores, found.general, found.familiar, found.familiarity, MATCHES)


def test_slope_and_shift_are_found() -> None:
    slope, shift = fit_sigmoid(SCORES, TRUTH)
    assert slope == pytest.approx(0.6, abs=0.06)
    assert shift == pytest.approx(-0.5, abs=0.12)


def test_a_page_of_more_weight_counts_for_more() -> None:
    scores, truth = np.zeros(2, np.float32), np.asarray([True, False])
    _, shift = fit_sigmoid(scores, truth, np.asarray([3.0, 1.0]))
    assert expit(shift) == pytest.approx(0.75, abs=1e-3)


def test_each_set_of_heads_is_calibrated_on_its_own_pages(found: Calibration) -> None:
    assert found.general[:2] == pytest.approx((0.6, -0.5), abs=0.15)
    assert found.general[2] == pytest.approx((0.8, 0), abs=0.3)
    assert found.familiar == pytest.approx((0.3, -0.5), abs=0.15)


def test_familiar_heads_are_believed_on_known_layouts(found: Calibration) -> None:
    assert found.known_share > 0.9
    assert found.unseen_share < 0.1


def test_known_and_unseen_pages_count_alike_for_the_weight_between_the_heads() -> None:
    few, many = np.full(10, 0.9, np.float32), np.full(1000, 0.3, np.float32)
    noise = GENERATOR.normal(0, 0.3, 1010).astype(np.float32)
    slope, shift = fit_familiarity(many + noise[10:], few + noise[:10])
    assert -shift / slope == pytest.approx(0.6, abs=0.15)


def test_mixing_is_what_the_labeller_does(found: Calibration) -> None:
    columns = np.eye(LABELS, dtype=np.float32)
    zeros = np.zeros(LABELS, np.float32)
    experts = Experts(
        LabelHeads(columns, zeros, *found.general),
        LabelHeads(2 * columns, zeros, *found.familiar),
        Familiarity(np.ones((1, 1), np.float32), *found.familiarity),
    )
    from scipy.sparse import csr_matrix

    matches = MATCHES[UNSEEN.rows]
    ours, _ = experts.judge(csr_matrix(UNSEEN.general), UNSEEN.nearest[:, None], matches)
    assert judge(UNSEEN, found) == pytest.approx(ours, abs=1e-5)


def test_pages_a_fold_could_not_know_are_left_out() -> None:
    supported = np.arange(1000) % 2 == 0
    scores = select_supported(replace(UNSEEN, supported=supported))
    assert scores.rows.tolist() == list(range(0, 1000, 2))
    assert (scores.general == UNSEEN.general[::2]).all()
    spoilt = np.where(supported[:, None], UNSEEN.general, -UNSEEN.general)
    part = replace(UNSEEN, general=spoilt, supported=supported)
    assert calibrate(part, KNOWN, TRUTH, MATCHES).general[0] == pytest.approx(0.6, abs=0.15)


def test_calibrated_probabilities_have_a_small_error_and_raw_ones_a_larger(
    found: Calibration,
) -> None:
    raw = Judged(expit(2 * SCORES).astype(np.float32), TRUTH)
    assert max(found.error, found.known_error) < 0.05 < measure_calibration_error(raw)


def test_the_threshold_is_the_best_of_all() -> None:
    probabilities = np.asarray([[0.9, 0.2], [0.4, 0.1]], np.float32)
    truth = np.asarray([[True, False], [True, False]])
    assert 0.2 < pick_threshold(Judged(probabilities, truth)) <= 0.4


def test_the_threshold_serves_known_and_unseen_layouts_alike() -> None:
    truth = np.asarray([[True, False]])
    one = Judged(np.asarray([[0.3, 0.2]], np.float32), truth)
    other = Judged(np.asarray([[0.9, 0.28]], np.float32), truth)
    assert 0.28 < pick_threshold(one, other) <= 0.3


def test_micro_f1_counts_labels_of_all_pages_together() -> None:
    chosen = np.asarray([[True, True], [False, False]])
    truth = np.asarray([[True, False], [True, False]])
    assert measure_micro_f1(chosen, truth) == pytest.approx(2 / 4)


def test_pages_under_the_confidence_limit_are_half_right_at_most(found: Calibration) -> None:
    probabilities, truth = judge(UNSEEN, found), TRUTH[UNSEEN.rows]
    chosen = probabilities >= found.threshold
    chosen[np.arange(len(chosen)), probabilities.argmax(1)] = True
    support = expect_f1(probabilities, chosen)
    figures = 2 * (chosen & truth).sum(1) / np.maximum(1, chosen.sum(1) + truth.sum(1))
    unsure = support < found.low_confidence_below
    assert 0 < unsure.sum() < len(unsure)
    assert unsure.mean() == pytest.approx(found.low_confidence_share)
    assert figures[unsure].mean() < 0.5 < figures[~unsure].mean()


def test_facts_are_plain_numbers(found: Calibration) -> None:
    facts = found.facts()
    slope, shift, matching = found.general
    assert facts["general"] == [round(slope, 4), round(shift, 4), [round(x, 4) for x in matching]]
    assert all(type(value) in (float, list) for value in facts.values())
