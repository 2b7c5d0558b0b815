"""Small worksheets of our own, and a tiny encoder, for the tests of labelling and training."""

import hashlib
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chalklens.reading.cache import ReadingCache
from chalklens.types import Box, Picture, TextLine, TextReading

LabelTriple = tuple[str, str, str]

READER = "test-reader"
SUMS: LabelTriple = ("Addition", "Base10", "ProcedureExecution")
CLOCKS: LabelTriple = ("MeasuringTime", "AnalogClock", "VisualRecognition")


class LetterEncoder:
    """Counts letters: an encoder that needs no weights."""

    width = 26

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors (texts, 26)."""
        rows = np.full((len(texts), self.width), 0.01, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.lower():
                if "a" <= letter <= "z":
                    row[ord(letter) - ord("a")] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@dataclass(frozen=True)
class SmallCorpus:
    """A corpus folder and the readings of its pictures."""

    folder: Path
    readings: ReadingCache


def make_reading(text: str) -> TextReading:
    """One line per row of a text."""
    lines = (TextLine(line, Box(0, 0, 9, 9), 1.0) for line in text.splitlines())
    return TextReading(tuple(lines), READER)


def paint(number: int, view: str) -> Image.Image:
    """A tiny page of its own shade, with black bars in the places of its view's layout."""
    page = Image.new("RGB", (8, 8), (255 - number, 255, 255))
    places = hashlib.sha256(view.encode()).digest()
    for row, place in enumerate(places[:8]):
        page.putpixel((place % 8, row), (0, 0, 0))
        page.putpixel((place // 8 % 8, row), (0, 0, 0))
    return page


def to_picture(image: Image.Image) -> Picture:
    """An image as the product hands it on."""
    data, size = image.tobytes(), image.size
    return Picture("page.png", hashlib.sha256(data).hexdigest(), "image/png", *size, data, *size)


def make_texts() -> list[tuple[str, str, LabelTriple]]:
    """Texts with their view and labels (area, scope, ability)."""
    sums: list[tuple[str, str, LabelTriple]] = [
        (f"Add the numbers. {a} + {b} =", f"sums-{a % 3}", SUMS)
        for a, b in zip(range(2, 11), range(5, 14), strict=True)
    ]
    clocks: list[tuple[str, str, LabelTriple]] = [
        (f"What time does the clock show? {hour} o'clock", f"clocks-{hour % 3}", CLOCKS)
        for hour in range(1, 10)
    ]
    return sums + clocks


def write_corpus(
    folder: Path, split: str = "train", *, tar: bool = False, copies: int = 1
) -> SmallCorpus:
    """Write a split with one small picture per text, and what a reader would see.

    With more than one copy each page is there that often, under ids of its own.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    cache = ReadingCache(folder / "cache" / "readings.jsonl", READER)
    rows: list[str] = []
    for number, (text, view, labels) in enumerate(make_texts()):
        name = f"images/sheet-{number:02}.png"
        paint(number, view).save(folder / name)
        key = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if key not in cache:
            cache.add(key, make_reading(text))
        for copy in range(copies):
            row = _row(number, name, text, view, labels)
            rows.append(json.dumps(row | {"id": f"{row['id']}{'-again' * copy}"}))
    (folder / f"{split}.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    if tar:
        with tarfile.open(folder / f"images-{split}.tar", "w") as archive:
            archive.add(folder / "images", "images")
        for file in (folder / "images").iterdir():
            file.unlink()
    return SmallCorpus(folder, cache)


def _row(number: int, image: str, text: str, view: str, labels: LabelTriple) -> dict[str, object]:
    area, scope, ability = ([label] for label in labels)
    facts = {
        "id": f"sheet-{number:02}",
        "pair": f"pair-{number // 2:02}",
        "image": image,
        "text": text,
        "view": view,
    }
    return {**facts, "area": area, "scope": scope, "ability": ability, "ontology": "0.21.0"}
