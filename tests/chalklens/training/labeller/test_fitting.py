# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Heads for all labels at once."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from chalklens.training.labeller.fitting import START_BIAS, fit_heads

GENERATOR = np.random.default_rng(7)
ROWS = csr_matrix(GENERATOR.normal(size=(60, 5)).astype(np.float32))
TRUTH = ROWS.toarray() @ GENERATOR.normal(size=(5, 3)) + GENERATOR.normal(size=(60, 3)) > 0


@pytest.mark.parametrize("dense_columns", [0, 2, 5])
def test_heads_are_those_of_scikit_learn(dense_columns: int) -> None:
    weights, bias = fit_heads(ROWS, TRUTH, 2.0, iterations=200, dense_columns=dense_columns)
    for label in range(TRUTH.shape[1]):
        expected = LogisticRegression(C=2.0, tol=1e-8, max_iter=500).fit(ROWS, TRUTH[:, label])
        assert weights[:, label] == pytest.approx(expected.coef_[0], abs=2e-3)
        assert bias[label] == pytest.approx(expected.intercept_[0], abs=2e-3)


def test_two_halves_of_a_page_count_like_one_whole() -> None:
    doubled = csr_matrix(np.concatenate([ROWS.toarray(), ROWS.toarray()]))
    halves = np.full(120, 0.5, np.float32)
    whole, _ = fit_heads(ROWS, TRUTH, 2.0, iterations=200, dense_columns=5)
    split, _ = fit_heads(
        doubled,
        np.concatenate([TRUTH, TRUTH]),
        2.0,
        iterations=200,
        dense_columns=5,
        row_weights=halves,
    )
    assert split == pytest.approx(whole, abs=2e-3)


def test_a_label_without_a_page_is_never_likely() -> None:
    nothing = np.zeros((60, 1), np.bool_)
    weights, bias = fit_heads(ROWS, nothing, 10.0, iterations=50, dense_columns=5)
    assert (ROWS @ weights + bias < 0).all()


def test_progress_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    fit_heads(
        ROWS,
        TRUTH,
        1.0,
        iterations=5,
        dense_columns=5,
        progress=lambda done, total, message: told.append((done, total, message)),
    )
    assert told[0] == (1, 5, "fitting heads")


def test_the_loss_of_every_iteration_is_recorded_and_falls() -> None:
    iterations, losses = zip(*record_losses(8), strict=True)
    assert iterations == tuple(range(9))
    assert all(after <= before for before, after in pairwise(losses))
    assert losses[0] == pytest.approx(losses_at(START_BIAS), rel=1e-4)


def test_the_last_loss_is_that_of_the_heads_that_come_out() -> None:
    losses: list[float] = []
    weights, bias = fit_heads(
        ROWS, TRUTH, 2.0, iterations=4, dense_columns=5, record=lambda i, loss: losses.append(loss)
    )
    assert len(losses) == 5
    assert losses[-1] == pytest.approx(losses_at(bias, weights), rel=1e-4)


def test_losses_of_the_same_pages_twice_over_are_the_same() -> None:
    doubled = csr_matrix(np.concatenate([ROWS.toarray(), ROWS.toarray()]))
    twice: list[tuple[int, float]] = []
    fit_heads(
        doubled,
        np.concatenate([TRUTH, TRUTH]),
        1.0,
        iterations=10,
        dense_columns=5,
        record=lambda i, loss: twice.append((i, loss)),
    )
    once = record_losses(10)
    assert [loss for _, loss in twice] == pytest.approx([loss for _, loss in once], rel=1e-3)


def record_losses(iterations: int) -> list[tuple[int, float]]:
    recorded: list[tuple[int, float]] = []
    fit_heads(
        ROWS,
        TRUTH,
        2.0,
        iterations=iterations,
        dense_columns=5,
        record=lambda i, loss: recorded.append((i, loss)),
    )
    return recorded


def losses_at(bias: np.ndarray | float, weights: np.ndarray | None = None) -> float:
    """What is minimised, per page, with C = 2."""
    given = np.zeros((5, 3)) if weights is None else weights
    scores = ROWS @ given + bias
    losses = np.logaddexp(0, scores) - TRUTH * scores
    return float((2.0 * losses.sum() + 0.5 * (given**2).sum()) / (2.0 * len(scores)))
