"""Paragraphs, items, expressions and answer places."""

import dataclasses
import random

import pytest

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    Fraction,
    introduce,
    lay_out,
    measure_expression,
    paragraph,
    wrap_text,
    write_answer_line,
    write_choices,
    write_equations,
    write_expression,
)
from chalklens.training.worksheets.style import choose_style
from chalklens.training.worksheets.tables import draw_table


def make_canvas(*, solution: bool, seed: int = 3) -> Canvas:
    style = dataclasses.replace(choose_style(random.Random(seed)), solution=solution, blank="box")
    return Canvas(style, 420, 20)


def test_a_long_text_is_wrapped_within_the_page() -> None:
    canvas = make_canvas(solution=False)
    text = "Work out each of the sums and write the results into the boxes beside them. " * 2
    box = paragraph(canvas, text)
    assert canvas.y == box.y1
    assert all(word.x1 <= canvas.right + 1 for _, word in canvas.texts)
    assert " ".join(word for word, _ in canvas.texts) == text.strip()


def test_a_word_wider_than_the_line_stands_alone() -> None:
    canvas = make_canvas(solution=False)
    assert wrap_text(canvas, "a incomprehensibilities b", 30, 18) == [
        "a",
        "incomprehensibilities",
        "b",
    ]


@pytest.mark.parametrize("solution", [True, False])
def test_an_answer_is_written_on_solution_pages_only(solution: bool) -> None:
    canvas = make_canvas(solution=solution)
    write_expression(canvas, 30, 50, ("3 + ", Blank("4"), " = 7"))
    write_answer_line(canvas, random.Random(1), "seven")
    words = [word.text for word in canvas.words()]
    assert ("4" in words) == solution
    assert ("seven" in words) == solution
    assert {figure.kind for figure in canvas.figures()} == {"answer_box"}


def test_an_expression_is_as_wide_as_measured() -> None:
    canvas = make_canvas(solution=True)
    parts = ("2 × ", Fraction("3", "4"), " = ", Fraction(Blank("6"), "4"))
    box = write_expression(canvas, 30, 60, parts, size=20)
    assert box.width == pytest.approx(measure_expression(canvas, parts, 20))
    assert [word.text for word in canvas.words()] == ["3", "6", "2", "×", "=", "4", "4"]


def test_a_comma_stays_with_its_number() -> None:
    canvas = make_canvas(solution=False)
    write_expression(canvas, 30, 50, ("2", ", ", "4", ", ", Blank("6")))
    assert [word.text for word in canvas.words()] == ["2,", "4,"]


def test_expressions_below_one_another_do_not_leave_the_page() -> None:
    canvas = make_canvas(solution=False)
    long = ("1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14 + 15 = ", Blank("120"))
    write_equations(canvas, random.Random(2), (long, ("1 = 1",)))
    assert all(box.x1 <= canvas.right + 2 for _, box in canvas.texts)


@pytest.mark.parametrize("seed", range(20))
def test_items_stand_beside_one_another_without_touching(seed: int) -> None:
    rng = random.Random(seed)
    canvas = make_canvas(solution=False, seed=seed)
    cells = lay_out(canvas, rng, rng.randint(1, 12), 90, 40)
    assert cells
    for index, cell in enumerate(cells):
        assert cell.x1 <= canvas.right + 1
        for other in cells[index + 1 :]:
            assert cell.x1 <= other.x0 or other.x1 <= cell.x0 or cell.y1 <= other.y0
    assert canvas.y >= cells[-1].y1


def test_an_instruction_can_be_left_out_and_a_title_put_before() -> None:
    canvas = make_canvas(solution=False)
    rng = random.Random(4)
    introduce(canvas, rng, ("Add.",), titles=("Sums",), title_chance=1.0, silence_chance=1.0)
    assert [word.text.lower() for word in canvas.words()] == ["sums"]


def test_choices_that_do_not_fit_go_below_one_another() -> None:
    canvas = make_canvas(solution=True)
    choices = ("The first one is far too long for this", "The second one is as long", "Third")
    write_choices(canvas, choices, 2)
    assert all(box.x1 <= canvas.right + 1 for _, box in canvas.texts)


def test_a_table_shrinks_to_the_page_and_hides_answers() -> None:
    canvas = make_canvas(solution=False)
    head = [f"Column {n}" for n in range(6)]
    box = draw_table(canvas, random.Random(5), [head, [*"12345", Blank("secret")]], header=True)
    assert box.x1 <= canvas.right + 30
    words = [word.text for word in canvas.words()]
    assert "5" in words
    assert "secret" not in words
