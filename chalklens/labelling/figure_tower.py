# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""What a page shows beside its text: clocks, coins, bar graphs, number lines ... Worker side.

How it is used:

    tower = FigureTower.from_arrays(arrays, kinds)      # `arrays` as of `training/labeller`
    tower.find(picture)                                 # probability per kind, float32 (kinds,)
    tower.locate(picture, at_least=0.5)                 # the same with a box for each found figure

A small fully convolutional network in numpy: every cell of a 16 x 16 grid over the page says which
kinds of figure it is part of, and a page shows what its cells show. So an answer always has a place
on the page. All weights come from pages of our own renderer (`training/worksheets`).

What it leaves out: training (`training/labeller/figure_training.py`), counting figures, reading what
they say (the time on a clock, the height of a bar).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chalklens.errors import ModelError
from chalklens.labelling.observations import FoundFigure
from chalklens.types import Box, Picture

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SIDE_PX = 256
CHANNELS = 2
CELLS = 16
CELL_PX = SIDE_PX // CELLS
WHITE = 255
MIN_BOX_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Layer:
    """One convolution followed by ReLU.

    Attributes:
        name: Of its arrays: `<name>.weight` (side, side, channels in, channels out), `<name>.bias`.
        side: Of the kernel, in pixels of its input.
        stride: Pixels of input per pixel of output.
        channels: Of the output.
        added: Whether the input is added to the output (He et al. 2016, residual learning).
    """

    name: str
    side: int
    stride: int
    channels: int
    added: bool = False

    @property
    def padding(self) -> int:
        """Pixels of zeros on each side, such that the output has 1 / stride of the input's side."""
        return (self.side - self.stride + 1) // 2


FINE = (
    Layer("stem", 8, 4, 40),
    Layer("halve_1", 3, 2, 80),
    Layer("mix_1", 3, 1, 80, added=True),
    Layer("halve_2", 3, 2, 128),
    Layer("mix_2", 3, 1, 128, added=True),
    Layer("mix_3", 3, 1, 128, added=True),
)
"""From pixels to one vector per cell."""
COARSE = (
    Layer("halve_3", 3, 2, 160),
    Layer("mix_4", 3, 1, 160, added=True),
    Layer("lift", 1, 1, 128),
)
"""From cells to what lies around them, on half as many cells each way; added to the cells."""


@dataclass(frozen=True, slots=True)
class FigureTower:
    """The network.

    Attributes:
        kinds: What the columns of an answer are called.
        weights: float32 arrays by name.
    """

    kinds: tuple[str, ...]
    weights: Mapping[str, Floats]

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.floating]], kinds: Sequence[str]
    ) -> "FigureTower":
        """Take the weights from arrays of any float type.

        Raises:
            ModelError: An array is missing or has another shape.
        """
        for name, shape in array_shapes(len(kinds)).items():
            if name not in arrays or arrays[name].shape != shape:
                raise ModelError(
                    f"The figure tower has no array {name} of shape {shape}.",
                    "Train the labeller again with `chalklens train labeller`.",
                )
        chosen = {name: arrays[name].astype(np.float32) for name in array_shapes(len(kinds))}
        return cls(tuple(kinds), chosen)

    def find(self, picture: Picture) -> Floats:
        """Return the probability that the page shows a kind of figure, (kinds,)."""
        return self.find_in_pixels(unpack_pixels(picture))

    def find_in_pixels(self, pixels: Bytes) -> Floats:
        """The same for RGB pixels, (height, width, 3)."""
        return self._pool(self._score_cells(fit_page(pixels)))

    def locate(self, picture: Picture, at_least: float = 0.5) -> list[FoundFigure]:
        """Return the kinds of at least this probability with their places, the surest first."""
        scores = self._score_cells(fit_page(unpack_pixels(picture)))
        probabilities = self._pool(scores)
        order = np.argsort(-probabilities, kind="stable")
        return [
            FoundFigure(self.kinds[k], float(probabilities[k]), _enclose(scores[..., k], picture))
            for k in order
            if probabilities[k] >= at_least
        ]

    def _score_cells(self, page: Bytes) -> Floats:
        """(SIDE_PX, SIDE_PX, CHANNELS) -> logit per cell and kind, (CELLS, CELLS, kinds)."""
        fine = self._run(FINE, scale_page(page))
        coarse = self._run(COARSE, fine)
        seen = fine + coarse.repeat(2, axis=0).repeat(2, axis=1)
        return seen @ self.weights["cells.weight"][0, 0] + self.weights["cells.bias"]

    def _run(self, layers: Sequence[Layer], states: Floats) -> Floats:
        for layer in layers:
            weight, bias = (self.weights[f"{layer.name}.{part}"] for part in ("weight", "bias"))
            made = np.maximum(convolve(states, weight, layer) + bias, 0)
            states = states + made if layer.added else made
        return states

    def _pool(self, scores: Floats) -> Floats:
        """Logits per cell -> probability of the page: a mean in which high cells weigh most."""
        flat = scores.reshape(-1, len(self.kinds))
        shares = np.exp(flat - flat.max(0))
        pooled = (shares * flat).sum(0) / shares.sum(0)
        return 1 / (1 + np.exp(-(pooled * self.weights["page.scale"] + self.weights["page.bias"])))


