"""Templates about operations: every sheet keeps the rules, and the labels fit what is printed."""

import random
import re
from collections.abc import Callable

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.labels import AREA_OF, operation_labels
from chalklens.training.worksheets.operations_steps import calculate, choose_steps
from chalklens.training.worksheets.sheet import render_sheet

NAMES = [name for name in catalogue.names() if name.startswith("operations_")]
_EQUATION = re.compile(r"(\d+) ([+−×÷]) (\d+) = (\d+)")


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_operations_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(6))


def test_there_are_many_templates_about_operations() -> None:
    assert len(NAMES) >= 30


def test_printed_results_are_right_and_their_range_is_the_tightest() -> None:
    checked = 0
    for seed in range(150):
        sheet = render_sheet("operations_practice_rows", seed)
        found = [(int(a), sign, int(b), int(c)) for a, sign, b, c in _EQUATION.findall(sheet.text)]
        if not sheet.solution or len(found) != 1 or "TwoOperands" not in sheet.labels:
            continue
        a, sign, b, result = found[0]
        assert calculate(sign, a, b) == result
        assert operation_labels(sign, (a, b), result) | {"ProcedureExecution"} == sheet.labels
        checked += 1
    assert checked >= 5


def test_an_equation_is_true_exactly_when_its_box_is_ticked() -> None:
    checked = 0
    for seed in range(60):
        sheet = render_sheet("operations_true_false", seed)
        for a, sign, b, shown in _EQUATION.findall(sheet.text):
            assert AREA_OF[sign] in sheet.labels
            assert abs(calculate(sign, int(a), int(b)) - int(shown)) <= 2
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize("seed", range(30))
def test_stories_with_two_steps_divide_without_a_rest(seed: int) -> None:
    steps = choose_steps(random.Random(seed), 100)
    a, b, c = steps.numbers
    assert calculate(steps.signs[0], a, b) == steps.middle
    assert calculate(steps.signs[1], steps.middle, c) == steps.result
    if steps.signs[0] == "÷":
        assert a % b == 0
    if steps.signs[1] == "÷":
        assert steps.middle % c == 0
    assert 1 <= steps.result <= steps.largest <= 100


def test_the_wording_decides_between_doing_and_undoing() -> None:
    seen: set[str] = set()
    for seed in range(60):
        sheet = render_sheet("operations_missing_rows", seed)
        inverse = bool(re.search(r"backwards|inver|Undo|unknown|opposite", sheet.text))
        if "ProcedureInversion" in sheet.labels:
            assert "Equation" in sheet.labels
            seen.add("inverse" if inverse else "other")
        else:
            assert "ProcedureExecution" in sheet.labels
    assert "inverse" in seen
