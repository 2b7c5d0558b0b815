"""Readings kept on disk, so that no picture is read twice by the same reader.

How it is used: `ReadingCache(file, reader)`, then `cache.get(sha256)` and `cache.add(sha256,
reading)`, where `sha256` is that of the picture's file. One JSON row per reading, appended and
flushed, so an interrupted run keeps what it has; rows of other readers stay and are not looked at.
What it leaves out: use by several processes at once, and forgetting.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalklens.errors import BusyError, InputError
from chalklens.reading.wire import dump_reading, load_reading
from chalklens.types import TextReading

MAX_READINGS = 1_000_000
MAX_FILE_BYTES = 4 << 30


class ReadingCache:
    """The readings of one reader, in memory and in one file."""

    def __init__(self, file: Path, reader: str) -> None:
        """Open or create the file.

        Raises:
            InputError: The file is larger than a cache can be.
        """
        self.file, self.reader = file, reader
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > MAX_FILE_BYTES:
            raise InputError(
                f"The reading cache {file.name} is over {MAX_FILE_BYTES >> 30} GiB.",
                "Name another file or remove this one.",
            )
        self._rows = {row["sha256"]: row for row in _rows(file) if row["reader"] == reader}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, sha256: object) -> bool:
        return sha256 in self._rows

    def get(self, sha256: str) -> TextReading | None:
        """Return the reading of a picture, None when it has not been read."""
        row = self._rows.get(sha256)
        return load_reading(row) if row else None

    def add(self, sha256: str, reading: TextReading) -> None:
        """Keep a reading, in memory and on disk.

        Raises:
            InputError: It comes from another reader.
            BusyError: The cache is full.
        """
        if reading.reader != self.reader:
            raise InputError(f"This cache is for {self.reader}, not for {reading.reader}.")
        if len(self._rows) >= MAX_READINGS:
            raise BusyError("The reading cache is full.", "Start a new file.")
        row = {"sha256": sha256, **dump_reading(reading)}
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._rows[sha256] = row


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole rows; cut the file after the last one when a run was killed in a row."""
    if not file.exists():
        return
    whole_bytes = 0
    with file.open("rb") as rows:
        for line in rows:
            if not line.endswith(b"\n"):
                break
            whole_bytes += len(line)
            yield json.loads(line)
    if whole_bytes < file.stat().st_size:
        with file.open("r+b") as rows:
            rows.truncate(whole_bytes)
