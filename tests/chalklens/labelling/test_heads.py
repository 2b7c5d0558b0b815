# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Scores and probabilities of linear heads."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from chalklens.labelling.heads import LabelHeads

WEIGHTS = np.asarray([[4.0, -4.0, 0.0]], np.float32)
HEADS = LabelHeads(WEIGHTS, np.asarray([0.0, 0.0, -1.0], np.float32), slope=0.5, shift=0.25)
PAGE = csr_matrix([[1.0]], dtype=np.float32)


def test_scores_are_linear() -> None:
    assert HEADS.scores(PAGE).tolist() == [[4.0, -4.0, -1.0]]


def test_probabilities_are_calibrated() -> None:
    [row] = HEADS.probabilities(PAGE)
    assert row == pytest.approx(1 / (1 + np.exp([-2.25, 1.75, 0.25])), abs=1e-6)
