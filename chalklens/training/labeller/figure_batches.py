# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Batches for the figure tower: pages moved, scaled, joined, and printed or scanned differently.

How it is used: `FigureBatches(pages, kinds, size, seed)[step]` -> pixels, cells, pages. A batch
depends on the seed and the step only, so an interrupted run continues as if it had not been.

Why so much is changed: the renderer's line widths, greys and page layouts are ours, the figures are
everybody's. Two pages in one square keep the network from telling a figure by its page.

What it leaves out: rotation (a page's turn is another module's work).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.figure_tower import CHANNELS, SIDE_PX, WHITE
from chalklens.training.labeller.figure_pages import STORED_PX, Drawn, FigurePages, cover_cells

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Rng = np.random.Generator
Frame = tuple[int, int, int, int]
FloatBox = tuple[float, float, float, float]

JOINED_SHARE = 0.35
CLOSE_UP_SHARE = 0.3
MAX_CLOSE_UP = 4.0
SHOWN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Batch:
    """Pages as bytes (n, SIDE_PX, SIDE_PX, CHANNELS), targets of cells and of pages."""

    pixels: Bytes
    cells: Floats
    pages: Floats


@dataclass(frozen=True, slots=True)
class FigureBatches:
    """An endless row of batches.

    Attributes:
        pages: Where they come from.
        kinds: Columns of the targets.
        size: Pages in a batch.
        seed: Of all chance.
    """

    pages: FigurePages
    kinds: tuple[str, ...]
    size: int
    seed: int

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of a step; every page comes once per `len(pages) / size` steps."""
        rng = np.random.default_rng([self.seed, step])
        made = [self._make(number, rng) for number in self._numbers(step)]
        targets = [cover_cells(page.shown, self.kinds, page.doubtful) for page in made]
        return Batch(
            np.stack([page.pixels for page in made]),
            np.stack([cells for cells, _ in targets]),
            np.stack([whole for _, whole in targets]),
        )

    def _numbers(self, step: int) -> list[int]:
        count = len(self.pages.sizes)
        found: list[int] = []
        for position in range(step * self.size, (step + 1) * self.size):
            round_, place = divmod(position, count)
            found.append(int(_order(self.seed, round_, count)[place]))
        return found

    def _make(self, number: int, rng: Rng) -> "_Page":
        if rng.random() >= JOINED_SHARE:
            return self._place(number, rng, (0, 0, SIDE_PX, SIDE_PX))
        other = int(rng.integers(len(self.pages.sizes)))
        cut = int(rng.uniform(0.4, 0.6) * SIDE_PX)
        upper = self._place(number, rng, (0, 0, SIDE_PX, cut))
        lower = self._place(other, rng, (0, cut, SIDE_PX, SIDE_PX))
        upper.pixels[cut:] = lower.pixels[cut:]
        return _Page(upper.pixels, upper.shown + lower.shown, upper.doubtful + lower.doubtful)

    def _place(self, number: int, rng: Rng, frame: Frame) -> "_Page":
        """Draw one page into a part of the square, changed at random."""
        width, height = self.pages.sizes[number]
        page = change_ink(np.array(self.pages.pixels[number, :height, :width]), rng)
        drawn = self.pages.figures[number]
        if drawn and rng.random() < CLOSE_UP_SHARE:
            matrix = _close_up(drawn[int(rng.integers(len(drawn)))], (width, height), frame, rng)
        else:
            matrix = _whole_page((width, height), frame, rng)
        small = matrix[0, 0] < SIDE_PX / STORED_PX / 1.5
        method, edge = cv2.INTER_AREA if small else cv2.INTER_LINEAR, (WHITE,) * CHANNELS
        moved = cv2.warpAffine(page, matrix, (SIDE_PX, SIDE_PX), flags=method, borderValue=edge)
        figures = [(kind, *_cut(_move(box, matrix), frame)) for kind, box in drawn]
        return _Page(
            change_print(np.asarray(moved, np.uint8), rng),
            [(kind, box) for kind, box, seen in figures if seen >= SHOWN_SHARE],
            [(kind, box) for kind, box, seen in figures if 0 < seen < SHOWN_SHARE],
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """One square: its pixels, the figures on it, and those of which too little is left."""

    pixels: Bytes
    shown: list[Drawn]
    doubtful: list[Drawn]


def _order(seed: int, round_: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, 1, round_]).permutation(count)


def _whole_page(size: tuple[int, int], frame: Frame, rng: Rng) -> Floats:
    """As large as it fits, or smaller, or a little too large."""
    x0, y0, x1, y1 = frame
    zoom = float(rng.uniform(0.6, 1.1)) if rng.random() < 0.6 else 1.0
    scale = zoom * min((x1 - x0) / size[0], (y1 - y0) / size[1])
    across, down = _stretch(scale, rng)
    left = x0 + _slack(x1 - x0 - across * size[0], rng)
    top = y0 + _slack(y1 - y0 - down * size[1], rng)
    return np.array([[across, 0, left], [0, down, top]], np.float32)


def _close_up(figure: Drawn, size: tuple[int, int], frame: Frame, rng: Rng) -> Floats:
    """So large that one figure takes up a good part of the frame."""
    x0, y0, x1, y1 = frame
    a, b, c, d = figure[1]
    fitting = min((x1 - x0) / max(c - a, 1), (y1 - y0) / max(d - b, 1))
    whole = min((x1 - x0) / size[0], (y1 - y0) / size[1])
    scale = min(float(rng.uniform(0.35, 0.95)) * fitting, MAX_CLOSE_UP * whole)
    across, down = _stretch(scale, rng)
    left = x0 + _slack(x1 - x0 - across * (c - a), rng) - across * a
    top = y0 + _slack(y1 - y0 - down * (d - b), rng) - down * b
    return np.array([[across, 0, left], [0, down, top]], np.float32)


def _stretch(scale: float, rng: Rng) -> tuple[float, float]:
    return scale * float(rng.uniform(0.92, 1.08)), scale * float(rng.uniform(0.92, 1.08))


def _slack(free: float, rng: Rng) -> float:
    """Where something starts: in the middle mostly, else anywhere that it fits."""
    return free * (0.5 if rng.random() < 0.4 else float(rng.random()))


def _move(box: FloatBox, matrix: Floats) -> FloatBox:
    (across, _, left), (_, down, top) = matrix.tolist()
    x0, y0, x1, y1 = box
    return left + x0 * across, top + y0 * down, left + x1 * across, top + y1 * down


def _cut(box: FloatBox, frame: Frame) -> tuple[FloatBox, float]:
    """The part of a box inside the frame, and its share of the area."""
    x0, y0, x1, y1 = box
    left, top = max(x0, frame[0]), max(y0, frame[1])
    right, bottom = min(x1, frame[2]), min(y1, frame[3])
    seen = max(right - left, 0) * max(bottom - top, 0)
    return (left, top, right, bottom), seen / max((x1 - x0) * (y1 - y0), 1)


def change_ink(page: Bytes, rng: Rng) -> Bytes:
    """Thicken or thin lines, blur or sharpen."""
    chance = rng.random()
    if chance < 0.3:
        square = np.ones((2, 2), np.uint8)
        page = np.asarray((cv2.erode if chance < 0.18 else cv2.dilate)(page, square), np.uint8)
    if rng.random() < 0.3:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), float(rng.uniform(0.3, 0.9))), np.uint8)
    return page


def change_print(page: Bytes, rng: Rng) -> Bytes:
    """Other colours, contrast, paper, noise, compression; now and then white on black."""
    mixed = cv2.LUT(cv2.transform(page, _mixing(rng)), _tone_curve(rng))
    if rng.random() < 0.15:
        noise = rng.standard_normal(mixed.shape[:2], np.float32) * np.float32(rng.uniform(1, 10))
        mixed = np.clip(mixed + noise[..., None], 0, WHITE).astype(np.uint8)
    changed = np.asarray(mixed, np.uint8)
    return _compress(changed, rng) if rng.random() < 0.12 else changed


def _tone_curve(rng: Rng) -> Bytes:
    """What becomes of each of the 256 tones: gamma, paler ink, darker paper, or the negative."""
    ink = (WHITE - np.arange(WHITE + 1)) / WHITE
    ink = ink ** rng.uniform(0.6, 1.5) * (rng.uniform(0.55, 1.0) if rng.random() < 0.4 else 1.0)
    ink += rng.uniform(0, 0.08) if rng.random() < 0.3 else 0.0
    ink = 1 - ink if rng.random() < 0.03 else ink
    return (WHITE - np.clip(ink, 0, 1) * WHITE).astype(np.uint8)


def _mixing(rng: Rng) -> Floats:
    """Lightness and darkest colour, a little of each in the other: as if colours were others."""
    first, second = rng.uniform(-0.2, 0.8), rng.uniform(-0.2, 0.6)
    return np.array([[1 - first, first], [second, 1 - second]], np.float32)


def _compress(page: Bytes, rng: Rng) -> Bytes:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
    planes = [np.ascontiguousarray(page[..., i]) for i in range(CHANNELS)]
    packed = [cv2.imencode(".jpg", plane, quality)[1] for plane in planes]
    read = [np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8) for data in packed]
    return np.stack(read, 2)
