# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Scores and probabilities of linear heads."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.label_texts import MATCHES

WEIGHTS = np.asarray([[4.0, -4.0, 0.0]], np.float32)
HEADS = LabelHeads(WEIGHTS, np.asarray([0.0, 0.0, -1.0], np.float32), slope=0.5, shift=0.25)
PAGE = csr_matrix([[1.0]], dtype=np.float32)


def test_scores_are_linear() -> None:
    assert HEADS.scores(PAGE).tolist() == [[4.0, -4.0, -1.0]]


def test_probabilities_are_calibrated() -> None:
    [row] = HEADS.probabilities(PAGE, np.zeros((1, 3, MATCHES), np.float32))
    assert row == pytest.approx(1 / (1 + np.exp([-2.25, 1.75, 0.25])), abs=1e-6)


def test_what_labels_say_about_themselves_is_added_before_the_sigmoid() -> None:
    matches = np.asarray([[[1, 0], [0, 1], [0, 0]]], np.float32)
    [row] = replace(HEADS, matching=(0.5, 2.0)).probabilities(PAGE, matches)
    assert row == pytest.approx(1 / (1 + np.exp([-2.75, -0.25, 0.25])), abs=1e-6)
