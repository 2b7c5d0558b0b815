"""Rendered sheets as training pages: drawn, given the reader's kind of mistakes, observed.

How it is used: `render_sources(count, seed, noise=True)` -> sources with their template and labels.
What it leaves out: templates and mistakes (`training/worksheets`), reading them: a reader would take an
hour for what `reader_noise.py` does in a second.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalklens.errors import InputError
from chalklens.training.labeller.observing import PageSource
from chalklens.training.worksheets.reader_noise import add_reader_noise
from chalklens.training.worksheets.sheet import Sheet, read_sheet, render_sheet, render_sheets
from chalklens.types import Picture, TextReading


@dataclass(frozen=True, slots=True)
class RenderedSource:
    """A rendered sheet: what to observe, its template and its labels."""

    source: PageSource
    template: str
    labels: frozenset[str]


def render_sources(
    count: int, seed: int, *, noise: bool, templates: Sequence[str] = ()
) -> Iterator[RenderedSource]:
    """Render sheets in turn from all templates, or the named ones.

    Args:
        count: Sheets in all.
        seed: Of the sheets and of the mistakes.
        noise: Whether the text gets mistakes like the reader's.
        templates: Names; none means all.

    Raises:
        InputError: `count` is less than one.
        KeyError: There is no template of a name.
        UnavailableError: A font is not installed.
    """
    if count < 1:
        raise InputError(
            f"{count} sheets cannot be rendered; the recipe needs at least one.",
            "To fit on worksheets alone, render one and give rendered sheets the weight 0.",
        )
    return _render(count, seed, noise, templates)


def _render(
    count: int, seed: int, noise: bool, templates: Sequence[str]
) -> Iterator[RenderedSource]:
    rng = random.Random(seed)
    for sheet in render_sheets(count, seed, templates):
        reading = read_sheet(sheet)
        if noise:
            reading = add_reader_noise(reading, rng)
        yield RenderedSource(_to_source(sheet, reading), sheet.template, sheet.labels)


def _to_source(sheet: Sheet, reading: TextReading) -> PageSource:
    content = repr((sheet.template, sheet.seed, sheet.words, sheet.figures))
    key = hashlib.sha256(content.encode()).hexdigest()
    name, seed = sheet.template, sheet.seed

    def load() -> Picture:  # painted again: thousands of pictures at once would fill the memory
        image = render_sheet(name, seed).picture
        width, height = image.size
        return Picture(name, key, "image/png", width, height, image.tobytes(), width, height)

    return PageSource(key, reading, load, seen=False)
