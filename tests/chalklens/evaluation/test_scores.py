"""Figures for sets of labels; expected values worked out by hand and by the corpus' scorer."""

import pytest

from chalklens.edugraph.concept import Concept
from chalklens.edugraph.ontology import Ontology
from chalklens.evaluation.scores import (
    LabelErrors,
    close_under_ancestors,
    list_label_errors,
    score_label_sets,
)

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


def make_ontology() -> Ontology:
    parents = {
        "Arithmetic": (),
        "BaseOperations": ("Arithmetic",),
        "Addition": ("BaseOperations",),
        "Subtraction": ("BaseOperations",),
    }
    concepts = [Concept(id_, "Area", "", f"iri:{id_}", of) for id_, of in parents.items()]
    return Ontology("test", concepts)


def test_a_label_in_the_right_branch_is_partly_right_in_hierarchical_figures() -> None:
    ontology = make_ontology()
    truth = close_under_ancestors({"one": {"Addition"}}, ontology)
    given = close_under_ancestors({"one": {"Subtraction"}}, ontology)
    assert truth == {"one": {"Addition", "BaseOperations", "Arithmetic"}}
    assert score_label_sets(truth, given).micro_f1 == pytest.approx(2 / 3)  # 2 of 3 both ways


def test_an_id_the_ontology_does_not_know_stays_a_false_alarm() -> None:
    closed = close_under_ancestors({"one": {"Sorcery"}, "two": set()}, make_ontology())
    assert closed == {"one": {"Sorcery"}, "two": set()}


def test_errors_are_listed_by_label_the_worst_first() -> None:
    assert list_label_errors(TRUTH, PREDICTED) == [
        LabelErrors("MeasuringTime", 2, 2, 0, 0.0),
        LabelErrors("Base10", 1, 0, 1, 2 / 3),
        LabelErrors("Sorcery", 0, 0, 1, 0.0),
        LabelErrors("Addition", 2, 0, 0, 1.0),
    ]
