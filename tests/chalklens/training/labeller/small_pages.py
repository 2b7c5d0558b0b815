"""Observed training pages without a corpus on disk, for the tests of single stages."""

import numpy as np

from chalklens.labelling.observations import Observer, Page
from chalklens.training.labeller.assembly import FitSettings
from chalklens.training.labeller.pages import TrainingPages, mark_labels
from tests.chalklens.labelling.sheets import (
    LetterEncoder,
    make_reading,
    make_texts,
    paint,
    to_picture,
)
from tests.chalklens.labelling.small_model import LABELS, make_pages

SETTINGS = FitSettings(min_pages=1, iterations=10, thumbnail_axes=4)
STORIES = ("Once there was a fox.", "Twice a hen sang.", "A goose met a lynx.")


def ignore(done: int, total: int, message: str) -> None:
    """A progress callback that shows nothing."""


def make_worksheets() -> TrainingPages:
    """The small corpus: 18 pages of 6 views, two to a problem."""
    made = make_texts()
    return TrainingPages(
        Observer(LetterEncoder()).observe(make_pages()),
        mark_labels([labels for _, _, labels in made], LABELS),
        LABELS,
        tuple(view for _, view, _ in made),
        tuple(f"pair-{row // 2}" for row in range(len(made))),
    )


def make_rendered() -> TrainingPages:
    """Three sums like those of a view, and three stories that resemble nothing."""
    sums = [(text, labels) for text, view, labels in make_texts() if view == "sums-0"]
    picture = to_picture(paint(0, "drawn"))
    pages = [Page(picture, make_reading(text)) for text in [text for text, _ in sums] + [*STORIES]]
    return TrainingPages(
        Observer(LetterEncoder()).observe(pages),
        mark_labels([labels for _, labels in sums] + [("Base10", "VisualRecognition")] * 3, LABELS),
        LABELS,
        ("drawn_sums",) * 3 + ("drawn_stories",) * 3,
        tuple(f"drawn-{row}" for row in range(6)),
    )


def views_of(pages: TrainingPages, rows: np.ndarray) -> set[str]:
    """The layouts of some rows."""
    return {pages.groups[int(row)] for row in rows}
