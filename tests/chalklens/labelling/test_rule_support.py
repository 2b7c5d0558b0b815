"""Evidence on the page for labels that are rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.rule_support import MAX_SPANS, RULES, find_support, supports
from chalklens.types import Box, TextReading
from tests.chalklens.labelling.text_lines import rows


def read(*texts: str) -> TextReading:
    return TextReading(tuple(rows(*texts)), "test")


def found(label: str, *texts: str) -> list[str]:
    return [span.text for span in find_support(label, read(*texts))]


@pytest.mark.parametrize(
    ("label", "text", "spans"),
    [
        ("TwoOperands", "14 + 7 = ?", ["14 + 7 = ?"]),
        ("ThreeOperands", "14 + 7 = ?", []),
        ("Subtraction", "9 - 4", ["9 - 4"]),
        ("NumbersSmaller100", "14 + 37", ["37"]),
        ("NumbersSmaller10", "10 and 7", ["10"]),
        ("NumbersSmaller1000000", "405,997", ["405,997"]),
        ("NumbersLarger10", "14 + 37", ["14"]),
        ("NumbersLarger100", "14 + 37", []),
        ("NumbersWithZero", "5 - 5 = 0", ["0"]),
        ("NumbersWithNegatives", "4 | -7 | 3", ["-7"]),
        ("FractionNotation", "1/4 of 8", ["1/4"]),
        ("UnitFractions", "3/4", []),
        ("DecimalNumbers", "0.5 m", ["0.5"]),
        ("MeterScale", "0.5 m", ["m"]),
        ("Dollar", "$4", ["$"]),
        ("MeasuringTime", "at 3:45", ["3:45"]),
        ("StepsOf5", "5|10|15|20", ["5, 10, 15, 20"]),
    ],
)
def test_a_rule_shows_what_it_rests_on(label: str, text: str, spans: list[str]) -> None:
    assert found(label, text) == spans


def test_the_box_is_that_of_the_number_in_its_line() -> None:
    [span] = find_support("NumbersWithZero", read("6 - 6 = 0"))
    assert span.box == Box(80, 0, 90, 20)


def test_a_number_of_steps_is_no_evidence() -> None:
    assert found("NumbersSmaller10", "STEP 1") == []


def test_a_label_without_a_rule_has_no_evidence() -> None:
    assert not supports("Interpretation")
    assert found("Interpretation", "3 + 4") == []


def test_there_is_a_rule_for_every_range() -> None:
    assert all(supports(f"Numbers{way}{n}") for way in ("Smaller", "Larger") for n in (5, 20, 1000))


@given(st.text("0123456789+-×=?/.$ cm\n", max_size=120))
@settings(max_examples=25, deadline=None)
def test_spans_are_few_and_within_the_page(text: str) -> None:
    reading = read(*text.split("\n"))
    right = max(line.box.x1 for line in reading.lines)
    for label in [*RULES, "NumbersSmaller20", "NumbersLarger20"]:
        spans = find_support(label, reading)
        assert len(spans) <= MAX_SPANS
        assert all(0 <= span.box.x0 <= span.box.x1 <= right for span in spans)
