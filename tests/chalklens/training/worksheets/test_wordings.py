"""Patterns of sentences, and numbers in words."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.training.worksheets.wordings import name_number, vary


def test_a_pattern_gives_each_of_its_sentences() -> None:
    rng = random.Random(1)
    found = {
        vary(rng, "[find|work out] the [sum|[exact|right] answer][| now].") for _ in range(300)
    }
    assert len(found) == 12
    assert "Work out the exact answer now." in found
    assert "Find the sum." in found


def test_a_sentence_begins_with_a_capital_and_has_single_spaces() -> None:
    assert vary(random.Random(0), "[|]count  [|]on.") == "Count on."


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (15, "fifteen"),
        (40, "forty"),
        (342, "three hundred forty-two"),
        (905, "nine hundred five"),
        (70_011, "seventy thousand eleven"),
        (197_038, "one hundred ninety-seven thousand thirty-eight"),
    ],
)
def test_numbers_have_their_names(number: int, words: str) -> None:
    assert name_number(number) == words


@given(st.integers(0, 999_999), st.integers(0, 999_999))
@settings(max_examples=60, deadline=None)
def test_two_numbers_never_share_a_name(first: int, second: int) -> None:
    assert (name_number(first) == name_number(second)) == (first == second)
    assert re.fullmatch(r"[a-z]+([ -][a-z]+)*", name_number(first))


def test_a_million_has_no_name_here() -> None:
    with pytest.raises(ValueError, match="999,999"):
        name_number(1_000_000)
