import csv
import io
import json
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalklens.errors import MediaError
from retrieval.loaders.csv_tables import load_csv
from retrieval.loaders.json_records import load_json, load_json_lines
from retrieval.loaders.limits import LoadLimits

LIMITS = LoadLimits()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_say_which_column_a_cell_is_in(delimiter: str) -> None:
    text = "name,born,city\nAda,1815,London\nBob,,Rome\n".replace(",", delimiter)
    assert load_csv(text, ".csv", LIMITS).text == (
        "name: Ada | born: 1815 | city: London\nname: Bob | city: Rome"
    )


def test_rows_without_names_are_plain() -> None:
    assert load_csv("1,2\n3,4\n", ".csv", LIMITS).text == "| 1 | 2 |\n| 3 | 4 |"
    assert load_csv("one line only,yes\n", ".csv", LIMITS).text == "| one line only | yes |"


def test_quoted_cells_keep_their_delimiters_and_lose_their_line_ends() -> None:
    text = 'title,text\r\nA,"one, two\r\nthree ""four"""\r\n'
    assert load_csv(text, ".csv", LIMITS).text == 'title: A | text: one, two three "four"'


def test_the_delimiter_a_spreadsheet_states_is_taken() -> None:
    assert load_csv("sep=;\na;b\n1,5;2\n", ".csv", LIMITS).text == "a: 1,5 | b: 2"


def test_cells_beyond_the_named_columns_are_kept() -> None:
    assert load_csv("a,b\n1,2,3\n", ".csv", LIMITS).text == "a: 1 | b: 2 | 3"


def test_the_number_of_rows_has_a_limit() -> None:
    with pytest.raises(MediaError, match="more than 2 rows"):
        load_csv("a,b\n" + "1,2\n" * 3, ".csv", LoadLimits(rows=2))


CELLS = st.text('ab,;"\n\t|\r 1', max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=2, max_size=5))
def test_every_cell_below_the_first_row_is_found(rows: list[list[str]]) -> None:
    assume(any(cell.strip() for cell in rows[0]))  # an empty row is none: the next may hold names
    written = io.StringIO()
    csv.writer(written, delimiter="\t").writerows(rows)
    shown = load_csv(written.getvalue(), ".tsv", LIMITS).text.replace("\\|", "|")
    cells = (" ".join(cell.split()) for row in rows[1:] for cell in row)
    assert all(cell in shown for cell in cells)


def test_json_values_come_with_the_way_to_them() -> None:
    value = {"book": {"title": "检索", "tags": ["a", "b"], "read": True}, "empty": "", "none": None}
    assert load_json(json.dumps(value), LIMITS).text == (
        "book.title: 检索\nbook.tags: a, b\nbook.read: true"
    )


def test_records_are_paragraphs() -> None:
    assert load_json('[{"a": 1}, {"a": [{"b": 2}, 3]}]', LIMITS).text == "a: 1\n\na.b: 2\na: 3"
    assert load_json_lines('{"a": 1}\n\nno json\n7\n', LIMITS).text == "a: 1\n\nno json\n\n7"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ', "{'a': 1}", "1" * 5000, "{}x"])
def test_what_cannot_be_parsed_is_text(text: str) -> None:
    assert load_json(text, LIMITS).text.strip() == text.strip()


def test_a_lone_surrogate_is_replaced() -> None:
    assert load_json('{"a": "\\ud800"}', LIMITS).text == "a: \ufffd"


def test_the_number_of_records_has_a_limit() -> None:
    with pytest.raises(MediaError, match="more than 2 records"):
        load_json_lines("1\n2\n3\n", LoadLimits(rows=2))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc中", max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("xyz"), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_every_word_of_a_json_file_is_found(value: Any) -> None:
    shown = load_json(json.dumps(value), LIMITS).text
    assert all(word in shown for word in list_words(value))


def list_words(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return [word for item in cast("list[Any]", value) for word in list_words(item)]
    return [value] if isinstance(value, str) else []
