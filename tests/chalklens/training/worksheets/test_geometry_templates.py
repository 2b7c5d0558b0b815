"""Templates about shapes, angles, area and perimeter: the rules are kept, the labels fit the page."""

import re
from collections.abc import Callable

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.sheet import Sheet, render_sheet
from chalklens.training.worksheets.templates import TEMPLATES

NAMES = [n for n in catalogue.names() if ".geometry_" in TEMPLATES[n].__module__]


def solutions(name: str, count: int = 6) -> list[Sheet]:
    """The first sheets of a template that show their answers."""
    sheets = (render_sheet(name, seed) for seed in range(40))
    return [sheet for sheet in sheets if sheet.solution][:count]


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_geometry_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(3))


@pytest.mark.parametrize("name", NAMES)
def test_every_geometry_sheet_has_a_figure_and_can_be_painted(name: str) -> None:
    sheet = render_sheet(name, 7)
    assert sheet.figures
    assert sheet.picture.size == sheet.size_px
    assert sheet.picture.tobytes() == render_sheet(name, 7).picture.tobytes()


def test_there_are_many_templates_about_geometry() -> None:
    assert len(NAMES) >= 45


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("primitive_drawing", "draw construct make mark show sketch complete start begin"),
        ("angle_sketching", "sketch draw complete make add"),
        ("array_partition", "partition divide cut draw make split show"),
    ],
)
def test_what_is_to_be_drawn_is_labelled_as_visual_articulation(name: str, words: str) -> None:
    for seed in range(12):
        sheet = render_sheet(name, seed)
        assert "VisualArticulation" in sheet.labels
        assert set(re.findall(r"[a-z]+", sheet.text.lower())) & set(words.split())


@pytest.mark.parametrize(
    "name", ["angle_sum_explaining", "area_explaining", "shape_pattern_explaining"]
)
def test_explaining_is_understanding_a_procedure(name: str) -> None:
    for seed in range(10):
        sheet = render_sheet(name, seed)
        assert "ProcedureUnderstanding" in sheet.labels
        assert "ProcedureExecution" not in sheet.labels
        assert re.search(r"explain|why|tell|describe|how|write", sheet.text, re.IGNORECASE)


def test_the_perimeter_is_the_sum_of_the_sides() -> None:
    for sheet in solutions("perimeter_polygon"):
        text = sheet.text.replace("\n", " ")
        found = re.search(r"Perimeter = ([\d +]+) = (\d+)", text)
        assert found, text
        sides = [int(side) for side in found[1].split("+")]
        assert sum(sides) == int(found[2])
        polygon = {3: "Triangle", 4: "Quadrilateral", 5: "Pentagon", 6: "Hexagon"}[len(sides)]
        assert polygon in sheet.labels


def test_two_rectangles_have_the_area_or_the_perimeter_in_common() -> None:
    for sheet in solutions("area_and_perimeter"):
        text = sheet.text.replace("\n", " ")
        areas = re.search(r"Areas: (\d+) . (\d+)", text)
        perimeters = re.search(r"Perimeters: (\d+) . (\d+)", text)
        assert areas, text
        assert perimeters, text
        assert (areas[1] == areas[2]) != (perimeters[1] == perimeters[2])


def test_a_missing_angle_is_what_is_left_of_the_whole() -> None:
    for sheet in solutions("angle_missing"):
        found = re.search(r"(\d+)° less (\d+)° leaves (\d+)°", sheet.text.replace("\n", " "))
        assert found, sheet.text
        assert int(found[1]) - int(found[2]) == int(found[3])
        assert {"Subtraction", "ProcedureInversion"} <= sheet.labels


def test_turned_copies_are_labelled_as_orientation_variation_but_circles_are_not() -> None:
    sheets = [render_sheet("shape_naming", seed) for seed in range(50)]
    several = [sheet for sheet in sheets if len(sheet.figures) > 1]
    assert all("ShapeSizeVariation" in sheet.labels for sheet in several)
    round_ones = [sheet for sheet in several if sheet.labels & {"Circle", "Sphere"}]
    assert round_ones
    assert not any("ShapeOrientationVariation" in sheet.labels for sheet in round_ones)
    assert any("ShapeOrientationVariation" in sheet.labels for sheet in several)


def test_a_shaded_part_is_a_unit_fraction_only_when_it_is_one_share() -> None:
    for sheet in solutions("share_fraction", 12):
        found = re.search(r"(\d+) of \d+ equal parts", sheet.text.replace("\n", " "))
        assert found, sheet.text
        assert ("UnitFractions" in sheet.labels) == (found[1] == "1")


def test_the_square_unit_on_the_page_is_the_scale_in_the_labels() -> None:
    seen = set[str]()
    for seed in range(40):
        sheet = render_sheet("area_counting", seed)
        scales = [label for label in sheet.labels if re.fullmatch(r"Square\w+Scale", label)]
        for label in scales:
            stem = label.removeprefix("Square").removesuffix("Scale").lower()
            plural = {"foot": "feet"}.get(stem, stem)
            assert re.search(f"{stem}|{plural}", sheet.text), sheet.text
            seen.add(label)
    assert len(seen) == 4
