"""Every kind of negative, and which of them testing keeps for itself."""

import functools
import hashlib
import random
from dataclasses import dataclass

import pytest

from chalklens.training.negatives.catalogue import (
    FITTING_KINDS,
    KINDS,
    TEST_KINDS,
    draw_negative,
    draw_negatives,
)
from chalklens.training.negatives.page import MAX_SIDE_PX, Page

SILENT_KINDS = {"blurred_photo", "gradient", "noise", "scribble", "texture", "face_photo"}
SELDOM_WRITTEN = {"landscape_photo", "cursive_note", "blank_page", "icon_grid"}


def test_no_kind_is_fitted_on_and_tested_on() -> None:
    assert not set(FITTING_KINDS) & set(TEST_KINDS)
    assert set(FITTING_KINDS) | set(TEST_KINDS) == set(KINDS)


def test_there_are_many_kinds_and_about_a_third_is_for_testing() -> None:
    assert len(KINDS) >= 35
    assert 0.25 <= len(TEST_KINDS) / len(KINDS) <= 0.4


@dataclass(frozen=True)
class Drawing:
    """What the tests look at in a drawn page."""

    mode: str
    size: tuple[int, int]
    sha256: str
    lines: tuple[str, ...]
    words: int


def draw(kind: str, seed: int) -> Drawing:
    page = draw_negative(kind, seed)
    picture = page.picture
    pixels = hashlib.sha256(picture.tobytes()).hexdigest()
    return Drawing(picture.mode, picture.size, pixels, page.lines, len(page.words))


known = functools.cache(draw)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_drawn_the_same_by_the_same_seed_only(kind: str) -> None:
    first, again = known(kind, 1), draw(kind, 1)
    assert first.mode == "RGB"
    assert max(first.size) <= MAX_SIDE_PX
    assert first == again
    assert all(first.sha256 != known(kind, seed).sha256 for seed in (2, 3))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - SILENT_KINDS - SELDOM_WRITTEN))
def test_written_kinds_say_something_else_every_time(kind: str) -> None:
    texts = {known(kind, seed).lines for seed in range(1, 4)}
    assert len(texts) >= 2
    assert all(texts)


@pytest.mark.parametrize("kind", sorted(SILENT_KINDS))
def test_silent_kinds_have_no_words(kind: str) -> None:
    assert known(kind, 1).words == 0


def test_negatives_come_kind_by_kind() -> None:
    drawn = list(draw_negatives(("logo", "noise"), 2, seed=3))
    assert [negative.kind for negative in drawn] == ["logo", "logo", "noise", "noise"]
    assert drawn[0].lines != drawn[1].lines or drawn[0].picture != drawn[1].picture


def test_a_page_without_pixels_or_with_too_many_is_an_error() -> None:
    for width, height in ((0, 0), (MAX_SIDE_PX + 1, 10)):
        with pytest.raises(ValueError, match="pixels a side"):
            Page(random.Random(0), width, height)


def test_a_block_stops_at_the_end_of_the_page() -> None:
    page = Page(random.Random(0), 200, 60)
    bottom = page.write_block(4, 4, 190, "word " * 500, 16)
    assert bottom <= 60 + 16 * 1.35
    assert 1 <= len(page.lines) <= 3
    assert " ".join(page.lines).split() == ["word"] * len(" ".join(page.lines).split())
