import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.agents.manager import read_zooms
from chalklens.agents.structured import (
    UnusableAnswer,
    flag,
    read_object,
    text,
    texts,
    whole_number,
)
from chalklens.types import FinishReason, Generation, Picture

PICTURE = Picture("a", "", "image/png", 400, 200, bytes(24), 4, 2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(["queries", "zooms", "picture", "box", "answer"])


def generation(answer: str, reason: FinishReason = "stop") -> Generation:
    return Generation(answer, (1, 2, 3), reason, 1, "fake")


@pytest.mark.parametrize("answer", ['{"a": 1}', '```json\n{"a": 1}\n```', ' {"a": 1} '])
def test_an_object_is_read_from_a_code_fence_too(answer: str) -> None:
    assert read_object(generation(answer)) == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "reason", "told"),
    [
        ("", "stop", "returned nothing"),
        ("``````", "stop", "returned nothing"),
        ("[1]", "stop", "no object"),
        ('{"a', "stop", "broken"),
        ('{"a', "length", "cut off at 3 tokens"),
        ('{"a', "loop", "repeated itself"),
        ('{"a": ' + "[" * 100_000, "stop", "broken"),
        ('{"a": ' + "9" * 10_000 + "}", "stop", "broken"),
    ],
)
def test_why_there_is_no_object_is_told(answer: str, reason: FinishReason, told: str) -> None:
    with pytest.raises(UnusableAnswer, match=told):
        read_object(generation(answer, reason))


@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_an_object_or_unusable(answer: str) -> None:
    try:
        found = read_object(generation(answer))
    except UnusableAnswer:
        return
    assert json.loads(answer, strict=False) == found or "NaN" in answer


@given(st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON), max_size=4)))
@settings(max_examples=25)
def test_members_of_any_object_come_bounded_and_typed(found: dict[str, Any]) -> None:
    queries = texts(found, "queries", 4, 10)
    assert len(queries) <= 4
    assert all(0 < len(query) <= 10 for query in queries)
    assert len(text(found, "answer", 10)) <= 10
    assert flag(found, "answer", default=True) in (True, False)
    assert whole_number(found.get("picture")) is None or isinstance(
        found["picture"], int | float | str
    )
    assert len(read_zooms(found, [PICTURE])) <= 3
