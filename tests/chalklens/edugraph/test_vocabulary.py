from chalklens.edugraph.concept import DIMENSIONS
from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.vocabulary import load_vocabularies


def test_the_ids_of_0_4_0_are_known_by_dimension() -> None:
    oldest = load_vocabularies()[0]
    assert oldest.version == "0.4.0"
    assert [len(oldest.ids(dimension)) for dimension in DIMENSIONS] == [78, 91, 149]


def test_most_ids_of_0_4_0_still_exist_in_the_same_dimension() -> None:
    ontology, oldest = Ontology.load(), load_vocabularies()[0]
    kept = {d: [i for i in oldest.ids(d) if i in ontology] for d in DIMENSIONS}
    assert [len(kept[dimension]) for dimension in DIMENSIONS] == [51, 90, 124]
    for dimension, ids in kept.items():
        assert {ontology[id_].dimension for id_ in ids} == {dimension}


def test_renamed_ids_are_gone_and_lead_to_ids_that_exist() -> None:
    ontology = Ontology.load()
    for vocabulary in load_vocabularies():
        assert len(vocabulary.renamed) == 7
        for old, new in vocabulary.renamed.items():
            assert old not in ontology
            assert new in ontology


def test_every_renamed_id_of_0_4_0_was_one_of_its_ids() -> None:
    oldest = load_vocabularies()[0]
    ids = {id_ for dimension in DIMENSIONS for id_ in oldest.ids(dimension)}
    assert set(oldest.renamed) < ids
    assert len(ids) - len([i for i in ids if i in Ontology.load()]) - len(oldest.renamed) == 46
