# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Probabilities and the choice of labels."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from chalklens.labelling.heads import LabelHeads

HEADS = LabelHeads(
    labels=("Addition", "Subtraction", "Base10"),
    weights=np.asarray([[4.0, -4.0, 0.0]], np.float32),
    bias=np.asarray([0.0, 0.0, -1.0], np.float32),
    slope=0.5,
    shift=0.0,
    threshold=0.3,
)


def test_probabilities_are_calibrated() -> None:
    [row] = HEADS.probabilities(csr_matrix([[1.0]], dtype=np.float32))
    assert row == pytest.approx(1 / (1 + np.exp([-2.0, 2.0, 0.5])), abs=1e-6)


def test_labels_over_the_threshold_are_chosen_the_surest_first() -> None:
    chosen = HEADS.choose(np.asarray([0.4, 0.1, 0.9], np.float32))
    assert list(chosen.items()) == [("Base10", 0.9), ("Addition", 0.4)]


def test_a_page_has_at_least_its_surest_label() -> None:
    assert list(HEADS.choose(np.asarray([0.1, 0.2, 0.15], np.float32))) == ["Subtraction"]
