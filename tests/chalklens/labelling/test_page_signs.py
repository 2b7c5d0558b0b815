"""Plain facts of texts and pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.page_signs import (
    PIXEL_SIGNS,
    TEXT_SIGNS,
    describe_pixels,
    describe_text,
    describe_texts,
)
from chalklens.types import Box, Picture, TextLine, TextReading


def reading(*lines: str) -> TextReading:
    return TextReading(tuple(TextLine(line, Box(0, 0, 9, 9), 1.0) for line in lines), "test")


def picture(pixels: np.ndarray) -> Picture:
    height, width = pixels.shape[:2]
    data = pixels.astype(np.uint8).tobytes()
    return Picture("p", "", "image/png", width, height, data, width, height)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text_gives_finite_signs_within_bounds(lines: list[str]) -> None:
    signs = describe_text(reading(*lines))
    assert signs.shape == (TEXT_SIGNS,)
    assert np.isfinite(signs).all()
    assert (signs >= 0).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 255))
def test_any_size_gives_finite_signs(width: int, height: int, grey: int) -> None:
    signs = describe_pixels(picture(np.full((height, width, 3), grey)))
    assert signs.shape == (PIXEL_SIGNS,)
    assert np.isfinite(signs).all()


def test_a_repeated_text_has_the_signs_of_one() -> None:
    once, often = (
        reading("12 + 7 = ?", "Find the sum."),
        reading(*["12 + 7 = ?", "Find the sum."] * 9),
    )
    assert describe_text(often) == pytest.approx(describe_text(once), abs=1e-6)


def test_sums_and_prose_differ_where_they_should() -> None:
    sums, prose = describe_texts([reading("12 + 7 = 19"), reading("The old harbour was quiet.")])
    digits, letters, operators = 0, 1, 4
    assert sums[digits] > 0.6 > prose[digits] == 0
    assert prose[letters] > 0.9 > sums[letters] == 0
    assert sums[operators] > prose[operators] == 0


def test_no_readings_give_no_rows() -> None:
    assert describe_texts([]).shape == (0, TEXT_SIGNS)


def test_white_dark_colourful_and_rough_pictures_are_told_apart() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3))
    white, dark, rough = (
        describe_pixels(picture(pixels))
        for pixels in (np.full((90, 120, 3), 255), np.zeros((90, 120, 3)), noise)
    )
    whiteness, darkness, colour, edges = 0, 1, 2, 6
    assert white[whiteness] == 1
    assert dark[darkness] == 1
    assert rough[colour] > white[colour] == 0
    assert rough[edges] > white[edges] == 0
