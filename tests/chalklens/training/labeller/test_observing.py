# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""Observations that are kept."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chalklens.errors import InputError
from chalklens.labelling.observations import FoundFigure, Observer, Page
from chalklens.training.labeller.observing import ObservationStore, PageSource, hash_text
from chalklens.types import Picture
from tests.chalklens.labelling.sheets import LetterEncoder, make_reading, paint, to_picture
from tests.chalklens.labelling.small_model import make_pages
from tests.chalklens.training.labeller.small_pages import ignore


class CountingEncoder(LetterEncoder):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().encode(texts)


class CountingFinder:
    """Sees one kind of figure everywhere, and remembers where it looked."""

    kinds = ("clock",)

    def __init__(self) -> None:
        self.seen: list[Picture] = []

    def find(self, picture: Picture) -> NDArray[np.float32]:
        """Return one probability."""
        self.seen.append(picture)
        return np.asarray([0.75], np.float32)

    def locate(self, picture: Picture, at_least: float) -> list[FoundFigure]:
        """Return nothing; training asks for no places."""
        return []


class Sources:
    """Pages of the small corpus as sources that tell when their picture is loaded."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.loaded: list[str] = []
        self.pages = [self._make(page) for page in pages]

    def _make(self, page: Page) -> PageSource:
        def load() -> Picture:
            self.loaded.append(page.picture.sha256)
            return page.picture

        return PageSource(page.picture.sha256, page.reading, load)


def test_kept_observations_are_those_of_the_observer(tmp_path: Path) -> None:
    pages = make_pages()[:4]
    observer = Observer(LetterEncoder(), CountingFinder())
    found = ObservationStore(tmp_path, observer, "1").observe(Sources(pages).pages, ignore)
    expected = observer.observe(pages)
    assert found.texts == expected.texts
    for name in ("sentences", "facts", "figures", "thumbnails"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name)), name


def test_nothing_is_computed_twice_even_by_another_process(tmp_path: Path) -> None:
    encoder, finder, sources = CountingEncoder(), CountingFinder(), Sources(make_pages()[:4])
    observer = Observer(encoder, finder)
    first = ObservationStore(tmp_path, observer, "1").observe(sources.pages, ignore)
    asked, looked, loaded = len(encoder.asked), len(finder.seen), len(sources.loaded)
    again = ObservationStore(tmp_path, observer, "1").observe(sources.pages[::-1], ignore)
    assert (len(encoder.asked), len(finder.seen), len(sources.loaded)) == (asked, looked, loaded)
    assert (again.thumbnails[::-1] == first.thumbnails).all()
    assert (again.sentences[::-1] == first.sentences).all()


def test_a_changed_picture_is_looked_at_again(tmp_path: Path) -> None:
    page = make_pages()[0]
    changed = Page(to_picture(paint(0, "another layout")), page.reading)
    encoder, finder = CountingEncoder(), CountingFinder()
    store = ObservationStore(tmp_path, Observer(encoder, finder), "1")
    before = store.observe(Sources([page]).pages, ignore)
    after = store.observe(Sources([changed]).pages, ignore)
    assert finder.seen == [page.picture, changed.picture]
    assert (before.thumbnails != after.thumbnails).any()
    assert len(encoder.asked) == 1  # the text is the same


def test_another_tower_looks_again(tmp_path: Path) -> None:
    finder, sources = CountingFinder(), Sources(make_pages()[:2])
    for version in ("1", "2"):
        store = ObservationStore(tmp_path, Observer(LetterEncoder(), finder), version)
        store.observe(sources.pages, ignore)
    assert len(finder.seen) == 4


def test_only_pages_that_are_layouts_to_recognise_get_a_thumbnail(tmp_path: Path) -> None:
    sources = Sources(make_pages()[:2])
    mixed = [replace(sources.pages[0], seen=False), sources.pages[1]]
    found = ObservationStore(tmp_path, Observer(LetterEncoder())).observe(mixed, ignore)
    assert not found.thumbnails[0].any()
    assert found.thumbnails[1].any()
    assert sources.loaded == [sources.pages[1].key]


def test_progress_is_told_by_kind(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    store = ObservationStore(tmp_path, Observer(LetterEncoder(), CountingFinder()))
    store.observe(
        Sources(make_pages()[:2]).pages, lambda done, total, what: told.append((done, total, what))
    )
    kinds = ("encoding texts", "looking for figures", "making thumbnails")
    assert told == [(2, 2, kind) for kind in kinds]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "thumbnails.safetensors").write_bytes(b"no tensor")
    store = ObservationStore(tmp_path, Observer(LetterEncoder()))
    with pytest.raises(InputError, match=r"thumbnails\.safetensors is damaged"):
        store.observe(Sources(make_pages()[:1]).pages, ignore)


def test_a_text_that_is_no_valid_unicode_has_a_key_too() -> None:
    assert hash_text("\ud800") != hash_text("")
    assert make_reading("\ud800").text == "\ud800"
