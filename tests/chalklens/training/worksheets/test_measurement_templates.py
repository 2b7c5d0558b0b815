"""Templates about measuring: the rules are kept, quantities and units agree with the labels."""

import random
import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.measurement_length import write_quarters
from chalklens.training.worksheets.measurement_plots import choose_series, write_mixed
from chalklens.training.worksheets.measurement_stories import choose_operands, write_number
from chalklens.training.worksheets.measurement_units import RELATIONS, plural_of
from chalklens.training.worksheets.sheet import render_sheet
from chalklens.training.worksheets.story_patterns import STORIES
from chalklens.training.worksheets.templates import TEMPLATES

NAMES = [n for n in catalogue.names() if ".measurement_" in TEMPLATES[n].__module__]


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_measuring_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(3))


@pytest.mark.parametrize("name", NAMES)
def test_a_measurement_sheet_is_painted_the_same_from_one_seed(name: str) -> None:
    sheet = render_sheet(name, 3)
    assert sheet.picture.size == sheet.size_px
    assert sheet.picture.tobytes() == render_sheet(name, 3).picture.tobytes()


def test_there_are_many_templates_about_measuring() -> None:
    assert len(NAMES) >= 24


@settings(max_examples=60)
@given(
    st.integers(0, 10_000),
    st.sampled_from("+−×÷"),
    st.sampled_from(("integer", "decimal", "fraction")),
)
def test_operands_of_a_story_give_its_result(seed: int, sign: str, kind: str) -> None:
    first, second, result = choose_operands(random.Random(seed), sign, kind)
    worked = {
        "+": first + second,
        "−": first - second,
        "×": first * second,
        "÷": first / second,
    }[sign]
    assert worked == result
    assert min(first, second, result) > 0
    counts = {"×": [first], "÷": [second]}.get(sign, [])
    assert all(count.denominator == 1 and count >= 2 for count in counts)


@pytest.mark.parametrize(
    ("value", "kind", "money", "text"),
    [
        (Fraction(13, 10), "decimal", False, "1.3"),
        (Fraction(13, 10), "decimal", True, "$1.30"),
        (Fraction(7, 4), "fraction", False, "1 3/4"),
        (Fraction(3, 8), "fraction", True, "3/8 of a dollar"),
        (Fraction(12), "integer", False, "12"),
        (Fraction(12), "integer", True, "$12"),
    ],
)
def test_a_number_is_written_as_its_kind(
    value: Fraction, kind: str, money: bool, text: str
) -> None:
    assert write_number(value, kind, money=money) == text


def test_a_story_names_the_operation_the_number_and_the_quantity_it_uses() -> None:
    for seed in range(50):
        sheet = render_sheet("measured_story", seed)
        equation = re.search(r"\S+ ?\w* ([+−×÷]) [$\d]", sheet.text)
        if equation:
            area = {"+": "Addition", "−": "Subtraction", "×": "Multiplication", "÷": "Division"}
            assert area[equation[1]] in sheet.labels
        assert ("DecimalNumbers" in sheet.labels) == bool(re.search(r"\d\.\d", sheet.text))
        assert ("Dollar" in sheet.labels) == bool(re.search(r"\$|dollar", sheet.text))
        assert ("LiquidVolumes" in sheet.labels) == ("liters" in sheet.text)


def test_every_quantity_has_stories_for_every_operation() -> None:
    for patterns in STORIES.values():
        assert set(patterns) == set("+−×÷")
        for wordings in patterns.values():
            assert len(wordings) >= 5
            assert all("{a}" in wording and "{b}" in wording for wording in wordings)


def test_a_conversion_gives_the_factor_times_the_amount() -> None:
    short = {relation.short: relation for relation in RELATIONS}
    checked = 0
    for seed in range(90):
        sheet = render_sheet("unit_converting", seed)
        if sheet.solution:
            for count, large, small, unit in re.findall(
                r"^(\d+) (\w+) = ([\d,]+) (\w+)$", sheet.text, re.MULTILINE
            ):
                if (large, unit) in short:
                    assert int(count) * short[large, unit].factor == int(small.replace(",", ""))
                    checked += 1
    assert checked >= 5


def test_factors_of_ten_are_magnitude_scaling_and_others_are_not() -> None:
    for relation in RELATIONS:
        assert ("UnitMagnitudeScaling" in relation.ids) == (relation.factor in (100, 1000))
        assert ("UnitFactorScaling" in relation.ids) == (relation.factor in (12, 16, 60))
    assert plural_of("foot") == "feet"
    assert plural_of("liter") == "liters"


@pytest.mark.parametrize(
    ("quarters", "text"), [(1, "¼"), (4, "1"), (6, "1½"), (11, "2¾"), (32, "8")]
)
def test_quarters_are_written_as_mixed_numbers(quarters: int, text: str) -> None:
    assert write_quarters(quarters) == text
    assert write_mixed(Fraction(quarters, 4)) == text


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from((1, 4, 8)))
def test_measured_values_lie_on_ticks_of_the_line(seed: int, parts: int) -> None:
    series = choose_series(random.Random(seed), parts)
    assert {value for _, value in series.values} <= set(series.ticks)
    assert ("IntegerNumbers" in series.labels) == (parts == 1)


def test_a_short_ruler_gives_a_range_and_a_long_one_does_not() -> None:
    for seed in range(60):
        sheet = render_sheet("length_drawing", seed)
        ranges = {label for label in sheet.labels if label.startswith("NumbersSmaller")}
        numbers = {int(n) for n in re.findall(r"\b\d+\b", sheet.text)}
        if 100 in numbers or {45, 50} <= numbers:
            assert not ranges
        else:
            assert ranges in ({"NumbersSmaller10"}, {"NumbersSmaller20"})


def test_the_word_asked_for_is_the_direction_in_the_labels() -> None:
    for seed in range(40):
        sheet = render_sheet("compare_lengths", seed)
        text = re.sub("longer and shorter", "", sheet.text, flags=re.IGNORECASE)
        less = bool(re.search(r"shorter|of less", text))
        assert less == ("Less" in sheet.labels)
