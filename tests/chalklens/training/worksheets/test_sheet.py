"""Sheets: the same seed gives the same sheet, words come in reading order, templates take turns."""

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.content import Word, group_lines, order_words
from chalklens.training.worksheets.sheet import render_sheet, render_sheets
from chalklens.training.worksheets.templates import TEMPLATES, template

SOME = ("fractions_locate", "numbers_order", "operations_story")


@pytest.mark.parametrize("name", SOME)
def test_a_seed_gives_the_same_sheet_again(name: str) -> None:
    first, second = render_sheet(name, 5), render_sheet(name, 5)
    assert first.words == second.words
    assert first.labels == second.labels
    assert first.picture.tobytes() == second.picture.tobytes()


def test_seeds_give_different_sheets() -> None:
    texts = {render_sheet("operations_story", seed).text for seed in range(30)}
    assert len(texts) >= 28


def test_a_picture_has_the_size_that_was_said() -> None:
    sheet = render_sheet("numbers_round", 3)
    assert sheet.picture.size == sheet.size_px
    assert sheet.picture.mode == "RGB"
    assert sheet.picture is sheet.picture


def test_templates_take_turns() -> None:
    used = Counter(sheet.template for sheet in render_sheets(31, 1, SOME))
    assert set(used) == set(SOME)
    assert max(used.values()) - min(used.values()) <= 1


def test_all_templates_are_in_the_catalogue() -> None:
    assert set(catalogue.names()) == set(TEMPLATES)
    assert len(catalogue.names()) >= 120


def test_the_order_of_sheets_follows_the_seed() -> None:
    def order(seed: int) -> list[tuple[str, int]]:
        return [(sheet.template, sheet.seed) for sheet in render_sheets(6, seed, SOME)]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_words_are_read_line_by_line() -> None:
    words = [
        Word("right", (100, 12, 140, 28)),
        Word("below", (10, 40, 60, 56)),
        Word("left", (10, 10, 50, 26)),
    ]
    assert [word.text for word in order_words(words)] == ["left", "right", "below"]
    assert [len(line) for line in group_lines(words)] == [2, 1]


def test_two_templates_of_one_name_are_refused() -> None:
    def numbers_order(canvas: Canvas, rng: random.Random) -> frozenset[str]:
        return frozenset()

    with pytest.raises(ValueError, match="two templates"):
        template(numbers_order)


@pytest.fixture
def clumsy() -> Iterator[Callable[[str, frozenset[str]], str]]:
    """Register a template that writes two texts on top of each other, or gives wrong labels."""

    def register(second: str, labels: frozenset[str]) -> str:
        def clumsy_sheet(canvas: Canvas, rng: random.Random) -> frozenset[str]:
            canvas.text(40, 40, "first")
            canvas.text(44, 40 if second else 90, second or "second")
            return labels

        TEMPLATES["clumsy_sheet"] = clumsy_sheet
        return "clumsy_sheet"

    yield register
    TEMPLATES.pop("clumsy_sheet", None)


GOOD = frozenset(("Addition", "Base10", "ProcedureExecution"))


@pytest.mark.parametrize(
    ("second", "labels"),
    [
        ("overlapping", GOOD),
        ("", GOOD | {"AdditionOfApples"}),
        ("", GOOD | {"NumbersWithZero", "NumbersWithoutZero"}),
        ("", GOOD | {"NumbersSmaller10", "NumbersLarger100"}),
        ("", frozenset(("Addition", "Base10"))),
    ],
)
def test_the_check_of_all_sheets_finds_what_is_wrong(
    second: str,
    labels: frozenset[str],
    clumsy: Callable[[str, frozenset[str]], str],
    check_template: Callable[[str, range], None],
) -> None:
    check_template(clumsy("", GOOD), range(1))
    with pytest.raises(AssertionError):
        check_template(clumsy(second, labels), range(1))


def test_about_a_quarter_of_the_sheets_are_solutions() -> None:
    solved = sum(render_sheet("numbers_read_aloud", seed).solution for seed in range(100))
    assert 12 <= solved <= 42
