"""Reading the shapes that official releases have had, written by hand for these tests."""

from pathlib import Path

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.turtle import read_concepts
from chalklens.errors import InputError

PREFIXES = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix edu: <http://edugraph.io/edu#> .
@prefix : <http://edugraph.io/edu/> .
"""

SCHEMA = """
<http://edugraph.io/edu#> a owl:Ontology .
edu:Area a owl:Class ; rdfs:comment "A field." .
edu:Scope a owl:Class .
edu:partOf a owl:ObjectProperty ; owl:inverseOf edu:hasPart .
edu:expands a owl:ObjectProperty ; rdfs:isDefinedBy "Builds on." .
edu:inverts rdfs:subPropertyOf edu:expands .
"""

INDIVIDUALS = '''
<http://edugraph.io/edu/> a owl:Ontology ; owl:imports <http://edugraph.io/edu#> .
:Tea a owl:NamedIndividual, edu:Area ; rdfs:isDefinedBy "Hot leaves." .
:GreenTea rdf:type owl:NamedIndividual , edu:Area ;
    edu:partOf :Tea ;
    edu:expands :Water , :Tea ;
    rdfs:comment "Not the definition." ;
    rdfs:isDefinedBy """Leaves that were
    not fermented.""" .
:Water a owl:NamedIndividual, edu:Area ; skos:definition "Clear and wet." .
:Cup a owl:NamedIndividual, edu:Scope ; edu:specializes :Vessel ; edu:contradicts :Pot .
:Vessel a owl:NamedIndividual, edu:Scope .
:Pot a owl:NamedIndividual, edu:Scope ; edu:partOf :Vessel .
'''

OLD_RELEASE = """
<http://edugraph.io/edu> a owl:Ontology .
edu:Area a owl:Class . edu:Ability a owl:Class .
edu:partOfArea rdfs:subPropertyOf edu:partOf .
edu:Tea a owl:NamedIndividual , edu:Area .
edu:GreenTea a owl:NamedIndividual , edu:Area ;
    edu:partOfArea edu:Tea ; edu:expandsArea edu:Tea ; rdfs:isDefinedBy "Not fermented." .
edu:Pour a owl:NamedIndividual , edu:Ability ; edu:partOfAbility edu:Serv .
"""


def write(folder: Path, name: str, *parts: str) -> Path:
    path = folder / name
    path.write_text("".join((PREFIXES, *parts)), encoding="utf-8")
    return path


def test_a_release_in_several_files_is_read_together(tmp_path: Path) -> None:
    schema = write(tmp_path, "schema.ttl", SCHEMA)
    individuals = write(tmp_path, "individuals.ttl", INDIVIDUALS)
    ontology = Ontology.load(schema, individuals, version="0.21.0")

    assert ontology.version == "0.21.0"
    assert ontology.ids("Area") == ("GreenTea", "Tea", "Water")
    assert ontology.ids("Scope") == ("Cup", "Pot", "Vessel")
    assert ontology.ids("Ability") == ()
    tea = ontology["GreenTea"]
    assert tea.iri == "http://edugraph.io/edu/GreenTea"
    assert tea.parents == ("Tea",)
    assert tea.relations == {"expands": ("Tea", "Water")}


def test_definitions_are_one_line_and_may_be_missing(tmp_path: Path) -> None:
    ontology = Ontology.load(write(tmp_path, "x.ttl", SCHEMA, INDIVIDUALS))
    assert ontology["GreenTea"].definition == "Leaves that were not fermented."
    assert ontology["Water"].definition == "Clear and wet."
    assert ontology["Vessel"].definition == ""
    assert ontology.version == ""


def test_specializes_counts_as_a_parent(tmp_path: Path) -> None:
    ontology = Ontology.load(write(tmp_path, "x.ttl", SCHEMA, INDIVIDUALS))
    assert ontology["Cup"].parents == ("Vessel",)
    assert ontology.children("Vessel") == ("Cup", "Pot")
    assert ontology.contradictions("Pot") == ("Cup",)


def test_the_form_of_0_4_0_is_read(tmp_path: Path) -> None:
    ontology = Ontology.load(write(tmp_path, "old.ttl", OLD_RELEASE), version="0.4.0")
    assert ontology["GreenTea"].iri == "http://edugraph.io/edu#GreenTea"
    assert ontology["GreenTea"].parents == ("Tea",)
    assert ontology["GreenTea"].relations == {"expands": ("Tea",)}
    assert ontology.ids("Ability") == ("Pour",)
    assert ontology.unresolved == ("Pour partOf Serv",)


def test_ours_and_an_official_release_go_through_the_same_reader(tmp_path: Path) -> None:
    stated, concepts = read_concepts([write(tmp_path, "x.ttl", INDIVIDUALS)])
    assert stated == ""
    assert [concept.id for concept in concepts] == sorted(concept.id for concept in concepts)


@pytest.mark.parametrize(
    "text", ["owl:imports <core-schema.ttl> .", "<rdf:RDF/>", ":A a edu:Area", "\0"]
)
def test_what_is_not_turtle_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, "broken.ttl", text)
    with pytest.raises(InputError, match=r"broken\.ttl is not valid Turtle"):
        Ontology.load(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.ttl"
    path.write_bytes(b"\xff\xd8\xff\xe0 a photo")
    with pytest.raises(InputError, match="not valid Turtle"):
        Ontology.load(path)


def test_turtle_without_concepts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no EduGraph concepts"):
        Ontology.load(write(tmp_path, "schema.ttl", SCHEMA))


def test_a_missing_file_is_an_error_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"The ontology file gone\.ttl cannot be read") as caught:
        Ontology.load(tmp_path / "gone.ttl")
    assert str(tmp_path) not in str(caught.value)


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.ttl"
    with path.open("wb") as file:
        file.truncate((32 << 20) + 1)
    with pytest.raises(InputError, match="larger than 32 MiB"):
        Ontology.load(path)
