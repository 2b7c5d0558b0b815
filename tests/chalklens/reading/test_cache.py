"""Readings kept on disk."""

from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.reading.cache import ReadingCache
from chalklens.types import Box, TextLine, TextReading

READING = TextReading((TextLine("3 + 4 = □", Box(1, 2, 30, 40), 0.75),), "reader-1")


def test_a_reading_survives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "readings.jsonl"
    ReadingCache(file, "reader-1").add("abc", READING)
    again = ReadingCache(file, "reader-1")
    assert again.get("abc") == READING
    assert len(again) == 1
    assert again.get("other") is None


def test_another_readers_rows_are_not_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "readings.jsonl"
    ReadingCache(file, "reader-1").add("abc", READING)
    assert "abc" not in ReadingCache(file, "reader-2")
    with pytest.raises(InputError, match="reader-2"):
        ReadingCache(file, "reader-2").add("abc", READING)


def test_a_row_cut_off_by_a_kill_is_dropped_and_written_again(tmp_path: Path) -> None:
    file = tmp_path / "readings.jsonl"
    cache = ReadingCache(file, "reader-1")
    cache.add("whole", READING)
    cache.add("cut", READING)
    file.write_bytes(file.read_bytes()[:-20])
    resumed = ReadingCache(file, "reader-1")
    assert "cut" not in resumed
    resumed.add("cut", READING)
    assert ReadingCache(file, "reader-1").get("cut") == READING
    assert ReadingCache(file, "reader-1").get("whole") == READING
