import pytest

from retrieval.phrases import has_phrases


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("The Mean\n value theorem", "mean value"),
        ("ｍｅａｎ value", "mean value"),
        ("求三角形的面积。", "三角形"),
        ("Newton’s law", "newton's law"),
        ("use C++ here", "c++"),
    ],
)
def test_a_phrase_is_found_whatever_its_case_width_and_line_breaks(text: str, phrase: str) -> None:
    assert has_phrases(text, [phrase])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [("start here", "art"), ("mean values", "mean value"), ("value mean", "mean value"), ("", "a")],
)
def test_a_part_of_a_word_or_another_order_is_not_the_phrase(text: str, phrase: str) -> None:
    assert not has_phrases(text, [phrase])


def test_all_phrases_have_to_be_there() -> None:
    assert has_phrases("one half of one", ["one half", "of one"])
    assert not has_phrases("one half of one", ["one half", "two"])


def test_without_phrases_every_text_will_do() -> None:
    assert has_phrases("", ())
