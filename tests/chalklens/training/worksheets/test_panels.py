"""Choices and answers: marked on solution pages only, all of them on the page."""

import random

import pytest

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import Blank
from chalklens.training.worksheets.page import start_page
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    split,
    write_answer,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import count_of, join_words, tidy, with_article


def page(*, solution: bool) -> Canvas:
    """A page that shows its answers or not."""
    canvases = (start_page(random.Random(seed)) for seed in range(200))
    return next(canvas for canvas in canvases if canvas.style.solution is solution)


@pytest.mark.parametrize("seed", range(12))
def test_all_choices_are_written_inside_the_page(seed: int) -> None:
    canvas = start_page(random.Random(seed))
    write_choices(canvas, random.Random(seed), ["Cube", "Rectangular prism", "Cone"], {1})
    texts = [text for text, _ in canvas.texts]
    assert {"Cube", "Rectangular", "prism", "Cone"} <= set(texts)
    assert all(box.x1 <= canvas.right + 1 for _, box in canvas.texts)


def test_a_right_choice_is_marked_on_a_solution_page_only() -> None:
    for solution in (True, False):
        pictures = list[bytes]()
        for right in ({0}, {1}):
            canvas = page(solution=solution)
            write_choices(canvas, random.Random(4), ["yes", "no"], right)
            pictures.append(canvas.picture().tobytes())
        assert (pictures[0] != pictures[1]) is solution


def test_a_conclusion_is_written_on_a_solution_page_only() -> None:
    for solution in (True, False):
        canvas = page(solution=solution)
        before = len(canvas.texts)
        write_conclusion(canvas, random.Random(1), "It is 4.", "So there.")
        assert (len(canvas.texts) > before) is solution


def test_places_for_figures_lie_beside_or_below_one_another() -> None:
    for count in (2, 3, 4):
        canvas = page(solution=False)
        places = lay_out_choices(canvas, random.Random(count), count, 90, {0})
        assert len(places) == count
        for index, first in enumerate(places):
            for second in places[index + 1 :]:
                apart = first.x1 <= second.x0 or first.y1 <= second.y0
                assert apart
        assert all(place.y1 <= canvas.y for place in places)


def test_a_split_covers_its_box_with_gaps() -> None:
    parts = split(Area(0, 0, 108, 50), 3, 2, gap=4)
    assert len(parts) == 6
    assert parts[0].x0 == 0
    assert parts[-1].x1 == pytest.approx(108)
    assert parts[-1].y1 == pytest.approx(50)


def test_a_reserved_place_is_below_what_was_written_and_the_flow_goes_on_below_it() -> None:
    canvas = page(solution=False)
    top = canvas.y
    place = reserve(canvas, random.Random(1), 80)
    assert place.y0 >= top
    assert canvas.y >= place.y1


def test_a_long_answer_line_is_made_smaller_until_it_fits() -> None:
    canvas = page(solution=True)
    write_answer(canvas, random.Random(1), ("words " * 30, Blank("twelve minutes", digits=20)))
    assert all(box.x1 <= canvas.width for _, box in canvas.texts)


def test_small_pieces_of_english_are_put_together() -> None:
    assert with_article("octagon") == "an octagon"
    assert with_article("square") == "a square"
    assert count_of(1, "vertex", "vertices") == "1 vertex"
    assert count_of(3, "vertex", "vertices") == "3 vertices"
    assert join_words(["A"]) == "A"
    assert join_words(["A", "B", "C"]) == "A, B and C"
    assert tidy("Write the total . Now ?") == "Write the total. Now?"
