from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from chalklens.reading.turning import (
    Degrees,
    find_turns,
    is_better,
    measure_confidence,
    turn_back,
    turn_picture,
)
from chalklens.types import Box, Picture, TextLine


def make_lines(
    count: int, *, confidence: float = 0.95, standing: bool = False, text: str = "twelve"
) -> list[TextLine]:
    width, height = (20, 90) if standing else (90, 20)
    return [
        TextLine(text, Box(10, 30 * n, 10 + width, 30 * n + height), confidence)
        for n in range(count)
    ]


def make_picture(*, shown_at: int = 1) -> Picture:
    """A white page of 60 x 40 pixels with one black spot near its upper left corner."""
    page = Image.new("RGB", (60, 40), "white")
    ImageDraw.Draw(page).rectangle((8, 4, 15, 7), fill="black")
    shown = (60 * shown_at, 40 * shown_at)
    return Picture("page", "0", "image/png", *shown, page.tobytes(), 60, 40)


def find_spot(picture: Picture) -> Box:
    """The spot, in original pixels."""
    size = (picture.pixels_width_px, picture.pixels_height_px)
    page = Image.frombytes("RGB", size, picture.pixels).convert("L")
    found = page.point(lambda value: 255 - value).getbbox()
    assert found is not None
    scale = picture.width_px // picture.pixels_width_px
    return Box(*(corner * scale for corner in found))


def test_a_page_that_reads_well_or_not_at_all_is_not_turned():
    assert find_turns(make_lines(8)) == ()
    assert find_turns([]) == ()


def test_an_unsure_page_may_be_upside_down_and_standing_lines_may_be_on_their_side():
    assert find_turns(make_lines(8, confidence=0.7)) == (180,)
    assert find_turns(make_lines(8, standing=True)) == (90, 270)


def test_digits_and_a_few_standing_words_do_not_make_a_page_lie_on_its_side():
    assert find_turns(make_lines(9, standing=True, text="7")) == ()
    assert find_turns(make_lines(2, standing=True)) == ()
    assert find_turns([*make_lines(4, standing=True), *make_lines(4)]) == ()


def test_confidence_is_that_of_the_characters():
    lines = [
        *make_lines(1, confidence=1.0, text="abcdefghi"),
        *make_lines(1, confidence=0, text="j"),
    ]
    assert measure_confidence(lines) == pytest.approx(0.9)
    assert measure_confidence([]) == 0


def test_an_upside_down_page_is_turned_when_that_gives_surer_and_more_text():
    unsure = make_lines(8, confidence=0.7)
    assert is_better(make_lines(12, confidence=0.95), unsure)
    assert not is_better(make_lines(12, confidence=0.75), unsure)


def test_rows_of_symbols_that_are_a_little_surer_upside_down_stay_as_they_are():
    stars = make_lines(3, confidence=0.67, text="★★女★★★女★★")
    assert not is_better(make_lines(3, confidence=0.95, text="★★★★★★★★★"), stars)


def test_lying_lines_are_better_than_standing_ones_unless_they_are_less_sure():
    standing = make_lines(8, standing=True, confidence=0.95)
    assert is_better(make_lines(8, confidence=0.95), standing)
    assert not is_better(make_lines(8, confidence=0.7), standing)


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("shown_at", [1, 3])
def test_boxes_found_on_a_turned_page_come_back_to_where_they_were(degrees: Degrees, shown_at: int):
    picture = make_picture(shown_at=shown_at)
    turned = turn_picture(picture, degrees)
    assert (turned.width_px > turned.height_px) == (degrees == 180)
    found = [TextLine("spot", find_spot(turned), 0.9)]
    [line] = turn_back(found, degrees, picture.width_px, picture.height_px)
    assert line == replace(found[0], box=find_spot(picture))
