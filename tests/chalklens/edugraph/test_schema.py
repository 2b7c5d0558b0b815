import json
from typing import Any

import jsonschema
import pytest

from chalklens.edugraph.concept import DIMENSIONS
from chalklens.edugraph.labels import label_object, make_label_set, parse_labels
from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.published_model import PUBLISHED_MODEL, is_edugraph_model
from chalklens.edugraph.schema import MAX_LABELS_PER_DIMENSION, label_json_schema
from chalklens.edugraph.vocabulary import load_vocabularies


def accepts(schema: dict[str, Any], value: Any) -> bool:
    try:
        jsonschema.validate(value, schema, jsonschema.Draft202012Validator)
    except jsonschema.ValidationError:
        return False
    return True


def test_the_schema_is_valid_json_schema() -> None:
    for source in (Ontology.load(), load_vocabularies()[0]):
        jsonschema.Draft202012Validator.check_schema(label_json_schema(source))


def test_it_accepts_label_sets_under_either_form_of_the_keys() -> None:
    ontology = Ontology.load()
    schema = label_json_schema(ontology)
    labels = make_label_set(["Addition", "Base10", "ProcedureExecution"], ontology)
    singular: dict[Any, Any] = {**label_object(labels)}
    plural = dict(zip(("Areas", "Scopes", "Abilities"), singular.values(), strict=True))
    for answer in (singular, plural):
        assert accepts(schema, answer)
        assert parse_labels(json.dumps(answer), ontology).labels == labels


def test_it_accepts_the_unsupported_answer_and_no_other_error() -> None:
    schema = label_json_schema(Ontology.load())
    assert accepts(schema, {"Error": "UnsupportedMaterial"})
    assert not accepts(schema, {"Error": "Bored"})
    assert not accepts(schema, {"Error": "UnsupportedMaterial", "Area": []})


@pytest.mark.parametrize(
    "answer",
    [
        {"Area": ["Sudoku"], "Scope": [], "Ability": []},
        {"Area": ["Base10"], "Scope": [], "Ability": []},  # another dimension
        {"Area": [], "Scope": []},
        {"Area": [], "Scope": [], "Ability": [], "note": ""},
        {"Area": ["Addition"] * (MAX_LABELS_PER_DIMENSION + 1), "Scope": [], "Ability": []},
        [],
    ],
)
def test_it_refuses_anything_else(answer: Any) -> None:
    assert not accepts(label_json_schema(Ontology.load()), answer)


def test_the_published_model_is_held_to_its_own_vocabulary() -> None:
    vocabulary = {v.version: v for v in load_vocabularies()}[PUBLISHED_MODEL.vocabulary]
    schema = label_json_schema(vocabulary)
    assert accepts(schema, {"Area": ["IntegerAddition"], "Scope": [], "Ability": []})
    assert not accepts(schema, {"Area": ["Addition"], "Scope": [], "Ability": []})
    assert [len(schema["$defs"][d]["items"]["enum"]) for d in DIMENSIONS] == [78, 91, 149]


def test_a_model_is_known_by_its_name() -> None:
    assert is_edugraph_model(PUBLISHED_MODEL.name)
    assert is_edugraph_model("models/qwen3-vl-edugraph-lora")
    assert not is_edugraph_model("Qwen/Qwen3-VL-4B-Instruct")
