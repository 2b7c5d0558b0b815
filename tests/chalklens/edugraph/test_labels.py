"""What models write, and which labels it means."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.edugraph.labels import (
    ParsedLabels,
    drop_parents,
    label_object,
    make_label_set,
    parse_labels,
)
from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from chalklens.types import LabelSet

ONTOLOGY = Ontology.load()
EXPECTED = LabelSet(("Addition",), ("Base10", "NumbersSmaller20"), ("ProcedureExecution",))


def parse(answer: Any) -> ParsedLabels:
    return parse_labels(answer, ONTOLOGY)


SAME_LABELS: list[Any] = [
    '{"Area": ["Addition"], "Scope": ["NumbersSmaller20", "Base10"], "Ability": ["ProcedureExecution"]}',
    '{"Areas": ["Addition"], "Scopes": ["Base10", "NumbersSmaller20"], "Abilities": ["ProcedureExecution"]}',
    '{"area": "Addition", "scope": "Base10, NumbersSmaller20", "ability": "ProcedureExecution"}',
    "{'Area': ['edu:Addition'], 'Scope': [':Base10', 'numbers smaller 20'], 'Ability': [procedure_execution]}",
    '{"Area": ["http://edugraph.io/edu/Addition"], "Scope": ["http://edugraph.io/edu#Base10",'
    ' "<http://edugraph.io/edu#NumbersSmaller20>"], "Ability": ["edu:ProcedureExecution"]}',
    'Here you are:\n```json\n{"Area": ["Addition",], "Scope": ["Base10", "NumbersSmaller20",],'
    ' "Ability": ["ProcedureExecution",],}\n```\nAnything else?',
    '<think>{"Area": ["Sum"]}</think>{"Area": ["Addition"], "Scope": ["Base10", "NumbersSmaller20"],'
    ' "Ability": ["ProcedureExecution"]}',
    '{"Area": [{"id": "Addition", "confidence": 0.9}], "Scope": [{"iri":'
    ' "http://edugraph.io/edu/Base10"}, {"label": "NumbersSmaller20"}], "Ability": [{"name": "ProcedureExecution"}]}',
    '{"Area": {"Addition": 0.9}, "Scope": {"Base10": 0.8, "NumbersSmaller20": {"confidence": 0.7}},'
    ' "Ability": {"ProcedureExecution": 1}}',
    '{"result": {"labels": {"Area": ["Addition"], "Scope": ["Base10", "NumbersSmaller20"]},'
    ' "Ability": ["ProcedureExecution"]}}',
    '{"labels": ["Addition", "Base10", "NumbersSmaller20", "ProcedureExecution"], "note": "Sum"}',
    '["Addition", "Base10", "NumbersSmaller20", "ProcedureExecution"]',
    '[{"dimension": "Area", "id": "Addition"}, {"dimension": "Scope", "id": "Base10"},'
    ' {"id": "NumbersSmaller20"}, {"id": "ProcedureExecution"}]',
    '{"Area": ["Addition", "Base10"], "Scope": ["ProcedureExecution", "NumbersSmaller20"], "Ability": []}',
    '{"Area": ["Addition", "Addition", "addition"], "Scope": ["Base10", "NumbersSmaller20"],'
    ' "Ability": ["ProcedureExecution"]}',
    '{"Area": ["Addition"]}\n{"Scope": ["Base10", "NumbersSmaller20"]}\n{"Ability": ["ProcedureExecution"]}',
    '{"edu:Area": ["Addition"], "http://edugraph.io/edu#Scope": ["Base10", "NumbersSmaller20"],'
    ' "Ability": ["ProcedureExecution"]}',
    '{"Error": null, "Area": ["Addition"], "Scope": ["Base10", "NumbersSmaller20"],'
    ' "Ability": ["ProcedureExecution"]}',
    "Area: Addition\nScope: Base10, NumbersSmaller20\nAbility: ProcedureExecution",
    "**Areas:**\n- Addition - adding numbers\n\n**Scopes:**\n1. `Base10`\n2. NumbersSmaller20 (up to 20)\n"
    "\n### Abilities:\n* ProcedureExecution: carrying it out\n\nThese labels fit the sheet.",
    {
        "Area": ["Addition"],
        "Scope": ["Base10", "NumbersSmaller20"],
        "Ability": ["ProcedureExecution"],
    },
    ["Addition", "Base10", "NumbersSmaller20", "ProcedureExecution"],
]


@pytest.mark.parametrize("answer", SAME_LABELS)
def test_the_same_labels_are_read_from_every_form(answer: Any) -> None:
    parsed = parse(answer)
    assert parsed.labels == EXPECTED
    assert parsed.rejected == parsed.retired == ()
    assert not parsed.unsupported
    assert not parsed.truncated


def test_a_cut_answer_keeps_what_is_complete() -> None:
    parsed = parse('{"Area": ["Addition"], "Scope": ["Base10", "NumbersSmaller10')
    assert parsed.labels == LabelSet(("Addition",), ("Base10",))
    assert parsed.truncated
    assert parsed.rejected == ()


def test_of_several_answers_the_last_counts() -> None:
    parsed = parse(
        'Example: {"Area": ["Sum"], "Scope": []}. Mine: {"Area": ["Addition"], "Scope": []}'
    )
    assert parsed.labels.ids == ("Addition",)


def test_unknown_terms_are_reported_as_written() -> None:
    parsed = parse('{"Area": ["Addition", "Sudoku", "Foo bar"], "Scope": ["NumbersSmaller50"]}')
    assert parsed.labels.ids == ("Addition",)
    assert parsed.rejected == ("Sudoku", "Foo bar", "NumbersSmaller50")


def test_a_very_long_unknown_term_is_shortened() -> None:
    (rejected,) = parse(json.dumps({"Area": ["x" * 5_000]})).rejected
    assert len(rejected) < 250


def test_repairs_are_reported() -> None:
    parsed = parse('{"Area": ["Additon"], "Scope": ["number line"]}')
    assert parsed.labels.ids == ("Addition", "Numberline")
    assert parsed.repaired == {"Additon": "Addition", "number line": "Numberline"}


def test_old_ids_are_mapped_or_retired_never_invented() -> None:
    parsed = parse(
        '{"Area": ["IntegerMultiplication", "FractionAddition"], "Scope": ["MetricScale"],'
        ' "Ability": ["ProcedureExecution", "Hearing"]}'
    )
    assert parsed.labels.ids == ("Multiplication", "MetricDistanceScale", "ProcedureExecution")
    assert parsed.mapped == {
        "IntegerMultiplication": "Multiplication",
        "MetricScale": "MetricDistanceScale",
    }
    assert parsed.retired == ("FractionAddition", "Hearing")
    assert parsed.rejected == ()
    assert parsed.vocabulary == "0.4.0"


def test_the_vocabulary_is_the_ontologys_unless_an_old_id_occurs() -> None:
    assert parse('{"Area": ["Addition"]}').vocabulary == "0.21.0"
    assert parse('{"Scope": ["IntegersWithZero"]}').vocabulary == "0.6.0"
    assert parse('{"Error": "UnsupportedMaterial"}').vocabulary == "0.21.0"


@pytest.mark.parametrize(
    "answer",
    [
        '{"Error": "UnsupportedMaterial"}',
        "{'error': 'unsupported_material'}",
        '```json\n{"Error": ["UnsupportedMaterial"]}\n```',
        '{"Error": {"code": "UnsupportedMaterial"}}',
        '{"errors": "Unsupported Material: a photo of a cat"}',
        '{"Error": "NotMathMaterial"}',
        '{"UnsupportedMaterial": true}',
        '{"Area": ["UnsupportedMaterial"], "Scope": [], "Ability": []}',
        '{"Area": [], "Scope": [], "Ability": [], "Error": "UnsupportedMaterial"}',
        "UnsupportedMaterial",
        'Error: "UnsupportedMaterial"',
        {"Error": "UnsupportedMaterial"},
    ],
)
def test_unsupported_material_is_an_answer(answer: Any) -> None:
    parsed = parse(answer)
    assert parsed.unsupported
    assert parsed.labels == LabelSet()
    assert parsed.rejected == ()


def test_labels_win_over_a_contradicting_error() -> None:
    parsed = parse('{"Area": ["Addition"], "Error": "UnsupportedMaterial"}')
    assert parsed.labels.ids == ("Addition",)
    assert not parsed.unsupported


def test_an_empty_set_is_an_answer() -> None:
    assert parse('{"Area": [], "Scope": [], "Ability": []}').labels == LabelSet()
    assert parse('{"Area": ["none"], "Scope": "N/A", "Ability": null}').rejected == ()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   ",
        "I cannot see any picture.",
        "The area: 12 cm by 4 cm.",
        "Area: 12 cm",
        "This sheet is about Addition and Base10.",
        "[see the picture]",
        "{}",
        '{"answer": 42}',
        '{"Error": null}',
        '{"Error": "Unsupported',  # half a word is no answer
        {},
        [],
        [1, 2, None],
    ],
)
def test_an_answer_without_labels_is_an_error(answer: Any) -> None:
    with pytest.raises(InputError, match="no EduGraph labels") as caught:
        parse(answer)
    assert caught.value.code == "no_labels"


def test_another_error_of_the_model_is_quoted() -> None:
    with pytest.raises(InputError, match='It says: "The picture is blurred'):
        parse('{"Error": "The picture is blurred"}')


def test_answers_beyond_the_limits_are_refused() -> None:
    for answer in ("x" * 200_001, json.dumps({"Area": [f"x{n}" for n in range(501)]})):
        with pytest.raises(InputError, match="too long") as caught:
            parse(answer)
        assert caught.value.code == "answer_too_long"


def test_objects_that_contain_themselves_end_the_reading() -> None:
    loop: dict[str, Any] = {"Area": ["Addition"]}
    loop["more"] = loop
    loop["Scope"] = {"Base10": loop}
    assert "Addition" in parse(loop).labels.areas


def test_parents_of_a_present_label_can_be_dropped() -> None:
    labels = make_label_set(["Arithmetic", "BaseOperations", "Addition", "Base10"], ONTOLOGY)
    assert drop_parents(labels, ONTOLOGY) == LabelSet(("Addition",), ("Base10",))
    unrelated = make_label_set(["Arithmetic", "Geometry"], ONTOLOGY)
    assert drop_parents(unrelated, ONTOLOGY) == unrelated


def test_a_label_set_is_sorted_into_dimensions_once() -> None:
    ids = ["ProcedureExecution", "Sum", "Base10", "Addition", "Sum"]
    assert make_label_set(ids, ONTOLOGY) == LabelSet(
        ("Addition", "Sum"), ("Base10",), ("ProcedureExecution",)
    )
    with pytest.raises(InputError, match="There is no concept Additon"):
        make_label_set(["Additon"], ONTOLOGY)


def check(parsed: ParsedLabels) -> None:
    for dimension, ids in zip(
        ("Area", "Scope", "Ability"),
        (parsed.labels.areas, parsed.labels.scopes, parsed.labels.abilities),
        strict=True,
    ):
        assert list(ids) == sorted(set(ids))
        assert all(ONTOLOGY[id_].dimension == dimension for id_ in ids)
    again = parse(label_object(parsed.labels))
    assert again == ParsedLabels(parsed.labels, vocabulary="0.21.0")
    assert parse(json.dumps(label_object(parsed.labels))) == again


fragments = st.sampled_from(
    [
        *('{"Area": [', '"Scopes": ["', "'abilities':", "Area: ", "\n- ", "]}", "}", "]", "[", "{"),
        *(",", '"', "'", "```json\n", "```", ":", "\n", " ", "</think>", "\\", '"Error": '),
        *("Addition", "addition", "Base10", "edu:Sum", "http://edugraph.io/edu#Hearing"),
        *(
            "IntegerAddition",
            "Additon",
            "UnsupportedMaterial",
            "NumbersSmaller",
            "id",
            "none",
            "0.5",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(fragments | st.text(max_size=5), max_size=25).map("".join))
def test_any_text_gives_labels_that_exist_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(InputError):
        check(parse(text))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(sorted(ONTOLOGY.concepts)), max_size=20))
def test_what_was_written_from_labels_is_read_back(ids: list[str]) -> None:
    labels = make_label_set(ids, ONTOLOGY)
    parsed = parse(json.dumps(label_object(labels)))
    assert parsed.labels == labels
    assert parsed.vocabulary == "0.21.0"
