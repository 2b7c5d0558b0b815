"""Templates about numbers: every sheet keeps the rules, and the labels fit what is printed."""

import re
from collections.abc import Callable

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.sheet import render_sheet

NAMES = [name for name in catalogue.names() if name.startswith("numbers_")]


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_numbers_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(6))


def test_there_are_many_templates_about_numbers() -> None:
    assert len(NAMES) >= 25


@pytest.mark.parametrize("seed", range(20))
def test_numbers_in_a_counting_row_keep_its_range_and_its_step(seed: int) -> None:
    sheet = render_sheet("numbers_sequence_gap", seed)
    limit = next(int(x.removeprefix("NumbersSmaller")) for x in sheet.labels if "Smaller" in x)
    row = sheet.text.splitlines()[1:]
    numbers = [int(n) for line in row for n in re.findall(r"(?<![\w.])\d+(?![\w.])", line)]
    step = next(int(x.removeprefix("StepsOf")) for x in sheet.labels if x.startswith("StepsOf"))
    shown = [n for n in numbers if n > 60 or limit <= 20]  # page numbers end at 60
    assert all(n <= limit for n in numbers)
    assert {n % step for n in shown} <= {shown[0] % step} if shown else True


@pytest.mark.parametrize("seed", range(20))
def test_a_comparison_is_labelled_by_the_two_numbers(seed: int) -> None:
    sheet = render_sheet("numbers_compare_places", seed)
    last = [line for line in sheet.text.splitlines() if re.match(r"\d\d .*\d\d$", line)][-1]
    first, *_, second = (int(n) for n in re.findall(r"\d+", last))
    relation = "Less" if first < second else "Greater" if first > second else "Equal"
    assert relation in sheet.labels
    assert ("NumericEquality" in sheet.labels) == (first == second)


def test_every_kind_of_order_occurs() -> None:
    labels = [render_sheet("numbers_order", seed).labels for seed in range(40)]
    for label in (
        "AscendingOrder",
        "DescendingOrder",
        "NumbersWithNegatives",
        "NumbersWithZero",
        "NumbersWithoutNegatives",
        "NumbersWithoutZero",
    ):
        assert any(label in found for found in labels)
