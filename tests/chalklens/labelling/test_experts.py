# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Two sets of heads, and which one to believe."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import expit

from chalklens.labelling.experts import Experts, Familiarity
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.label_texts import MATCHES

GENERATOR = np.random.default_rng(1)
CODES = np.eye(3, dtype=np.float32)
FAMILIARITY = Familiarity(CODES[:2], slope=10.0, shift=-5.0)


def make_heads(columns: int, slope: float) -> LabelHeads:
    weights = GENERATOR.normal(size=(columns, 2)).astype(np.float32)
    return LabelHeads(weights, np.asarray([0.5, -0.5], np.float32), slope, 0.1)


EXPERTS = Experts(make_heads(3, 1.5), make_heads(5, 0.7), FAMILIARITY)
NOTHING = np.zeros((2, 2, MATCHES), np.float32)
ROWS = csr_matrix(GENERATOR.normal(size=(2, 5)).astype(np.float32))


def test_a_page_is_as_familiar_as_the_training_page_most_like_it() -> None:
    assert FAMILIARITY.nearest(CODES).tolist() == [1, 1, 0]
    assert FAMILIARITY.weigh(CODES) == pytest.approx(expit([5, 5, -5]), abs=1e-6)


def test_a_mixture_lies_between_its_experts_nearer_to_the_one_believed() -> None:
    general = EXPERTS.general.probabilities(ROWS[:, :3], NOTHING)
    familiar = EXPERTS.familiar.probabilities(ROWS, NOTHING)
    (known, unknown), shares = EXPERTS.judge(ROWS, CODES[[0, 2]], NOTHING)
    assert shares == pytest.approx(expit([5, -5]), abs=1e-6)
    assert known == pytest.approx(familiar[0], abs=0.01)
    assert unknown == pytest.approx(general[1], abs=0.01)
    halfway = np.asarray([[0.5, 0, 0]] * 2, np.float32)
    mixed, _ = EXPERTS.judge(ROWS, halfway, NOTHING)
    assert mixed == pytest.approx((general + familiar) / 2, abs=1e-6)


def test_what_columns_say_adds_up_to_the_score_without_its_bias() -> None:
    share, row = 0.3, ROWS[0].toarray()[0]
    for label in range(2):
        said = float(row @ EXPERTS.weigh_columns(share, label))
        general = float(row[:3] @ EXPERTS.general.weights[:, label]) * EXPERTS.general.slope
        familiar = float(row @ EXPERTS.familiar.weights[:, label]) * EXPERTS.familiar.slope
        assert said == pytest.approx(share * familiar + (1 - share) * general, abs=1e-5)


def test_weighing_columns_changes_no_weights() -> None:
    before = EXPERTS.familiar.weights.copy()
    EXPERTS.weigh_columns(1.0, 0)
    assert (EXPERTS.familiar.weights == before).all()
