from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from chalklens.types import SearchFilter, SearchRequest
from retrieval.query import MAX_CHARACTERS, Query, find_script, parse_query


def parse(text: str, **where: object) -> Query:
    return parse_query(SearchRequest(text, filter=SearchFilter(**where)))  # type: ignore[arg-type]


def test_a_plain_question_stays_as_it_is() -> None:
    query = parse("What is a unit fraction?")
    assert query == Query("What is a unit fraction?", (), SearchFilter(), "latin")


@pytest.mark.parametrize(
    "text",
    [
        'find "unit fraction" now',
        "find “unit fraction” now",
        "find 「unit fraction」 now",
        "find 『unit fraction』 now",
        "find «unit fraction» now",
    ],
)
def test_quotes_of_all_kinds_mark_a_phrase(text: str) -> None:
    query = parse(text)
    assert query.phrases == ("unit fraction",)
    assert query.text == "find unit fraction now"


def test_punctuation_at_the_edge_of_a_phrase_is_not_asked_for() -> None:
    assert parse('who were "the Methodists?"').phrases == ("the Methodists",)


def test_inches_are_no_quotes() -> None:
    assert parse('a 5" pipe and a 3" valve').phrases == ()


def test_quotes_around_nothing_are_no_phrase() -> None:
    assert parse('hello "" "?"').phrases == ()


def test_the_quotes_of_a_pasted_text_are_somebodys_speech() -> None:
    assert parse("word " * 70 + '"a phrase"').phrases == ()


def test_fields_narrow_the_filter_and_are_told() -> None:
    query = parse('limits source:calculus.pdf page:10-40 tag:grade2 collection:"my books"')
    assert query.text == "limits"
    assert query.filter == SearchFilter(
        collections=("my books",),
        sources=("*calculus.pdf*",),
        first_page=10,
        last_page=40,
        tags=("grade2",),
    )
    assert query.notes[0] == "Read as a filter: source:calculus.pdf"


def test_a_pattern_in_source_is_taken_as_it_is() -> None:
    assert parse("x source:guides/*.md").filter.sources == ("guides/*.md",)


def test_dates_begin_in_utc_and_before_leaves_the_day_out() -> None:
    found = parse("news after:2024-03 before:2024-04-02").filter
    assert found.modified_from == datetime(2024, 3, 1, tzinfo=UTC).timestamp()
    assert found.modified_to is not None
    end = datetime(2024, 4, 2, tzinfo=UTC).timestamp()
    assert end - 1 < found.modified_to < end


@pytest.mark.parametrize(
    "text",
    ["page:abc", "page:0", "after:soon", "before:2024-13", "css ::before:after", "a source: note"],
)
def test_what_is_no_filter_stays_part_of_the_question(text: str) -> None:
    query = parse(f"what does {text} mean")
    assert query.text == f"what does {text} mean"
    assert query.filter == SearchFilter()
    assert query.notes == ()


def test_typed_and_given_filters_hold_together() -> None:
    query = parse("x page:3-9 tag:b", first_page=5, last_page=20, tags=("a",))
    assert (query.filter.first_page, query.filter.last_page) == (5, 9)
    assert query.filter.tags == ("a", "b")


@pytest.mark.parametrize("field", ["source", "collection"])
def test_a_field_named_twice_over_is_refused(field: str) -> None:
    with pytest.raises(InputError, match=f"names a {field}"):
        parse(f"x {field}:a", **{f"{field}s": ("b",)})


def test_a_range_that_holds_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="ends before it begins"):
        parse("x page:9-3")


@pytest.mark.parametrize("text", ["", "  \n", '""', "\x00"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="nothing to search for"):
        parse(text)


def test_filters_alone_are_refused() -> None:
    with pytest.raises(InputError, match="but filters"):
        parse("page:3")


def test_a_question_that_is_too_long_is_refused() -> None:
    with pytest.raises(InputError, match=str(MAX_CHARACTERS)):
        parse("x" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("unit fraction", "latin"),
        ("三角形的面积", "cjk"),
        ("BM25 检索怎么使用", "cjk"),
        ("how does jieba cut 中国", "latin"),
        ("что такое дробь", "other"),
        ("42 ?", "latin"),
    ],
)
def test_the_script_of_most_words_counts(text: str, script: str) -> None:
    assert find_script(text) == script


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused_with_a_hint(text: str) -> None:
    try:
        said = parse(text).text
    except InputError as error:
        said = error.hint
    assert said.encode("utf-8")
    assert "\x00" not in said
