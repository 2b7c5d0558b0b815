"""The ontology that ships here: its facts, its shape, and what follows from its relations."""

import re
import subprocess
import sys
from collections import Counter
from typing import cast

import pytest

from chalklens.edugraph.concept import DIMENSIONS, Concept, Dimension, Relation
from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from knowledge_base import ROOT


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.load()


def area(id_: str, *parents: str, **relations: tuple[str, ...]) -> Concept:
    links = cast(dict[Relation, tuple[str, ...]], relations)
    return Concept(id_, "Area", "", f"http://edugraph.io/edu/{id_}", parents, links)


def test_it_holds_the_concepts_of_0_21_0(ontology: Ontology) -> None:
    assert ontology.version == "0.21.0"
    assert len(ontology) == 729
    assert [len(ontology.ids(dimension)) for dimension in DIMENSIONS] == [278, 326, 125]
    assert ontology.unresolved == ()


def test_it_holds_the_relations_of_0_21_0(ontology: Ontology) -> None:
    counts = Counter[str]()
    for concept in ontology.concepts.values():
        counts["partOf"] += len(concept.parents)
        for relation, targets in concept.relations.items():
            counts[relation] += len(targets)
    assert counts == {
        "partOf": 710,
        "expands": 295,
        "integrates": 65,
        "translates": 70,
        "inverts": 15,
        "implies": 20,
        "contradicts": 33,
    }


def test_it_has_the_known_shape(ontology: Ontology) -> None:
    def deepest(dimension: Dimension) -> int:
        return max(ontology.depth(id_) for id_ in ontology.ids(dimension))

    def leaves(dimension: Dimension) -> int:
        return sum(not ontology.children(id_) for id_ in ontology.ids(dimension))

    assert [deepest(dimension) for dimension in DIMENSIONS] == [8, 8, 6]
    assert [leaves(dimension) for dimension in DIMENSIONS] == [205, 237, 91]
    assert [len(ontology.roots(dimension)) for dimension in DIMENSIONS] == [12, 4, 5]
    two_parents = [c.id for c in ontology.concepts.values() if len(c.parents) == 2]
    assert two_parents == ["LinguisticArticulation", "LinguisticReception"]


def test_no_relation_crosses_dimensions(ontology: Ontology) -> None:
    for concept in ontology.concepts.values():
        linked = {*concept.parents, *(x for ids in concept.relations.values() for x in ids)}
        assert {ontology[id_].dimension for id_ in linked} <= {concept.dimension}


def test_every_concept_has_a_definition_of_its_own(ontology: Ontology) -> None:
    definitions = [concept.definition for concept in ontology.concepts.values()]
    assert len(set(definitions)) == len(definitions)
    for definition in definitions:
        assert 8 <= len(definition.split()) <= 25, definition
        assert definition[0].isupper()
        assert definition[-1] in ".:?0123456789", definition


def test_the_file_is_sorted_so_that_changes_stay_readable(ontology: Ontology) -> None:
    text = (ROOT / "edugraph" / "edugraph.ttl").read_text(encoding="utf-8")
    written = re.findall(r"^:(\w+) a owl:NamedIndividual, edu:(\w+)", text, re.MULTILINE)
    assert written == [(id_, d) for d in DIMENSIONS for id_ in ontology.ids(d)]


def test_it_is_read_once_per_process(ontology: Ontology) -> None:
    assert Ontology.load() is ontology


def test_importing_it_does_not_import_rdflib() -> None:
    code = (
        "import sys, chalklens.edugraph.labels, chalklens.edugraph.graph, chalklens.edugraph.schema;"
        "sys.exit('rdflib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ancestors_come_nearest_first(ontology: Ontology) -> None:
    assert ontology.ancestors("Addition") == (
        "BaseOperations",
        "ArithmeticOperations",
        "Arithmetic",
    )
    assert ontology.ancestors("Arithmetic") == ()
    assert ontology.depth("Addition") == 4


def test_a_concept_with_two_parents_has_the_ancestors_of_both(ontology: Ontology) -> None:
    ancestors = set(ontology.ancestors("LinguisticReception"))
    assert ancestors >= set(ontology["LinguisticReception"].parents)
    assert len(ancestors) == len(ontology.ancestors("LinguisticReception"))


def test_expanding_adds_all_ancestors_and_drops_what_is_unknown(ontology: Ontology) -> None:
    assert ontology.expand(["Addition", "NoSuchThing"]) == {
        "Addition",
        "BaseOperations",
        "ArithmeticOperations",
        "Arithmetic",
    }
    assert ontology.expand([]) == frozenset()


def test_prerequisites_follow_expands_and_inverts(ontology: Ontology) -> None:
    assert "Addition" in ontology.prerequisites("Subtraction")  # inverts, a kind of expands
    assert "Sum" in ontology.prerequisites("Addition")
    assert "Sum" in ontology.prerequisites("Multiplication")  # over Addition
    assert "Multiplication" in ontology.referring("Addition", "expands")


def test_contradictions_hold_both_ways(ontology: Ontology) -> None:
    assert ontology["CompositeNumbers"].relations["contradicts"] == ("PrimeNumbers",)
    assert "contradicts" not in ontology["PrimeNumbers"].relations
    for id_ in ontology.concepts:
        for other in ontology.contradictions(id_):
            assert id_ in ontology.contradictions(other)


def test_contradictions_follow_what_is_implied(ontology: Ontology) -> None:
    assert "NumbersLarger100" in ontology.contradictions("NumbersSmaller10")
    assert "NumbersLarger10" not in ontology.contradictions("NumbersSmaller20")
    assert ontology.contradictions("OddNumbers") == (
        "EvenNumbers",
        "MultiplesOf10",
        "MultiplesOf100",
        "MultiplesOf1000",
    )


def test_a_circle_of_parents_is_refused() -> None:
    with pytest.raises(InputError, match="part of itself"):
        Ontology("x", [area("A", "B"), area("B", "A")])


def test_a_deep_hierarchy_is_no_problem() -> None:
    chain = [area("C0"), *(area(f"C{n}", f"C{n - 1}") for n in range(1, 3000))]
    ontology = Ontology("x", chain)
    assert ontology.depth("C2999") == 3000
    assert len(ontology.ancestors("C2999")) == 2999


def test_statements_about_unknown_ids_are_reported_and_not_followed() -> None:
    ontology = Ontology("x", [area("A", "Nowhere", expands=("Nothing",))])
    assert ontology.unresolved == ("A partOf Nowhere", "A expands Nothing")
    assert ontology.roots("Area") == ("A",)
    assert ontology.prerequisites("A") == ()
