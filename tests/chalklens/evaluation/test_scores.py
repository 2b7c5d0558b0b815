"""Figures for sets of labels; expected values worked out by hand and by the corpus' scorer."""

import pytest

from chalklens.evaluation.scores import score_label_sets

TRUTH = {
    "one": {"Addition", "Base10"},
    "two": {"Addition", "MeasuringTime"},
    "three": {"MeasuringTime"},
}
PREDICTED = {
    "one": {"Addition", "Base10"},
    "two": {"Addition", "Base10", "Sorcery"},
    "unasked": {"Addition"},
}


def test_figures_are_those_of_the_corpus_scorer() -> None:
    scores = score_label_sets(TRUTH, PREDICTED)
    assert (scores.pages, scores.predicted) == (3, 2)
    assert scores.micro_f1 == pytest.approx(6 / 10)  # 3 hits, 2 false alarms, 2 misses
    assert scores.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)  # Sorcery is not in the truth
    assert scores.exact == pytest.approx(1 / 3)


def test_perfect_and_empty_predictions() -> None:
    assert score_label_sets(TRUTH, TRUTH).micro_f1 == 1.0
    assert score_label_sets(TRUTH, {}).micro_f1 == 0.0
    assert score_label_sets({}, {}).exact == 0.0
