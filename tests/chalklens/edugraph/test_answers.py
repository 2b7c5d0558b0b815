import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.edugraph.answers import MAX_DEPTH, read_values

VALUES: list[tuple[str, list[Any]]] = [
    ('{"Area": ["A", "B"]}', [{"Area": ["A", "B"]}]),
    ('Sure:\n```json\n{"Area": ["A",],}\n```\nDone.', [{"Area": ["A"]}]),
    ("{'Area': ['A'], 'x': None}", [{"Area": ["A"], "x": None}]),
    ("{Area: [A, B], Scope: C}", [{"Area": ["A", "B"], "Scope": "C"}]),
    ('{"Area": ["A", // a note, "B"\n "C"]}', [{"Area": ["A", "C"]}]),
    ("{“Area”: [“A”]}", [{"Area": ["A"]}]),
    ('{"Area": {"A", "B"}}', [{"Area": {"A": None, "B": None}}]),
    ('{"a": 1.5, "b": true, "c": null}', [{"a": 1.5, "b": True, "c": None}]),
    ('{"Area": ["A" "B"]}', [{"Area": ["A", "B"]}]),
    ("[http://edugraph.io/edu#A, edu:B, :C]", [["http://edugraph.io/edu#A", "edu:B", "C"]]),
    ('{"a": []} and {"b": []}', [{"a": []}, {"b": []}]),
    ('{"a": "\\u00e9 \\ud800"}', [{"a": "é ?"}]),
    ("it's {not} one", [{"not": None}]),
    ("no values here", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "values"), VALUES)
def test_untidy_answers_are_read(text: str, values: list[Any]) -> None:
    answer = read_values(text)
    assert answer.values == values
    assert not answer.truncated


CUT_OFF: list[tuple[str, list[Any]]] = [
    ('{"Area": ["A", "NumbersSmaller10', [{"Area": ["A"]}]),
    ('{"Area": ["A", NumbersSmaller10', [{"Area": ["A"]}]),
    ('{"Area": ["A", "B"', [{"Area": ["A", "B"]}]),
    ('{"Area": ["A"], "Sco', [{"Area": ["A"]}]),
    ('{"Area": ["A"], "Scope":', [{"Area": ["A"]}]),
    ('{"Area": ["A", "Sub\n```', [{"Area": ["A"]}]),
    ("{", [{}]),
]


@pytest.mark.parametrize(("text", "values"), CUT_OFF)
def test_what_is_cut_off_is_dropped_and_said(text: str, values: list[Any]) -> None:
    answer = read_values(text)
    assert answer.values == values
    assert answer.truncated


def test_a_list_that_is_never_closed_ends_with_its_object() -> None:
    assert read_values('{"Area": ["A"}, {"Scope": ["B"]}').values == [
        {"Area": ["A"]},
        {"Scope": ["B"]},
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[{" * 100_000])
def test_deep_nesting_ends_the_reading(text: str) -> None:
    value: Any = read_values(text).values[0]
    depth = 0
    while value:
        value = value[0] if value.__class__ is list else next(iter(value.values()))
        depth += 1
    assert depth <= MAX_DEPTH


json_values = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=6), json_values, max_size=4))
def test_valid_json_is_read_as_json(value: dict[str, Any]) -> None:
    assert read_values(json.dumps(value)).values == [value]


@settings(max_examples=150, deadline=None)
@given(st.text("{}[]:,\"'“” \n\\/ab1`", max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_values(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["Addition", "Base10", "Sum"]), min_size=1), st.data())
def test_a_cut_never_yields_an_id_that_was_not_there(ids: list[str], data: st.DataObject) -> None:
    text = json.dumps({"Area": ids})
    cut = text[: data.draw(st.integers(0, len(text)))]
    for value in read_values(cut).values:
        assert set(value.get("Area", [])) <= set(ids)
