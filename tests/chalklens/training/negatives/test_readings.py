"""Readings of drawn negatives on disk."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from chalklens.reading.cache import ReadingCache
from chalklens.training.negatives.catalogue import Negative, draw_negative
from chalklens.training.negatives.readings import read_negatives, to_picture
from chalklens.types import Box, Picture, TextLine, TextReading

READER = "test-reader"


class CountingReader:
    """Says how large a picture is, and remembers which it was asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, picture: Picture) -> TextReading:
        self.asked.append(picture.name)
        text = f"{picture.width_px} by {picture.height_px}"
        return TextReading((TextLine(text, Box(0, 0, 9, 9), 1.0),), READER)


def ignore(done: int, total: int, message: str) -> None:
    """Progress that nobody looks at."""


def read(negatives: list[Negative], folder: Path, reader: CountingReader) -> list[TextReading]:
    cache = ReadingCache(folder / "readings.jsonl", READER)
    found = read_negatives(negatives, cache, reader, ignore, len(negatives))
    return [reading for _, reading in found]


def test_a_negative_is_read_once(tmp_path: Path) -> None:
    negatives = [draw_negative("logo", 1), draw_negative("chat", 1)]
    reader = CountingReader()
    first = read(negatives, tmp_path, reader)
    second = read([*negatives, draw_negative("logo", 2)], tmp_path, reader)
    assert reader.asked == ["logo", "chat", "logo"]
    assert second[:2] == first
    width, height = negatives[0].picture.size
    assert first[0].text == f"{width} by {height}"


def test_pictures_of_other_size_or_pixels_have_other_names() -> None:
    drawn = [draw_negative(kind, seed) for kind in ("logo", "noise") for seed in (1, 2)]
    names = {to_picture(negative.picture).sha256 for negative in drawn}
    assert len(names) == 4
    blank = [Negative("b", Image.new("RGB", size), ()) for size in ((20, 30), (30, 20))]
    assert blank[0].picture.tobytes() == blank[1].picture.tobytes()
    assert len(names | {to_picture(negative.picture).sha256 for negative in blank}) == 6


def test_negatives_are_taken_one_by_one_and_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    taken: list[int] = []

    def draw() -> Iterator[Negative]:
        for seed in range(3):
            taken.append(seed)
            yield draw_negative("logo", seed)

    cache = ReadingCache(tmp_path / "readings.jsonl", READER)
    found = read_negatives(
        draw(), cache, CountingReader(), lambda done, of, what: told.append((done, of, what)), 3
    )
    assert next(found)[0].kind == "logo"
    assert taken == [0]
    assert len(list(found)) == 2
    assert told == [(number, 3, "reading negatives") for number in (1, 2, 3)]
