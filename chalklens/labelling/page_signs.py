"""Plain facts of a page for the material gate: shares of characters and words, and of pixels.

How it is used: `describe_text(reading)` -> (TEXT_SIGNS,) and `describe_pixels(picture)` ->
(PIXEL_SIGNS,), both float32, mostly shares from 0 to 1; none of them grows with the size of the page
or the length of its text, because a screenful of sums is as elementary as one sum. What it leaves
out: what the text means (`encoder.py`). Worker side.

Source of colourfulness: Hasler and Suesstrunk, Measuring colourfulness in natural images, 2003.
"""

import re
from collections.abc import Sequence
from math import log10

import numpy as np
from numpy.typing import NDArray

from chalklens.types import Picture, TextReading

Floats = NDArray[np.float32]

MAX_CHARACTERS = 20_000
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
WORD = re.compile(r"[^\W\d_]+")
OPERATORS = frozenset("+-−–×÷=<>")
CODE_SIGNS = frozenset("{}[]();_/\\|@#&*~^$€£")
SIDE_PIXELS = 96
EDGE_STEP = 24

TEXT_SIGNS = 18
PIXEL_SIGNS = 8


def describe_text(reading: TextReading) -> Floats:
    """Return shares of characters, words, numbers and lines."""
    lines = [line.text for line in reading.lines if line.text.strip()]
    text = "\n".join(lines)[:MAX_CHARACTERS]
    confidence = sum(line.confidence for line in reading.lines) / max(1, len(reading.lines))
    signs = [*_describe_characters(text), *_describe_words(text), *_describe_numbers(text)]
    per_line = len(text.split()) / max(1, len(lines))
    return np.asarray([*signs, min(per_line, 15) / 15, confidence], np.float32)


def _describe_characters(text: str) -> list[float]:
    visible = [c for c in text if not c.isspace()]
    count = max(1, len(visible))
    letters = sum(c.isalpha() for c in visible)
    return [
        sum(c.isdigit() for c in visible) / count,
        letters / count,
        sum(c.isupper() for c in visible) / max(1, letters),
        sum(c.isalpha() and not c.isascii() for c in visible) / max(1, letters),
        sum(c in OPERATORS for c in visible) / count,
        sum(c in CODE_SIGNS for c in visible) / count,
        sum(c in ".,;:!'\"“”" for c in visible) / count,
        "?" in text,
    ]


def _describe_words(text: str) -> list[float]:
    tokens, words = text.split(), WORD.findall(text)
    count = max(1, len(words))
    return [
        len(words) / max(1, len(tokens) + len(words)),
        sum(map(len, words)) / count / 10,
        sum(len(word) > 8 for word in words) / count,
        sum(len(word) == 1 for word in words) / count,
    ]


def _describe_numbers(text: str) -> list[float]:
    found = NUMBER.findall(text)
    values = [float(number.replace(",", "")) for number in found]
    count = max(1, len(values))
    sizes = sorted(min(6.0, log10(1 + value)) / 6 for value in values)
    return [
        sum(value <= 20 and value == int(value) for value in values) / count,
        sum("." in number for number in found) / count,
        sizes[-1] if sizes else 0.0,
        sizes[len(sizes) // 2] if sizes else 0.0,
    ]


def describe_pixels(picture: Picture) -> Floats:
    """Return how white, colourful, dark, rough and even a picture is."""
    size = (picture.pixels_height_px, picture.pixels_width_px, 3)
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(size)
    rows, columns = (_spread(length) for length in size[:2])
    return _describe_sample(pixels[np.ix_(rows, columns)].astype(np.float32))


def _spread(length: int) -> NDArray[np.int64]:
    """Evenly spaced indices, at most `SIDE_PIXELS` of them."""
    return np.linspace(0, length - 1, min(length, SIDE_PIXELS)).astype(np.int64)


def _describe_sample(pixels: Floats) -> Floats:
    grey = pixels.mean(2)
    red, green, blue = (pixels[:, :, i] for i in range(3))
    first, second = red - green, (red + green) / 2 - blue
    colourfulness = np.hypot(first.std(), second.std()) + 0.3 * np.hypot(
        first.mean(), second.mean()
    )
    levels = np.bincount((grey.ravel() / 16).astype(np.int64), minlength=16) / grey.size
    across = np.abs(np.diff(grey, axis=1))
    down = np.abs(np.diff(grey, axis=0))
    return np.asarray(
        [
            (pixels.min(2) > 235).mean(),
            (grey < 60).mean(),
            min(1.0, float(colourfulness) / 100),
            (pixels.max(2) - pixels.min(2)).mean() / 255,
            levels.max(),
            -(levels * np.log(levels + 1e-9)).sum() / np.log(16),
            _share(across > EDGE_STEP) + _share(down > EDGE_STEP),
            _share((across > 2) & (across <= EDGE_STEP)),
        ],
        np.float32,
    )


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else 0.0


def describe_texts(readings: Sequence[TextReading]) -> Floats:
    """One row per reading, (readings, TEXT_SIGNS)."""
    if not readings:
        return np.zeros((0, TEXT_SIGNS), np.float32)
    return np.stack([describe_text(reading) for reading in readings])
