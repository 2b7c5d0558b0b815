# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Reading a whole corpus."""

from pathlib import Path

import pytest
from PIL import Image

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets
from chalklens.reading.cache import ReadingCache
from tests.chalklens.labelling.sheets import make_reading, write_corpus


def unexpected(done: int, total: int, message: str) -> None:
    pytest.fail("nothing was left to read")


def write_blank_sheets(folder: Path, count: int) -> list[Worksheet]:
    """Pictures that hold no text, each of its own shade."""
    (folder / "images").mkdir()
    sheets: list[Worksheet] = []
    for number in range(count):
        image = f"images/{number}.png"
        Image.new("RGB", (40, 40), (255, 255, 250 + number)).save(folder / image)
        sheets.append(
            Worksheet(str(number), "train", image, "blank", frozenset(), (), "", "0.21.0", "")
        )
    return sheets


def test_what_the_cache_has_is_not_read_again(tmp_path: Path) -> None:
    small = write_corpus(tmp_path)
    corpus = Corpus(small.folder)
    sheets = corpus.worksheets("train")
    readings = read_worksheets(corpus, sheets, small.readings, unexpected)
    assert [reading.text for reading in readings] == [sheet.text for sheet in sheets]


def test_missing_pictures_are_read_by_a_worker_and_kept(tmp_path: Path) -> None:
    sheets = write_blank_sheets(tmp_path, 3)
    cache = open_reading_cache(tmp_path / "cache")
    told: list[int] = []
    corpus = Corpus(tmp_path)
    readings = read_worksheets(
        corpus, sheets, cache, lambda done, total, message: told.append(done), readers=1
    )
    assert [reading.lines for reading in readings] == [(), (), ()]
    assert told == [1, 2, 3]
    assert len(ReadingCache(cache.file, cache.reader)) == 3
    assert cache.get("0") != make_reading("")


def test_what_ends_the_reading_reaches_the_caller_as_it_is(tmp_path: Path) -> None:
    sheets = write_blank_sheets(tmp_path, 1)
    cache = ReadingCache(tmp_path / "readings.jsonl", "another-reader")
    with pytest.raises(InputError, match="for another-reader"):
        read_worksheets(Corpus(tmp_path), sheets, cache, lambda done, total, message: None)
