"""Methods side by side on a handful of pages."""

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.evaluation.bootstrap import ViewBootstrap
from chalklens.evaluation.label_figures import (
    FIGURES,
    LABELLER,
    Answer,
    Gold,
    MethodFigures,
    measure_methods,
)
from chalklens.evaluation.scores import score_label_sets
from chalklens.labelling.corpus import Worksheet

TRUTH = {
    "one": ("bars", {"Addition": "area", "Base10": "scope"}),
    "two": ("bars", {"Addition": "area"}),
    "three": ("clocks", {"Subtraction": "area", "Base10": "scope"}),
    "four": ("rulers", {"Subtraction": "area"}),
}


def make_sheet(id_: str) -> Worksheet:
    view, labels = TRUTH[id_]
    return Worksheet(
        id=id_,
        split="val",
        image="",
        view=view,
        labels=frozenset(labels),
        dimensions=tuple(labels.items()),
        text="",
        ontology="0.21.0",
        pair=id_,
    )


def answer(**sets: set[str]) -> Answer:
    return Answer("Title", "rule", {id_: frozenset(labels) for id_, labels in sets.items()})


def measure(**answers: Answer) -> tuple[Gold, dict[str, MethodFigures]]:
    gold = Gold.collect([make_sheet(id_) for id_ in TRUTH], Ontology.load())
    return gold, measure_methods(gold, answers, ViewBootstrap(3, resamples=200))


OURS = answer(one={"Addition", "Base10"}, two={"Addition"}, three={"Subtraction"}, four=set())
THEIRS = answer(one={"Addition"}, two={"Subtraction"}, three={"Sorcery"}, four={"Base10"})


def test_plain_figures_and_dimensions_are_those_of_the_scorer() -> None:
    gold, found = measure(labeller=OURS, baseline=THEIRS)
    ours = found[LABELLER]
    assert ours.plain == score_label_sets(gold.sets, OURS.sets)
    assert ours.dimensions["scope"].micro_f1 == pytest.approx(2 / 3)  # one of two, nothing else
    assert ours.dimensions["ability"].micro_f1 == 0.0
    assert set(ours.views) == {"bars", "clocks", "rulers"}
    assert ours.views["bars"].exact == 1.0
    assert found["baseline"].views["rulers"].micro_f1 == 0.0


def test_siblings_share_their_ancestors_in_hierarchical_figures() -> None:
    _, found = measure(labeller=OURS, baseline=THEIRS)
    theirs = found["baseline"]
    assert theirs.hierarchical.micro_f1 > theirs.plain.micro_f1  # Addition and Subtraction
    assert theirs.figure("hierarchical_micro_f1") == theirs.hierarchical.micro_f1
    assert theirs.figure("micro_f1") == theirs.plain.micro_f1


def test_the_lead_of_the_labeller_is_the_difference_with_its_interval() -> None:
    _, found = measure(labeller=OURS, baseline=THEIRS)
    assert not found[LABELLER].labeller_ahead
    for name in FIGURES:
        lead = found["baseline"].labeller_ahead[name]
        assert lead.value == pytest.approx(
            found[LABELLER].figure(name) - found["baseline"].figure(name)
        )
        assert lead.interval is not None
        assert lead.interval.low <= lead.value <= lead.interval.high


def test_a_method_is_not_ahead_of_itself() -> None:
    _, found = measure(labeller=OURS, same=OURS)
    for lead in found["same"].labeller_ahead.values():
        assert lead.value == 0.0
        assert lead.interval is not None
        assert lead.interval.low == lead.interval.high == 0.0
