"""Training rows: what is written is read again, what is no row is refused with its line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from chalklens.training.data.rows import (
    MAX_LINE_BYTES,
    Message,
    Part,
    TrainingRow,
    decode_line,
    parse_row,
    read_rows,
    read_schema,
    to_json,
)


def make_row(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "a-1",
        "images": ["pictures/a.png"],
        "videos": [],
        "messages": [
            {
                "role": "user",
                "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "A tree."}]},
        ],
        "split": "train",
        "source": "test",
    }
    return {**row, **changes}


def say(role: str, *parts: Any) -> dict[str, Any]:
    return {
        "role": role,
        "content": [{"type": "text", "text": p} if isinstance(p, str) else p for p in parts],
    }


IMAGE = {"type": "image"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TURNS = st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 2)), min_size=1, max_size=3)


@st.composite
def training_rows(draw: st.DrawFn) -> TrainingRow:
    messages: list[Message] = []
    pictures = 0
    for question, answer, shown in draw(TURNS):
        pictures += shown
        parts = (*(Part("image") for _ in range(shown)), Part("text", question))
        messages += [Message("user", parts), Message("assistant", (Part("text", answer),))]
    if draw(st.booleans()):
        messages.insert(0, Message("system", (Part("text", draw(TEXTS)),)))
    paths = tuple(draw(st.lists(TEXTS, min_size=pictures, max_size=pictures)))
    labels = tuple(draw(st.lists(TEXTS, max_size=3, unique=True)))
    return TrainingRow(draw(TEXTS), paths, tuple(messages), "val", draw(TEXTS), labels=labels)


@settings(max_examples=40, deadline=None)
@given(training_rows())
def test_a_row_survives_being_written_and_read(row: TrainingRow):
    line = json.dumps(to_json(row)).encode()
    assert parse_row(decode_line(line)) == row


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def refusal(call: Callable[[], Any]) -> InputError | None:
    try:
        call()
    except InputError as error:
        return error
    return None


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(make_row())), JSON_VALUES)
def test_any_json_value_is_a_row_or_an_error_that_says_why(field: str, value: Any):
    error = refusal(lambda: parse_row(make_row(**{field: value})))
    assert error is None or (error.code == "not_a_row" and 0 < len(error.message) < 500)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_an_error_that_says_why(line: bytes):
    error = refusal(lambda: decode_line(line))
    assert error is None or error.code in ("not_utf8", "not_json")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "test"}, "split: 'test' is not one of"),
        ({"images": []}, "1 places for images, but 0 files"),
        ({"images": ["a", "b"]}, "1 places for images, but 2 files"),
        ({"messages": [say("user", "Who?", IMAGE), say("assistant", "I.", IMAGE)]}, "2 places"),
        ({"messages": [say("user", "Who?"), say("assistant", IMAGE)]}, "an answer cannot hold"),
        ({"messages": [say("assistant", "I."), say("user", IMAGE)]}, "begins with a question"),
        (
            {"messages": [say("user", IMAGE), say("system", "x"), say("assistant", "y")]},
            "stands first or nowhere",
        ),
        ({"messages": [say("user", IMAGE, ""), say("assistant", "y")]}, "messages[0].content[1]"),
        ({"note": "more"}, "'note' was unexpected"),
    ],
)
def test_what_is_no_row_is_refused_with_the_reason(changes: dict[str, Any], message: str):
    with pytest.raises(InputError) as caught:
        parse_row(make_row(**changes))
    assert message in caught.value.message


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path):
    file = tmp_path / "rows.jsonl"
    rows = [make_row(), make_row(id="b", images=["/elsewhere/b.png"])]
    file.write_text("\n\n".join(map(json.dumps, rows)), "utf-8")
    first, second = read_rows(file)
    assert first.images == (str(tmp_path / "pictures/a.png"),)
    assert second.images == ("/elsewhere/b.png",)
    assert first.messages[0].content == (Part("image"), Part("text", "What is it?"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id" 3}', "line 2: This is not JSON (column 7)."),
        (b'{"id": "\xff"}', "line 2: Byte 9 is not UTF-8."),
        (b'{"id": NaN}', "line 2: This is not JSON."),
        (b'{"id": "\\ud800"}', "line 2: This is not JSON."),
        (b"[" * 100_000, "line 2: This is nested too deeply."),
        (b"[]", "line 2: the row: [] is not of type 'object'."),
        (b'"' + b"x" * (MAX_LINE_BYTES + 9) + b'"', "line 2: The line is over 4 MiB."),
    ],
    ids=["cut off", "latin-1", "nan", "surrogate", "deep", "list", "huge"],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: bytes, message: str):
    file = tmp_path / "rows.jsonl"
    file.write_bytes(json.dumps(make_row()).encode() + b"\n" + line + b"\n")
    with pytest.raises(InputError) as caught:
        list(read_rows(file))
    assert message in caught.value.message
    assert "chalklens data check" in caught.value.hint


def test_a_missing_file_is_an_error_for_people(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(read_rows(tmp_path / "rows.jsonl"))


def test_the_schema_is_a_valid_schema():
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(read_schema()))
