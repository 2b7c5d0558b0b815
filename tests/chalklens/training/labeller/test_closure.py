"""Sets of labels completed or thinned out over the ontology."""

import numpy as np
import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.training.labeller.closure import add_linked, drop_linked, link, list_closures
from chalklens.training.labeller.pages import mark_labels

# ranges imply the wider ones, step by step; BaseOperations are part of ArithmeticOperations
LABELS = (
    "ArithmeticOperations",
    "BaseOperations",
    "NumbersSmaller10",
    "NumbersSmaller100",
    "NumbersSmaller20",
    "ShapeRecognition",
)


def close(name: str, *chosen: str) -> set[str]:
    flags = list_closures(LABELS)[name](mark_labels([chosen], LABELS))
    return {id_ for id_, given in zip(LABELS, flags[0], strict=True) if given}


def test_implied_labels_are_added_over_several_steps() -> None:
    assert close("implied labels added", "NumbersSmaller10") == {
        "NumbersSmaller10",
        "NumbersSmaller20",
        "NumbersSmaller100",
    }


def test_ancestors_are_added_as_far_as_they_are_among_the_labels() -> None:
    ancestors = set(Ontology.load().ancestors("BaseOperations"))
    known = ancestors & set(LABELS)
    assert known < ancestors
    assert close("ancestors added", "BaseOperations") == {"BaseOperations", *known}


def test_ancestors_of_a_chosen_label_are_dropped_and_others_stay() -> None:
    chosen = ("BaseOperations", "ArithmeticOperations", "NumbersSmaller20")
    assert "ArithmeticOperations" in Ontology.load().ancestors("BaseOperations")
    assert close("ancestors dropped", *chosen) == {"BaseOperations", "NumbersSmaller20"}


@pytest.mark.parametrize("name", list_closures(LABELS))
def test_an_empty_set_stays_empty(name: str) -> None:
    assert not close(name)


@pytest.mark.parametrize("name", list_closures(LABELS))
def test_a_closure_of_a_closure_is_the_same(name: str) -> None:
    flags = np.random.default_rng(1).random((40, len(LABELS))) < 0.4
    closure = list_closures(LABELS)[name]
    once = closure(flags)
    assert (once != flags).any()
    assert (closure(once) == once).all()


def test_links_have_a_direction() -> None:
    links = link(("a", "b"), lambda id_: ["b", "unknown"] if id_ == "a" else [])
    assert links.tolist() == [[False, True], [False, False]]
    assert add_linked(np.asarray([[False, True]]), links).tolist() == [[False, True]]
    assert drop_linked(np.asarray([[True, True]]), links).tolist() == [[True, False]]
