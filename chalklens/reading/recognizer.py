# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Text in a picture by RapidOCR (PP-OCRv6 small, ONNX, weights inside the package). Worker side.

How it is used: `TextRecognizer(threads).read(picture)` in a worker process; everybody else goes
through `reading/reader.py`. Nothing is downloaded.

What is ours, and why (measured on worksheets, figures in `benchmarks/README.md`):

- a white border of 32 px: the detector loses text that touches the edge (word recall .46 -> .95);
- small pictures are enlarged by 1.25: thin digits of 8 px are found;
- lower detection thresholds and no dilation: single digits are text here, and stay apart;
- large pictures are reduced to 1.5 MP: time and memory of the detector follow the area (4 MP take 14 s
  and 1.2 GB); small print in them needs a region of its own;
- a tall, narrow crop is read upright *and* turned, the surer one counts: RapidOCR always turns it,
  which loses digits such as 1; the 180-degree classifier is off, worksheets are upright;
- a short crop is padded to 96 px, not to RapidOCR's 320: the recogniser's time follows the width, and
  most crops of a worksheet are a number or a word;
- a page that reads badly, or whose lines stand, is read again turned (`turning.py`).

What it leaves out: layout beyond reading order, handwriting, formulas as structure.
"""

import math
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from chalklens.reading.inference import make_engine
from chalklens.reading.order import sort_lines
from chalklens.reading.turning import find_turns, is_better, turn_back, turn_picture
from chalklens.types import Box, Picture, TextLine, TextReading

BORDER_PX = 32
ENLARGE = 1.25
ENLARGE_BELOW_PX = 800
MAX_PIXELS = 1_500_000
MAX_SIDE_PX = 4096
MIN_CONFIDENCE = 0.5
LINE_HEIGHT_PX = 48
LINE_LEAST_WIDTH_PX = 96
TURN_FROM_RATIO = 2.0
MAX_LINES = 1000
READER = f"rapidocr-{version('rapidocr')}/ppocrv6-small/2"

Pixels = NDArray[np.uint8]


PARAMETERS = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Global.use_vertical_padding": False,
    "Global.max_side_len": MAX_SIDE_PX + 2 * BORDER_PX,
    "Det.limit_side_len": 32,
    "Det.thresh": 0.2,
    "Det.box_thresh": 0.4,
    "Det.unclip_ratio": 1.6,
    "Det.use_dilation": False,
    "Det.max_candidates": MAX_LINES,
    "Rec.rec_batch_num": 1,
    "Rec.rec_img_shape": [3, LINE_HEIGHT_PX, LINE_LEAST_WIDTH_PX],
}


class TextRecognizer:
    """RapidOCR with the settings above; loads its models when made (about a second).

    `reader` names what reads: models, settings and the steps of this file.
    """

    reader = READER

    def __init__(self, threads: int = 2) -> None:
        self._ocr: Any = make_engine(PARAMETERS, threads)

    def read(self, picture: Picture) -> TextReading:
        """Read every line of a picture; boxes come in original pixels.

        Lines of a page that had to be turned come in the order in which the turned page is read.
        """
        found = self._read_lines(picture)
        best, turn = found, None
        for degrees in find_turns(found):
            turned = self._read_lines(turn_picture(picture, degrees))
            if is_better(turned, best):
                best, turn = turned, degrees
        if turn is not None:
            best = turn_back(best, turn, picture.width_px, picture.height_px)
        return TextReading(tuple(best), self.reader)

    def _read_lines(self, picture: Picture) -> list[TextLine]:
        """Read the picture as it lies."""
        image, scale = _prepare(picture)
        x = picture.width_px / picture.pixels_width_px / scale
        y = picture.height_px / picture.pixels_height_px / scale
        lines = [
            TextLine(text, _to_box(quad, x, y, picture), confidence)
            for text, confidence, quad in self._recognize(image)
        ]
        return sort_lines(lines)

    def _recognize(self, image: Pixels) -> Iterable[tuple[str, float, NDArray[np.float32]]]:
        """Yield text, confidence and corner points (4, 2) on the prepared image."""
        found = self._ocr(image, use_det=True, use_cls=False, use_rec=False)
        if found is None or found.boxes is None or len(found.boxes) == 0:
            return
        quads = [np.asarray(quad, dtype=np.float32) for quad in found.boxes]
        crops, owners = _cut(image, quads)
        read = self._ocr.recognize_txt(crops)
        best: dict[int, tuple[str, float]] = {}
        for owner, text, confidence in zip(owners, read.txts, read.scores, strict=True):
            if owner not in best or confidence > best[owner][1]:
                best[owner] = (text.strip(), float(confidence))
        for owner, (text, confidence) in best.items():
            if text and confidence >= MIN_CONFIDENCE:
                yield text, confidence, quads[owner]


def _prepare(picture: Picture) -> tuple[Pixels, float]:
    """Scale, add the border, turn to BGR; return the image (H, W, 3) and the scale used."""
    size = (picture.pixels_width_px, picture.pixels_height_px)
    image = Image.frombytes("RGB", size, picture.pixels)
    longest = max(size)
    fitting = min(1.0, MAX_SIDE_PX / longest, math.sqrt(MAX_PIXELS / (size[0] * size[1])))
    scale = ENLARGE if longest < ENLARGE_BELOW_PX else fitting
    if scale != 1.0:
        width, height = (max(1, round(side * scale)) for side in size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    framed = ImageOps.expand(image, BORDER_PX, "white")
    return np.ascontiguousarray(np.asarray(framed)[:, :, ::-1]), scale


def _cut(image: Pixels, quads: Sequence[NDArray[np.float32]]) -> tuple[list[Pixels], list[int]]:
    """Cut each quad out straight; tall ones a second time, turned by 90 degrees."""
    crops: list[Pixels] = []
    owners: list[int] = []
    for owner, quad in enumerate(quads):
        crop = _straighten(image, quad)
        crops.append(crop)
        owners.append(owner)
        if crop.shape[0] >= TURN_FROM_RATIO * crop.shape[1]:
            crops.append(np.rot90(crop))
            owners.append(owner)
    return crops, owners


def _straighten(image: Pixels, quad: NDArray[np.float32]) -> Pixels:
    top, right, bottom, left = (np.linalg.norm(quad[i] - quad[(i + 1) % 4]) for i in range(4))
    width, height = max(1, int(max(top, bottom))), max(1, int(max(left, right)))
    target = np.asarray([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(quad, target)
    crop = cv2.warpPerspective(
        image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, dtype=np.uint8)


def _to_box(quad: NDArray[np.float32], x: float, y: float, picture: Picture) -> Box:
    xs, ys = (quad[:, 0] - BORDER_PX) * x, (quad[:, 1] - BORDER_PX) * y
    return Box(
        max(0, round(float(xs.min()))),
        max(0, round(float(ys.min()))),
        min(picture.width_px, round(float(xs.max()))),
        min(picture.height_px, round(float(ys.max()))),
    )
