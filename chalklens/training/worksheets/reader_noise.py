"""Mistakes like the reader's, for text that was never read.

How it is used: `add_reader_noise(reading, rng)`. The kinds and rates follow what RapidOCR does on the
training worksheets (word recall .95, precision .98): a sign is taken for a similar one, a space is
lost, a short line (a lone digit or sign) is missed. What it leaves out: wrong order, boxes.
"""

import random
from dataclasses import replace

from chalklens.types import TextLine, TextReading

SIMILAR = {
    "×": ("x", "X"),
    "÷": ("+", ":"),
    "−": ("-", "一"),
    "–": ("-",),
    "0": ("O", "o"),
    "1": ("l", "I"),
    "5": ("S",),
    "8": ("B",),
    "O": ("0",),
    "l": ("1", "I"),
    "°": ("o", "0"),
    "¢": ("c",),
    "□": ("口", "D"),
    "½": ("1/2",),
    "…": ("...",),
}
"""What a sign is taken for: one of these, as a whole."""
SIGN_RATE = 0.06
SPACE_RATE = 0.02
SHORT_LINE_CHARACTERS = 2
MISSED_SHORT_RATE = 0.15
MISSED_RATE = 0.01


def add_reader_noise(reading: TextReading, rng: random.Random) -> TextReading:
    """Return the reading with mistakes; at least one line is left."""
    kept = [line for line in reading.lines if not _is_missed(line, rng)] or list(reading.lines)
    return replace(reading, lines=tuple(_mistake(line, rng) for line in kept))


def _is_missed(line: TextLine, rng: random.Random) -> bool:
    short = len(line.text) <= SHORT_LINE_CHARACTERS
    return rng.random() < (MISSED_SHORT_RATE if short else MISSED_RATE)


def _mistake(line: TextLine, rng: random.Random) -> TextLine:
    return replace(line, text="".join(_confuse(sign, rng) for sign in line.text) or line.text)


def _confuse(sign: str, rng: random.Random) -> str:
    if sign == " ":
        return "" if rng.random() < SPACE_RATE else sign
    if sign in SIMILAR and rng.random() < SIGN_RATE:
        return rng.choice(SIMILAR[sign])
    return sign
