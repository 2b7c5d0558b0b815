"""Figures: shapes stay in their places, every kind declares itself, crowded places still hold."""

import random

import pytest

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_graph import Data, draw_bar_graph, draw_tally
from chalklens.training.worksheets.figures_lines import PRIMITIVES, aim, draw_primitive
from chalklens.training.worksheets.figures_measure import Ruler, draw_balance, draw_ruler
from chalklens.training.worksheets.figures_money import draw_money
from chalklens.training.worksheets.figures_scenes import SCENES, Scene
from chalklens.training.worksheets.figures_shapes import (
    PLANE_SHAPES,
    SOLIDS,
    Look,
    corners_of,
    draw_shape,
)
from chalklens.training.worksheets.figures_shares import Shares, draw_shares, fit_grid
from chalklens.training.worksheets.page import start_page

PLACE = Area(40, 40, 200, 180)


def empty_page(seed: int = 0) -> Canvas:
    """A page without a line for the name."""
    return start_page(random.Random(seed))


@pytest.mark.parametrize("shape", [*PLANE_SHAPES, *SOLIDS])
def test_a_shape_changes_the_picture_and_declares_itself(shape: str) -> None:
    canvas = empty_page()
    canvas.rectangle(Area(0, 0, 220, 200))
    before = canvas.picture().tobytes()
    draw_shape(canvas, Look(None, (200, 0, 0)), shape, PLACE)
    assert canvas.picture().tobytes() != before
    kinds = {figure.kind for figure in canvas.figures()}
    assert kinds == {"solid"} if shape in SOLIDS else kinds <= {"polygon", "circle"}


@pytest.mark.parametrize("turn", [0, 33, 90, 145, 270])
@pytest.mark.parametrize("shape", ["triangle", "rectangle", "trapezoid", "letter L", "hexagon"])
def test_a_turned_polygon_stays_in_its_place(shape: str, turn: int) -> None:
    for x, y in corners_of(shape, PLACE, turn):
        assert PLACE.x0 - 0.01 <= x <= PLACE.x1 + 0.01
        assert PLACE.y0 - 0.01 <= y <= PLACE.y1 + 0.01


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_primitive_declares_itself(name: str) -> None:
    canvas = empty_page()
    draw_primitive(canvas, random.Random(2), name, PLACE)
    assert len(canvas.figures()) == 1


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_every_scene_can_be_painted(scene: Scene) -> None:
    canvas = empty_page()
    scene.draw(canvas, random.Random(3), PLACE)
    assert canvas.picture().getextrema() != ((255, 255),) * 3


def test_an_aim_goes_up_for_ninety_degrees() -> None:
    x, y = aim((10, 10), 90, 5)
    assert (round(x, 6), round(y, 6)) == (10, 5)


def test_many_coins_get_smaller_and_stay_in_their_place() -> None:
    canvas = empty_page()
    draw_money(canvas, random.Random(1), PLACE, [100] * 4 + [25] * 8 + [1] * 20)
    assert len(canvas.figures()) == 32
    scale = canvas.scale
    for figure in canvas.figures():
        assert figure.box[2] <= PLACE.x1 * scale + 2
        assert figure.box[3] <= PLACE.y1 * scale + 2


@pytest.mark.parametrize("seed", range(8))
def test_a_bar_graph_names_all_its_categories(seed: int) -> None:
    canvas = empty_page()
    data = Data(("Cats", "Dogs", "Birds"), (5, 15, 25), 5)
    draw_bar_graph(canvas, random.Random(seed), PLACE, data, shown=True, caption="Count")
    words = {word.text for word in canvas.words()}
    assert {"Cats", "Dogs", "Birds", "Count", "0"} <= words


def test_a_tally_of_nothing_is_not_declared() -> None:
    canvas = empty_page()
    assert draw_tally(canvas, 10, 20, 0, 15) == 10
    assert canvas.figures() == ()
    assert draw_tally(canvas, 10, 20, 7, 15) > 10
    assert [figure.kind for figure in canvas.figures()] == ["tally"]


@pytest.mark.parametrize("tape", [False, True])
def test_zero_stands_left_of_the_end_of_a_ruler(tape: bool) -> None:
    canvas = empty_page()
    zero, end = draw_ruler(canvas, random.Random(1), Ruler(10, tape=tape), PLACE)
    assert PLACE.x0 < zero < end < PLACE.x1
    assert {str(n) for n in range(11)} <= {word.text for word in canvas.words()}


def test_the_heavier_side_of_a_balance_hangs_lower() -> None:
    for heavier in (0, 1):
        canvas = empty_page()
        draw_balance(canvas, PLACE, ("A", "B"), heavier)
        tops = {word.text: word.box[1] for word in canvas.words()}
        lower = max(tops, key=lambda name: tops[name])
        assert lower == "AB"[heavier]


@pytest.mark.parametrize("shape", ["circle", "rectangle"])
def test_shares_without_cuts_differ_from_shares_with_cuts(shape: str) -> None:
    pictures = list[bytes]()
    for cut in (True, False):
        canvas = empty_page()
        canvas.rectangle(Area(0, 0, 220, 200))
        draw_shares(canvas, Shares(shape, 4, cut=cut), PLACE)
        pictures.append(canvas.picture().tobytes())
    assert pictures[0] != pictures[1]


def test_a_grid_has_square_cells_within_its_place() -> None:
    box = fit_grid(PLACE, 3, 5)
    assert abs(box.width / 5 - box.height / 3) < 1e-6
    assert box.x0 >= PLACE.x0
    assert box.y1 <= PLACE.y1
