"""Mistakes like the reader's."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.training.worksheets.reader_noise import (
    MISSED_RATE,
    MISSED_SHORT_RATE,
    SIGN_RATE,
    SIMILAR,
    SPACE_RATE,
    add_reader_noise,
)
from chalklens.types import TextReading
from tests.chalklens.labelling.sheets import make_reading

LINES = 4000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("a 05×÷½…"), min_size=1, max_size=9)), st.integers())
def test_no_line_becomes_empty_and_at_least_one_is_left(lines: list[str], seed: int) -> None:
    reading = make_reading("\n".join(lines))
    found = add_reader_noise(reading, random.Random(seed))
    assert all(line.text for line in found.lines)
    assert bool(found.lines) == bool(reading.lines)
    assert found.reader == reading.reader


def test_the_same_seed_makes_the_same_mistakes() -> None:
    reading = make_reading("3 × 5 = 15\n" * 50)
    assert add_reader_noise(reading, random.Random(4)) == add_reader_noise(
        reading, random.Random(4)
    )


def test_text_without_confusable_signs_keeps_its_letters() -> None:
    found = add_reader_noise(make_reading("count the apples"), random.Random(0))
    assert found.text.replace(" ", "") == "counttheapples"


@pytest.mark.parametrize(
    ("line", "rate"),
    [("7", MISSED_SHORT_RATE), ("12", MISSED_SHORT_RATE), ("count", MISSED_RATE)],
)
def test_short_lines_are_missed_more_often_than_long_ones(line: str, rate: float) -> None:
    found = noisy(line)
    assert 1 - len(found.lines) / LINES == pytest.approx(rate, abs=0.02)


@pytest.mark.parametrize("sign", sorted(SIMILAR))
def test_signs_are_taken_for_similar_ones_at_their_rate(sign: str) -> None:
    texts = [line.text for line in noisy(f"aaa{sign}").lines]
    mistaken = [text[3:] for text in texts if text != f"aaa{sign}"]
    assert len(mistaken) / len(texts) == pytest.approx(SIGN_RATE, abs=0.02)
    assert set(mistaken) <= set(SIMILAR[sign])


@pytest.mark.parametrize(("sign", "written_out"), [("½", "1/2"), ("…", "...")])
def test_a_sign_that_is_written_out_is_written_out_as_a_whole(sign: str, written_out: str) -> None:
    mistaken = {line.text for line in noisy(f"aaa{sign}").lines} - {f"aaa{sign}"}
    assert mistaken == {f"aaa{written_out}"}


def test_spaces_are_lost_at_their_rate() -> None:
    texts = [line.text for line in noisy("aa aa").lines]
    assert texts.count("aaaa") / len(texts) == pytest.approx(SPACE_RATE, abs=0.01)


def noisy(line: str) -> TextReading:
    return add_reader_noise(make_reading(f"{line}\n" * LINES), random.Random(1))
