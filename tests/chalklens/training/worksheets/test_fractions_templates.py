"""Templates about fractions: every sheet keeps the rules, and the labels fit what is printed."""

import re
from collections.abc import Callable

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.figures_fractions import fraction_kind
from chalklens.training.worksheets.sheet import render_sheet

NAMES = [name for name in catalogue.names() if name.startswith("fractions_")]


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_fractions_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(6))


def test_there_are_many_templates_about_fractions() -> None:
    assert len(NAMES) >= 14


def test_the_kind_of_a_fraction_follows_from_its_parts() -> None:
    assert fraction_kind(1, 4) == "UnitFractions"
    assert fraction_kind(3, 4) == "NonUnitFractions"
    assert fraction_kind(5, 4) == "ImproperFractions"
    assert fraction_kind(1, 1) == "ImproperFractions"


@pytest.mark.parametrize("seed", range(20))
def test_the_located_fraction_has_the_kind_of_its_label(seed: int) -> None:
    sheet = render_sheet("fractions_locate", seed)
    found = re.findall(r"(\d+)/(\d+)", sheet.text)
    assert found
    assert {fraction_kind(int(top), int(below)) for top, below in found} <= sheet.labels


@pytest.mark.parametrize("seed", range(20))
def test_a_comparison_of_fractions_names_what_is_common(seed: int) -> None:
    sheet = render_sheet("fractions_compare_bars", seed)
    assert ("CommonNumerator" in sheet.labels) != ("CommonDenominator" in sheet.labels)
    bars = [figure for figure in sheet.figures if figure.kind == "fraction_bar"]
    assert len(bars) == 2
