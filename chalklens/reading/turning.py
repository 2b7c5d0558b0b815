# pyright: reportUnknownMemberType=false
"""Pages that lie on their side or upside down: when to turn them, and boxes turned back. Worker side.

How it is used: after a first reading, `find_turns(reading)` names the turns worth a second look;
`turn_picture` makes the picture to read, `turn_back` puts what was found there in the place where it
is on the original, and `is_better` decides. Pages that are read well are not read twice.

The limits come from 8,062 upright worksheets (train split of the EduGraph corpus, as
`labelling/corpus.py` describes it): none has most of its lines standing, 0.4 % have a confidence
below .85 (a sheet upside down: .72), and no reading of theirs is changed. What it leaves out: small angles, which
the detector follows by itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from PIL import Image

from chalklens.types import Box, Picture, TextLine

Degrees = Literal[90, 180, 270]

TRANSPOSES = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
UNSURE_BELOW = 0.85
CLEARLY_BETTER = 0.1
MORE_TEXT = 1.2
STANDING_RATIO = 1.5
MIN_WORD_CHARS = 2
MIN_WORDS = 3


def measure_confidence(lines: Sequence[TextLine]) -> float:
    """Mean confidence of the characters, 0 without any."""
    return sum(line.confidence * len(line.text) for line in lines) / max(1, _count(lines))


def find_turns(lines: Sequence[TextLine]) -> tuple[Degrees, ...]:
    """Degrees, counter-clockwise, by which the page may have to be turned; none if it reads well."""
    if _is_sideways(lines):
        return (90, 270)
    return (180,) if lines and measure_confidence(lines) < UNSURE_BELOW else ()


def is_better(turned: Sequence[TextLine], found: Sequence[TextLine]) -> bool:
    """Whether the turned page reads better.

    It is clearly surer and has more text (rows of stars are unsure both ways, but no longer), or it
    is about as sure and its lines lie instead of standing.
    """
    gain = measure_confidence(turned) - measure_confidence(found)
    if _is_sideways(found) and not _is_sideways(turned):
        return gain > -CLEARLY_BETTER
    return gain > CLEARLY_BETTER and _count(turned) > MORE_TEXT * _count(found)


def turn_picture(picture: Picture, degrees: Degrees) -> Picture:
    """Return the picture turned counter-clockwise."""
    size = (picture.pixels_width_px, picture.pixels_height_px)
    image = Image.frombytes("RGB", size, picture.pixels).transpose(TRANSPOSES[degrees])
    width, height = picture.width_px, picture.height_px
    shown = (width, height) if degrees == 180 else (height, width)
    return replace(
        picture,
        width_px=shown[0],
        height_px=shown[1],
        pixels=image.tobytes(),
        pixels_width_px=image.width,
        pixels_height_px=image.height,
    )


def turn_back(
    lines: Sequence[TextLine], degrees: Degrees, width_px: int, height_px: int
) -> list[TextLine]:
    """Return lines of a turned page with boxes on the original of `width_px` x `height_px`."""
    return [
        replace(line, box=_turn_box_back(line.box, degrees, width_px, height_px)) for line in lines
    ]


def _turn_box_back(box: Box, degrees: Degrees, width_px: int, height_px: int) -> Box:
    if degrees == 90:
        return Box(width_px - box.y1, box.x0, width_px - box.y0, box.x1)
    if degrees == 180:
        return Box(width_px - box.x1, height_px - box.y1, width_px - box.x0, height_px - box.y0)
    return Box(box.y0, height_px - box.x1, box.y1, height_px - box.x0)


def _count(lines: Sequence[TextLine]) -> int:
    return sum(len(line.text) for line in lines)


def _is_sideways(lines: Sequence[TextLine]) -> bool:
    """Whether most words stand; single characters are taller than wide anyway."""
    words = [line.box for line in lines if len(line.text) >= MIN_WORD_CHARS]
    standing = sum(box.y1 - box.y0 > STANDING_RATIO * (box.x1 - box.x0) for box in words)
    return len(words) >= MIN_WORDS and standing > len(words) / 2