def array_shapes(kinds: int) -> dict[str, tuple[int, ...]]:
    """The arrays of a tower for so many kinds, by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels = CHANNELS
    for layer in (*FINE, *COARSE):
        shapes[f"{layer.name}.weight"] = (layer.side, layer.side, channels, layer.channels)
        shapes[f"{layer.name}.bias"] = (layer.channels,)
        channels = layer.channels
    shapes["cells.weight"] = (1, 1, channels, kinds)
    return {**shapes, "cells.bias": (kinds,), "page.scale": (kinds,), "page.bias": (kinds,)}


def convolve(states: Floats, weight: Floats, layer: Layer) -> Floats:
    """(height, width, channels) -> (height / stride, width / stride, channels out), one product."""
    if layer.side == 1:
        return states @ weight[0, 0]
    edge = (layer.padding, layer.padding)
    padded = np.pad(states, (edge, edge, (0, 0)))
    windows = sliding_window_view(padded, (layer.side, layer.side), (0, 1))
    windows = windows[:: layer.stride, :: layer.stride].transpose(0, 1, 3, 4, 2)
    height, width = windows.shape[:2]
    rows = windows.reshape(height * width, -1)
    return (rows @ weight.reshape(rows.shape[1], -1)).reshape(height, width, -1)


def unpack_pixels(picture: Picture) -> Bytes:
    """View a picture's pixels as (height, width, 3)."""
    size = (picture.pixels_height_px, picture.pixels_width_px, 3)
    return np.frombuffer(picture.pixels, np.uint8).reshape(size)


def shrink_page(pixels: Bytes, side_px: int = SIDE_PX) -> Bytes:
    """RGB pixels -> lightness and darkest colour, (height, width, 2), longest side `side_px`.

    The darkest of the three colours shows pale and bright yellow figures as well as dark ones.
    """
    height, width = pixels.shape[:2]
    scale = side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
    lightness = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    return np.stack([lightness, small.min(2)], 2)


def fit_page(pixels: Bytes) -> Bytes:
    """RGB pixels -> what the network sees: the page in the middle of a white square."""
    small = shrink_page(pixels)
    top, left = ((SIDE_PX - side) // 2 for side in small.shape[:2])
    page = np.full((SIDE_PX, SIDE_PX, CHANNELS), WHITE, np.uint8)
    page[top : top + small.shape[0], left : left + small.shape[1]] = small
    return page


def scale_page(page: Bytes) -> Floats:
    """Bytes -> 0 for white, 1 for black."""
    return (np.float32(WHITE) - page) / np.float32(WHITE)


def _enclose(scores: Floats, picture: Picture) -> Box:
    """The box around the connected cells with the surest one that are at least half as sure."""
    sure = 1 / (1 + np.exp(-scores))
    _, groups = cv2.connectedComponents((sure >= MIN_BOX_SHARE * sure.max()).astype(np.uint8))
    rows, columns = np.nonzero(groups == groups.flat[int(sure.argmax())])
    longest = max(picture.width_px, picture.height_px)
    left, top = (longest - picture.width_px) / 2, (longest - picture.height_px) / 2
    cell = longest / CELLS

    def place(cells: int, edge: float, limit: int) -> int:
        return int(min(max(round(cells * cell - edge), 0), limit))

    return Box(
        place(int(columns.min()), left, picture.width_px),
        place(int(rows.min()), top, picture.height_px),
        place(int(columns.max()) + 1, left, picture.width_px),
        place(int(rows.max()) + 1, top, picture.height_px),
    )
