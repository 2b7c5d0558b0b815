"""From probabilities to a set of labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.decision import DecisionRule, expect_f1, find_contradictions

LABELS = ("Addition", "Base10", "NumbersWithZero", "NumbersWithoutZero")
CONTRADICTIONS = frozenset({frozenset(LABELS[2:])})
RULE = DecisionRule(LABELS, 0.3, 0.6, CONTRADICTIONS)


def choose(*probabilities: float) -> list[tuple[str, float]]:
    return list(RULE.choose(np.asarray(probabilities, np.float32)).items())


def test_labels_from_the_threshold_up_are_chosen_the_surest_first() -> None:
    assert choose(0.4, 0.9, 0.1, 0.2) == [("Base10", 0.9), ("Addition", 0.4)]


def test_a_page_has_at_least_its_surest_label() -> None:
    assert choose(0.1, 0.2, 0.15, 0.05) == [("Base10", 0.2)]


def test_of_two_labels_that_contradict_each_other_the_surer_one_is_kept() -> None:
    assert choose(0.1, 0.8, 0.4, 0.5) == [("Base10", 0.8), ("NumbersWithoutZero", 0.5)]


def test_a_page_of_doubtful_labels_is_not_to_be_relied_on() -> None:
    doubtful = np.asarray([0.5, 0.5, 0.25, 0.2], np.float32)
    assert RULE.is_unsure(doubtful, {"Addition": 0.5, "Base10": 0.5})
    assert not RULE.is_unsure(doubtful * [1.8, 1.8, 0, 0], {"Addition": 0.9, "Base10": 0.9})


def test_labels_that_may_be_missing_make_a_page_doubtful_too() -> None:
    chosen = {"Addition": 0.8}
    assert not RULE.is_unsure(np.asarray([0.8, 0.1, 0, 0], np.float32), chosen)
    assert RULE.is_unsure(np.asarray([0.8, 0.29, 0.29, 0.29], np.float32), chosen)


def test_the_f1_to_expect_is_the_one_found_on_average_if_probabilities_are_right() -> None:
    generator = np.random.default_rng(2)
    probabilities = np.asarray([0.9, 0.7, 0.7, 0.6, 0.3, 0.2, 0.1], np.float32)
    chosen = probabilities >= 0.5
    truth = generator.random((4000, 7)) < probabilities
    found = 2 * (truth & chosen).sum(1) / (truth.sum(1) + chosen.sum())
    assert float(expect_f1(probabilities, chosen)) == pytest.approx(found.mean(), abs=0.02)


def test_probabilities_worth_naming_are_told_whether_chosen_or_not() -> None:
    found = RULE.report(np.asarray([0.06, 0.9, 0.04, 0.0], np.float32))
    assert found == {"Addition": 0.06, "Base10": 0.9}


def test_contradictions_are_those_of_the_ontology_among_the_given_labels() -> None:
    assert find_contradictions(["Addition", "Base10"]) == frozenset()
    found = find_contradictions(["Addition", "NumbersSmaller10", "NumbersLarger100"])
    assert found == {frozenset({"NumbersSmaller10", "NumbersLarger100"})}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4))
def test_a_set_is_never_empty_and_never_contradicts_itself(given_: list[float]) -> None:
    chosen = dict(choose(*given_))
    assert chosen
    assert not any(pair <= set(chosen) for pair in CONTRADICTIONS)
    assert max(chosen.values()) == pytest.approx(max(given_), abs=1e-3)
