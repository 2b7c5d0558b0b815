"""The pages the material gate is fitted on: worksheets, varied worksheets, and negatives.

How it is used:

    sheets = gather_sheets(worksheets, readings, corpus.load, GateMaterial())
    negatives = gather_negatives(cache, recognizer.read, progress, GateMaterial())

Every page has a group: its view or its kind, which fitting leaves out as a whole. What it leaves
out: sentence vectors (the encoder is given to `gate_fitting.fit_gate`).
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chalklens.labelling.corpus import Worksheet
from chalklens.labelling.material_gate import describe_pages, has_text
from chalklens.reading.cache import ReadingCache
from chalklens.training.negatives.catalogue import FITTING_KINDS, Negative, draw_negatives
from chalklens.training.negatives.conditions import alter_picture
from chalklens.training.negatives.readings import Progress, Read, read_negatives, to_picture
from chalklens.training.worksheets.sheet import render_sheets
from chalklens.types import Box, Picture, TextLine, TextReading

Floats = NDArray[np.float32]

MAX_CHARACTERS = 400  # of texts made here: encoding longer ones takes most of the time of a fit
HEADERS = ("Name: ______ Date: ______", "Name:", "Class 3b", "Mathematics practice", "Page 4", "")


@dataclass(frozen=True, slots=True)
class GatePage:
    """One page to fit on.

    Attributes:
        text: What is encoded.
        signs: Of text and pixels (`labelling.material_gate.SIGNS`).
        group: View or kind.
        silent: Whether it has no letter or digit; such pages are refused without the gate.
    """

    text: str
    signs: Floats
    group: str
    silent: bool


@dataclass(frozen=True, slots=True)
class GateMaterial:
    """How many pages are taken.

    Attributes:
        per_view: Worksheets of one view at most.
        altered_share: Share of these that come a second time with their picture altered.
        varied_per_view: Worksheets of one view that are joined or cut, with their text only.
        drawn: Worksheets of our own templates; `altered_share` of them come with their picture.
        read_per_kind: Negatives of each kind that are read.
        written_per_kind: Further negatives of each kind, with the text that was written on them.
        seed: Of the choice.
    """

    per_view: int = 16
    altered_share: float = 0.5
    varied_per_view: int = 3
    drawn: int = 850
    read_per_kind: int = 3
    written_per_kind: int = 14
    seed: int = 0


def make_page(reading: TextReading, picture: Picture | None, group: str) -> GatePage:
    """Describe one page."""
    signs = describe_pages([reading], [picture])[0]
    return GatePage(reading.text, signs, group, not has_text(reading))


def collect_sheets(
    sheets: Sequence[Worksheet],
    readings: Sequence[TextReading],
    load: Callable[[Worksheet], Picture],
    material: GateMaterial,
) -> list[GatePage]:
    """Choose worksheets of every view; some come a second time, altered."""
    rng = random.Random(material.seed)
    pages: list[GatePage] = []
    for view, rows in sorted(_by_view(sheets).items()):
        for row in sorted(rng.sample(rows, min(material.per_view, len(rows)))):
            picture = load(sheets[row])
            pages.append(make_page(readings[row], picture, view))
            if rng.random() < material.altered_share:
                pages.append(make_page(readings[row], _alter(picture, rng), view))
    return pages


def vary_sheets(
    sheets: Sequence[Worksheet], readings: Sequence[TextReading], material: GateMaterial
) -> list[GatePage]:
    """Make longer and shorter texts: several sheets of one view on a page, or a part of one."""
    rng = random.Random(material.seed + 1)
    pages: list[GatePage] = []
    for view, rows in sorted(_by_view(sheets).items()):
        for _ in range(material.varied_per_view):
            chosen = [readings[rng.choice(rows)] for _ in range(rng.choice((1, 2, 4)))]
            lines = [[line.text for line in reading.lines] for reading in chosen]
            varied = _join(lines, rng) if len(lines) > 1 else _cut(lines[0], rng, least=2)
            pages.append(make_page(_to_reading(varied, rng), None, view))
    return pages


def draw_sheets(material: GateMaterial) -> list[GatePage]:
    """Worksheets of our own templates, with what is printed on them; each template is a view."""
    rng = random.Random(material.seed + 2)
    pages: list[GatePage] = []
    for sheet in render_sheets(material.drawn, material.seed):
        reading = _to_reading(sheet.text.splitlines(), rng)
        picture = to_picture(sheet.picture) if rng.random() < material.altered_share else None
        pages.append(make_page(reading, picture, f"template {sheet.template}"))
    return pages


def gather_sheets(
    sheets: Sequence[Worksheet],
    readings: Sequence[TextReading],
    load: Callable[[Worksheet], Picture],
    material: GateMaterial,
) -> list[GatePage]:
    """All pages of elementary mathematics: chosen, varied and drawn ones."""
    return [
        *collect_sheets(sheets, readings, load, material),
        *vary_sheets(sheets, readings, material),
        *draw_sheets(material),
    ]


def gather_negatives(
    cache: ReadingCache, read: Read, progress: Progress, material: GateMaterial
) -> list[GatePage]:
    """All pages of other things, of `FITTING_KINDS` only."""
    drawn = draw_negatives(FITTING_KINDS, material.read_per_kind, material.seed)
    total = len(FITTING_KINDS) * material.read_per_kind
    written = draw_negatives(FITTING_KINDS, material.written_per_kind, material.seed + 1)
    return [*read_pages(drawn, cache, read, progress, total), *write_pages(written, material.seed)]


def read_pages(
    negatives: Iterable[Negative], cache: ReadingCache, read: Read, progress: Progress, total: int
) -> list[GatePage]:
    """Negatives as the reader sees them."""
    return [
        make_page(reading, to_picture(negative.picture), negative.kind)
        for negative, reading in read_negatives(negatives, cache, read, progress, total)
    ]


def write_pages(negatives: Iterable[Negative], seed: int = 0) -> list[GatePage]:
    """Negatives with what was written on them instead of a reading, some of them in part."""
    rng = random.Random(seed)
    pages: list[GatePage] = []
    for negative in negatives:
        lines = list(negative.lines)
        kept = _cut(lines, rng, least=2) if rng.random() < 0.4 else lines
        pages.append(make_page(_to_reading(kept, rng), to_picture(negative.picture), negative.kind))
    return pages


def _by_view(sheets: Sequence[Worksheet]) -> Mapping[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, sheet in enumerate(sheets):
        rows[sheet.view].append(row)
    return rows


def _join(parts: Sequence[Sequence[str]], rng: random.Random) -> list[str]:
    """Numbered items under a heading."""
    lines = [rng.choice(HEADERS)]
    for number, part in enumerate(parts, 1):
        lines += [f"{number}. {part[0]}", *part[1:]] if part else []
    return lines


def _cut(lines: Sequence[str], rng: random.Random, least: int) -> list[str]:
    """A run of at least half of the lines, or of `least` lines."""
    length = max(least, len(lines) // 2)
    start = rng.randrange(max(1, len(lines) - length + 1))
    return list(lines[start : start + length])


def _to_reading(lines: Sequence[str], rng: random.Random) -> TextReading:
    """A reading of given lines, with the confidence of a fair one."""
    confidence = rng.uniform(0.8, 1)
    kept = [line for line in lines if line.strip()]
    while kept and sum(map(len, kept)) > MAX_CHARACTERS:
        kept.pop()
    return TextReading(tuple(TextLine(line, Box(0, 0, 1, 1), confidence) for line in kept), "")


def _alter(picture: Picture, rng: random.Random) -> Picture:
    size = (picture.pixels_width_px, picture.pixels_height_px)
    return to_picture(alter_picture(Image.frombytes("RGB", size, picture.pixels), rng))
