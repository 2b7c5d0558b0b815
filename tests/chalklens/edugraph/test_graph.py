import json
from dataclasses import asdict

import pytest

from chalklens.edugraph.graph import describe_concept
from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError

ONTOLOGY = Ontology.load()


def test_a_concept_is_described_with_everything_around_it() -> None:
    shown = describe_concept("Addition", ONTOLOGY)
    assert (shown.id, shown.dimension, shown.depth) == ("Addition", "Area", 4)
    assert shown.iri == "http://edugraph.io/edu/Addition"
    assert shown.ontology == "0.21.0"
    assert shown.parents == ("BaseOperations",)
    assert shown.children == ()
    assert shown.relations == {"expands": ("Sum",), "translates": ("UnionOfCollections",)}
    assert "Multiplication" in shown.referred_by["expands"]
    assert shown.referred_by["inverts"] == ("Subtraction",)
    assert "Sum" in shown.prerequisites
    assert "5 + 3 = 8" in shown.definition


def test_a_description_becomes_json() -> None:
    for id_ in ("Addition", "NumbersSmaller10", "LinguisticReception"):
        assert json.loads(json.dumps(asdict(describe_concept(id_, ONTOLOGY))))["id"] == id_


@pytest.mark.parametrize(
    "term",
    ["addition", "ADDITION", " Addition ", "edu:Addition", "http://edugraph.io/edu#Addition"],
)
def test_case_and_iris_do_not_matter(term: str) -> None:
    shown = describe_concept(term, ONTOLOGY)
    assert shown.id == "Addition"
    assert shown.renamed_from == ""


def test_a_renamed_concept_is_found_and_says_so() -> None:
    shown = describe_concept("ShapeCongruence", ONTOLOGY)
    assert (shown.id, shown.renamed_from) == ("ShapeIdentity", "ShapeCongruence")


def test_an_unknown_concept_names_the_five_nearest() -> None:
    with pytest.raises(InputError, match='no concept "Multiplicaton"') as caught:
        describe_concept("Multiplicaton", ONTOLOGY)
    nearest = caught.value.hint.removeprefix("The nearest ids are ").rstrip(".").split(", ")
    assert nearest[0] == "Multiplication"
    assert len(nearest) == 5
    assert all(id_ in ONTOLOGY for id_ in nearest)
    assert caught.value.code == "unknown_concept"


def test_a_retired_concept_says_which_release_had_it() -> None:
    with pytest.raises(InputError, match=r"FractionAddition is a concept of EduGraph 0\.4\.0"):
        describe_concept("FractionAddition", ONTOLOGY)


@pytest.mark.parametrize("term", ["", "   ", "../../etc/passwd", "x" * 100_000, "\0", "#"])
def test_nonsense_is_an_error_of_moderate_length(term: str) -> None:
    with pytest.raises(InputError) as caught:
        describe_concept(term, ONTOLOGY)
    assert len(str(caught.value)) < 600
