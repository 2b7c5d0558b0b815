"""Records from files: bounded, and every fault with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from chalklens.training.data.candidates import Fault
from chalklens.training.data.lines import read_records, read_table
from chalklens.training.data.rows import MAX_LINE_BYTES
from tests.chalklens.training.data.conversions import faults, write_lines

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=4)
ON_ONE_FOLDER = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@ON_ONE_FOLDER
@given(OBJECTS, st.booleans(), st.sampled_from([None, 1]), st.sampled_from(["", "\ufeff", "\n "]))
def test_a_list_and_lines_give_the_same_records(
    tmp_path: Path, objects: list[Any], escape: bool, indent: int | None, before: str
):
    listed, lines = tmp_path / "a.json", tmp_path / "a.jsonl"
    listed.write_text(before + json.dumps(objects, ensure_ascii=escape, indent=indent), "utf-8")
    lines.write_text("".join(json.dumps(o, ensure_ascii=escape) + "\n" for o in objects), "utf-8")
    assert list(read_records(listed)) == [(f"item {n}", o) for n, o in enumerate(objects, 1)]
    assert list(read_records(lines)) == [(f"line {n}", o) for n, o in enumerate(objects, 1)]


@ON_ONE_FOLDER
@given(st.binary(max_size=80) | st.text(' [{"a":1,}]\n', max_size=40).map(str.encode))
def test_any_bytes_give_records_and_faults_and_an_end(tmp_path: Path, data: bytes):
    file = tmp_path / "any"
    file.write_bytes(data)
    for found in read_records(file):
        assert isinstance(found, Fault) or isinstance(found[1], dict)


@ON_ONE_FOLDER
@given(st.binary(max_size=80) | st.text('ab,"\n\r', max_size=40).map(str.encode))
def test_any_bytes_are_a_table_or_lack_a_header(tmp_path: Path, data: bytes):
    file = tmp_path / "any.csv"
    file.write_bytes(data)
    try:
        found = list(read_table(file))
    except InputError as error:
        found = []
        assert "header" in error.message  # noqa: PT017 - other errors must get through
    assert all(isinstance(f, Fault) or None not in f[1] for f in found)


def test_a_bad_line_costs_only_itself(tmp_path: Path):
    rows: list[Any] = [{"a": 1}, b"{", b"\xff{}", b"[1]", b'"x"', {"a": 2}]
    rows.insert(3, b'{"a": "' + b"x" * MAX_LINE_BYTES + b'"}')
    file = write_lines(tmp_path / "rows.jsonl", rows)
    found = list(read_records(file))
    assert faults(f for f in found if isinstance(f, Fault)) == [
        ("line 2", "not_json"),
        ("line 3", "not_utf8"),
        ("line 4", "line_too_long"),
        ("line 5", "not_a_record"),
        ("line 6", "not_a_record"),
    ]
    assert [f for f in found if not isinstance(f, Fault)] == [
        ("line 1", {"a": 1}),
        ("line 7", {"a": 2}),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'[{"a": 1}, {"b": ', [("item 2", "not_json"), ("after item 2", "not_json")]),
        (b'[{"a": 1} {"b": 2}]', [("after item 1", "not_json")]),
        (b'[{"a": 1}, 7, {"b": NaN}]', [("item 2", "not_a_record"), ("item 3", "not_json")]),
        (b'[{"a": 1}, {"b": "\xff"}, {}]', [("item 2", "not_utf8"), ("after item 2", "not_json")]),
        (b'[{"a": 1}', [("after item 1", "not_json")]),
    ],
    ids=["cut off", "no comma", "numbers", "latin-1", "no end"],
)
def test_a_list_that_breaks_says_where(tmp_path: Path, text: bytes, expected: list[Any]):
    file = tmp_path / "list.json"
    file.write_bytes(text)
    found = list(read_records(file))
    assert found[0] == ("item 1", {"a": 1})
    assert faults(f for f in found if isinstance(f, Fault)) == expected


def test_an_item_without_end_is_not_held(tmp_path: Path):
    file = tmp_path / "list.json"
    file.write_bytes(b'[{"a": 1}, {"b": "' + b"x" * (2 * MAX_LINE_BYTES))
    found = list(read_records(file))
    assert [f.reason for f in found if isinstance(f, Fault)] == ["line_too_long", "not_json"]


def test_cells_may_hold_line_ends_and_commas(tmp_path: Path):
    file = tmp_path / "table.csv"
    file.write_bytes(b'\xef\xbb\xbfimage, caption\r\na.png,"One, two\nthree"\r\n\nb.png,Four\r\n')
    assert list(read_table(file)) == [
        ("lines 2 to 3", {"image": "a.png", "caption": "One, two\nthree"}),
        ("line 5", {"image": "b.png", "caption": "Four"}),
    ]


def test_bad_lines_of_a_table_cost_only_themselves(tmp_path: Path):
    long = b"c.png," + b"x" * MAX_LINE_BYTES
    lines = [b"image,caption", b"a.png,\xff", b"b.png", long, b"d.png,Four"]
    file = write_lines(tmp_path / "table.csv", lines)
    assert list(read_table(file)) == [
        Fault("line 2", "not_utf8"),
        Fault("line 3", "not_a_record", "1 cells under 2 columns"),
        Fault("line 4", "line_too_long"),
        ("line 5", {"image": "d.png", "caption": "Four"}),
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_cells_are_parted_as_the_header_is(tmp_path: Path, sign: str):
    file = tmp_path / "table.csv"
    file.write_text(f'image{sign}caption\na.png{sign}"One{sign} 5"" two"\n', "utf-8")
    assert list(read_table(file)) == [
        ("line 2", {"image": "a.png", "caption": f'One{sign} 5" two'})
    ]


@pytest.mark.parametrize("end", ["", 'c.png,"Three"\n'], ids=["never", "by the next one"])
def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(tmp_path: Path, end: str):
    file = tmp_path / "table.csv"
    file.write_text(f'image,caption\na.png,"One\nb.png,Two\n{end}', "utf-8")
    [fault] = read_table(file)
    assert isinstance(fault, Fault)
    assert (fault.place, fault.reason) == (f"lines 2 to {4 if end else 3}", "not_a_record")
    assert "quotation mark" in fault.detail


def test_a_table_without_a_header_is_refused(tmp_path: Path):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match="no header line"):
        list(read_table(tmp_path / "empty.csv"))
