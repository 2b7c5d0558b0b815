"""Read text against printed words."""

import pytest

from chalklens.evaluation.reading import compare, split_words


def test_words_are_compared_as_a_multiset_over_all_pages() -> None:
    pairs = [("3 + 4 = 7", "3 + 4 = 1 7"), ("the the clock", "The clock")]
    recall, precision = compare(pairs, split_words)
    assert recall == pytest.approx(5 / 6)  # one "the" is missing
    assert precision == pytest.approx(5 / 6)  # "1" was never there


def test_tokens_keep_signs_and_case() -> None:
    recall, precision = compare([("3 + 4 = 7", "3+4 = 7")], str.split)
    assert recall == pytest.approx(2 / 5)
    assert precision == pytest.approx(2 / 3)


def test_blank_pages_divide_by_nothing() -> None:
    assert compare([("", "")], split_words) == (0.0, 0.0)


def test_signs_are_no_words() -> None:
    assert split_words("Half-past 3:30 □") == ["half", "past", "3", "30"]
