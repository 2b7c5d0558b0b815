"""Pages drawn by our own renderer: more layouts than a corpus has, labels by construction.

How it is used: `paint_pages(8000, seed, processes, progress)` -> pages with their pictures, from all
templates of `training/worksheets` in turn. What is read on them is the printed text with mistakes of
the reader's kind, made once per page. What it leaves out: templates, and a real reader.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from chalklens.edugraph.ontology import Ontology
from chalklens.training.small_vl.crew import Progress, spread
from chalklens.training.small_vl.pages import Page
from chalklens.training.small_vl.vocabulary import DIMENSION_KEYS
from chalklens.training.worksheets.catalogue import names
from chalklens.training.worksheets.reader_noise import add_reader_noise
from chalklens.training.worksheets.sheet import Sheet, draw_lots, read_sheet, render_sheet

VIEW = "rendered "


@dataclass(frozen=True, slots=True)
class PaintedPicture:
    """A picture that is painted when it is needed.

    Attributes:
        template, seed: What is drawn.
        key: Hash of everything on it.
    """

    template: str
    seed: int
    key: str

    def load(self) -> Image.Image:
        """Paint it."""
        return render_sheet(self.template, self.seed).picture


@dataclass(frozen=True, slots=True)
class PaintedPage:
    """A page and its picture."""

    page: Page
    picture: PaintedPicture


def paint_pages(count: int, seed: int, processes: int, progress: Progress) -> list[PaintedPage]:
    """Draw pages from all templates in turn.

    Args:
        count: Pages in all; 0 draws none.
        seed: The same seed, the same pages.
        processes: How many draw.
        progress: Called after every page.

    Raises:
        UnavailableError: A font is not installed.
    """
    lots: Sequence[tuple[str, int]] = list(draw_lots(count, seed, names()))
    return list(spread(_draw_page, lots, processes, progress, "drawing pages"))


def _draw_page(lot: tuple[str, int]) -> PaintedPage:
    sheet = render_sheet(*lot)
    reading = add_reader_noise(read_sheet(sheet), random.Random(sheet.seed))
    page = Page(
        f"{sheet.template}-{sheet.seed}",
        VIEW + sheet.template,
        tuple(line.text for line in reading.lines),
        tuple(sheet.text.splitlines()),
        _by_dimension(sheet),
    )
    content = repr((sheet.words, sheet.figures, sheet.template, sheet.seed))
    key = hashlib.sha256(content.encode()).hexdigest()
    return PaintedPage(page, PaintedPicture(sheet.template, sheet.seed, key))


def _by_dimension(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    ontology = Ontology.load()
    found: dict[str, list[str]] = {key: [] for key in DIMENSION_KEYS}
    for id_ in sorted(sheet.labels):
        found[ontology[id_].dimension.lower()].append(id_)
    return {key: tuple(ids) for key, ids in found.items()}
