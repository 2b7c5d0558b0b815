# pyright: reportUnknownMemberType=false
"""From pages to numbers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chalklens.labelling.observations import FoundFigure, Observations, Observer
from chalklens.labelling.page_facts import FACT_NAMES, compute_facts
from chalklens.labelling.thumbnail import PIXELS, make_thumbnail
from chalklens.types import Picture
from tests.chalklens.labelling.sheets import LetterEncoder
from tests.chalklens.labelling.small_model import make_pages

PAGES = make_pages()[:3]


class Brightness:
    """A finder with two answers per picture."""

    kinds = ("dark", "light")

    def find(self, picture: Picture) -> NDArray[np.float32]:
        """Return how dark and how light a picture is."""
        light = np.frombuffer(picture.pixels, np.uint8).mean() / 255
        return np.asarray([1 - light, light], np.float32)

    def locate(self, picture: Picture, at_least: float) -> list[FoundFigure]:
        """Return no place: brightness is everywhere."""
        return []


def rows_of(observed: Observations) -> list[NDArray[np.float32]]:
    return [observed.sentences, observed.facts, observed.figures, observed.thumbnails]


def test_every_page_has_a_row_of_every_kind() -> None:
    found = Observer(LetterEncoder(), Brightness()).observe(PAGES)
    assert len(found) == 3
    assert found.texts == tuple(page.reading.text for page in PAGES)
    assert [rows.shape for rows in rows_of(found)] == [
        (3, LetterEncoder.width),
        (3, len(FACT_NAMES)),
        (3, 2),
        (3, PIXELS),
    ]
    assert {rows.dtype for rows in rows_of(found)} == {np.dtype(np.float32)}


def test_rows_are_in_the_order_of_the_pages() -> None:
    found = Observer(LetterEncoder(), Brightness()).observe(PAGES)
    last = PAGES[2]
    assert found.sentences[2] == pytest.approx(LetterEncoder().encode([last.reading.text])[0])
    assert found.facts[2] == pytest.approx(compute_facts(last.reading.lines))
    assert found.thumbnails[2] == pytest.approx(make_thumbnail(last.picture))
    assert found.figures[2] == pytest.approx(Brightness().find(last.picture))


def test_without_a_tower_nothing_is_known_about_figures() -> None:
    assert Observer(LetterEncoder()).observe(PAGES).figures.shape == (3, 0)


def test_chosen_pages_put_together_are_the_pages_observed_together() -> None:
    whole = Observer(LetterEncoder(), Brightness()).observe(PAGES)
    parts = [whole.select(np.asarray(rows)) for rows in ([0], [1, 2])]
    again = Observations.concatenate(parts)
    assert again.texts == whole.texts
    for one, other in zip(rows_of(again), rows_of(whole), strict=True):
        assert (one == other).all()
