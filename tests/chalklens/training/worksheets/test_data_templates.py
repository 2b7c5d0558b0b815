"""Templates about data: the rules are kept, graphs, scales and counts agree with the labels."""

import random
import re
from collections.abc import Callable

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.data_graphs import choose_survey
from chalklens.training.worksheets.data_sorting import Groups
from chalklens.training.worksheets.sheet import render_sheet
from chalklens.training.worksheets.templates import TEMPLATES

NAMES = [n for n in catalogue.names() if ".data_" in TEMPLATES[n].__module__]


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_data_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(6))
    assert render_sheet(name, 2).picture.tobytes() == render_sheet(name, 2).picture.tobytes()


@pytest.mark.parametrize("name", [n for n in NAMES if "graph" in n])
def test_the_kind_of_graph_that_is_drawn_is_in_the_labels(name: str) -> None:
    for seed in range(12):
        sheet = render_sheet(name, seed)
        kinds = {figure.kind for figure in sheet.figures}
        assert ("bar_graph" in kinds) == ("BarGraph" in sheet.labels)
        assert ("pictograph" in kinds) == ("PictureGraph" in sheet.labels)


def test_reading_calculating_and_drawing_differ_in_their_ability() -> None:
    for seed in range(5):
        assert "Interpretation" in render_sheet("data_graph_reading", seed).labels
        assert "ProcedureExecution" in render_sheet("data_graph_arithmetic", seed).labels
        assert "VisualArticulation" in render_sheet("data_graph_drawing", seed).labels


def test_counts_are_multiples_of_the_step_and_differ() -> None:
    for seed in range(40):
        data = choose_survey(random.Random(seed)).data
        assert all(count % data.step == 0 and count > 0 for count in data.counts)
        assert len(set(data.counts)) == len(data.counts)
        assert data.top > max(data.counts)


def test_a_solved_calculation_with_a_graph_is_right() -> None:
    checked = 0
    for seed in range(80):
        sheet = render_sheet("data_graph_arithmetic", seed)
        found = re.search(r"(\d+) ([+−]) (\d+) = (\d+)", sheet.text)
        if found and sheet.solution:
            first, sign, second, total = found.groups()
            assert int(first) + (1 if sign == "+" else -1) * int(second) == int(total)
            assert ("Addition" in sheet.labels) == (sign == "+")
            step = next(
                int(label.removeprefix("StepsOf"))
                for label in sheet.labels
                if label.startswith("StepsOf")
            )
            assert int(first) % step == 0
            checked += 1
    assert checked >= 5


def test_counts_of_sorted_groups_are_within_the_range_in_the_labels() -> None:
    for seed in range(50):
        sheet = render_sheet("sorting_counting", seed)
        if sheet.solution:
            counts = [
                int(n)
                for n in re.findall(
                    r"(?<!Page )(?<!Set )(?<!Sheet )\b\d+$", sheet.text, re.MULTILINE
                )
            ]
            limit = 10 if "NumbersSmaller10" in sheet.labels else 20
            assert counts
            assert max(counts) <= limit


def test_groups_of_things_are_no_property_of_shapes() -> None:
    kinds = {Groups(random.Random(seed), 8).by for seed in range(40)}
    assert kinds == {"shape", "color", "kind"}
    for seed in range(40):
        sheet = render_sheet("sorting_extreme", seed)
        by_kind = bool(re.search(r"\bkind\b", sheet.text))
        if by_kind:
            assert "ShapeProperties" not in sheet.labels
