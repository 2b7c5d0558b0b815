"""Recording and painting: words and figures are where they are said to be."""

import random
from itertools import pairwise

import pytest
from PIL import Image, ImageChops

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.sheet import render_sheet
from chalklens.training.worksheets.style import choose_style, measure_text


@pytest.fixture(params=range(12))
def canvas(request: pytest.FixtureRequest) -> Canvas:
    return Canvas(choose_style(random.Random(int(request.param))), 400, 20)


def _ink(canvas: Canvas) -> tuple[int, int, int, int]:
    picture = canvas.picture()
    blank = Image.new("RGB", picture.size, canvas.style.paper)
    box = ImageChops.difference(picture, blank).getbbox()
    assert box is not None
    return box


def test_a_word_is_painted_inside_its_box(canvas: Canvas) -> None:
    canvas.text(120, 60, "Halfway", size=24, bold=True)
    (word,) = canvas.words()
    x0, y0, x1, y1 = _ink(canvas)
    assert word.text == "Halfway"
    assert word.box[0] - 2 <= x0 < x1 <= word.box[2] + 4
    assert word.box[1] - 2 <= y0 < y1 <= word.box[3] + 3


def test_a_sentence_becomes_words_from_left_to_right(canvas: Canvas) -> None:
    canvas.text(20, 40, "3 + 4 = 7")
    words = canvas.words()
    assert [word.text for word in words] == ["3", "+", "4", "=", "7"]
    assert all(a.box[2] <= b.box[0] + 1 for a, b in pairwise(words))


def test_anchors_place_the_text(canvas: Canvas) -> None:
    left = canvas.text(200, 40, "word", anchor="l")
    middle = canvas.text(200, 80, "word", anchor="m")
    right = canvas.text(200, 120, "word", anchor="r")
    assert left.x0 == pytest.approx(200)
    assert sum(middle[::2]) / 2 == pytest.approx(200)
    assert right.x1 == pytest.approx(200)


@pytest.mark.parametrize("character", "×÷−→≈½°¢“…")
def test_signs_that_a_font_lacks_come_from_another_one(canvas: Canvas, character: str) -> None:
    canvas.text(40, 40, character, size=30)
    drawn = canvas.picture()
    missing = Canvas(canvas.style, 400, 20)
    missing.text(40, 40, "\ue999", size=30)
    assert drawn.tobytes() != missing.picture().tobytes()


def test_a_page_is_as_high_as_what_stands_on_it(canvas: Canvas) -> None:
    empty = canvas.size_px[1]
    canvas.rectangle(Area(20, 20, 100, 300))
    assert empty < 60
    assert canvas.size_px[1] > 300


def test_a_large_page_is_reduced_to_512_pixels(canvas: Canvas) -> None:
    canvas.text(20, 900, "last")
    canvas.figure("table", Area(0, 800, 400, 900))
    width, height = canvas.size_px
    assert max(width, height) <= 512
    assert canvas.picture().size == (width, height)
    assert all(value <= 512 for word in canvas.words() for value in word.box)
    assert all(value <= 512 for figure in canvas.figures() for value in figure.box)


def test_an_unknown_kind_of_figure_is_refused(canvas: Canvas) -> None:
    with pytest.raises(ValueError, match="no kind of figure"):
        canvas.figure("hologram", Area(0, 0, 1, 1))


def test_shapes_are_painted_in_their_places(canvas: Canvas) -> None:
    canvas.ellipse(Area(50, 50, 90, 90), fill=(1, 2, 3))
    canvas.slice(Area(200, 50, 240, 90), 0, 90, fill=(1, 2, 3))
    canvas.polygon(((300, 50), (340, 50), (320, 90)), fill=(1, 2, 3))
    canvas.dashed_line((50, 100), (340, 100))
    picture = canvas.picture()
    dark = (70, 70), (228, 78), (320, 60)
    assert all(sum(picture.getpixel(point)) < 40 for point in dark)  # type: ignore[arg-type]
    assert picture.getpixel((150, 70)) == canvas.style.paper


def test_a_longer_text_is_wider(canvas: Canvas) -> None:
    face = canvas.style.regular
    assert measure_text(face, 20, "two words") > measure_text(face, 20, "two")
    assert measure_text(face, 40, "two") == pytest.approx(2 * measure_text(face, 20, "two"))


@pytest.mark.parametrize(
    ("template", "seed"),
    [("numbers_same_or_more", 1425818288), ("operations_table_rule", 1500520416)],
)
def test_boxes_whose_round_corners_all_but_meet_can_be_drawn(template: str, seed: int) -> None:
    catalogue.names()
    assert render_sheet(template, seed).picture.width > 0
