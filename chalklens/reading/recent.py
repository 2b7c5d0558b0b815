"""Readings of the pictures read last, in the memory of the worker that read them.

How it is used: an agent reads a sheet, then asks for its labels, then for their evidence; the text is
recognised once:

    recent = RecentReadings()
    key = make_key(recognizer.reader, picture)
    reading = recent.get(key)
    if reading is None:
        reading = recognizer.read(picture)
        recent.add(key, reading)

A key is made of everything a reading depends on and of nothing else: the reader, the pixels after
decoding, region and reduction, and the sizes that boxes are scaled with. So a file that changed is
read anew, and a copy under another name is not. What was used least recently goes first. What it
leaves out: the disk (`cache.py`), pixels, which are never kept, and use by several threads: a worker
answers one call at a time.
"""

import hashlib
import sys
from collections import OrderedDict

from chalklens.types import Picture, TextReading

MAX_READINGS = 64
"""Entries: a document of as many pages as one call takes (50), and a few pictures."""
MAX_BYTES = 4 << 20
"""All entries together; a worksheet's reading takes 5 kB (mean of 60), one of 300 lines about 100 kB."""
LINE_BYTES = 288
"""One line without its text on 64-bit CPython: line 56, box 64, four corners 128, confidence 24, slots."""


class RecentReadings:
    """At most `max_readings` readings of at most `max_bytes` together."""

    def __init__(self, max_readings: int = MAX_READINGS, max_bytes: int = MAX_BYTES) -> None:
        self._max_readings, self._max_bytes = max_readings, max_bytes
        self._readings: OrderedDict[bytes, TextReading] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._readings)

    def get(self, key: bytes) -> TextReading | None:
        """Return a reading and count it as used; None when it is not there."""
        reading = self._readings.get(key)
        if reading is not None:
            self._readings.move_to_end(key)
        return reading

    def add(self, key: bytes, reading: TextReading) -> None:
        """Keep a reading, at the cost of those used least recently; a larger one than fits is not kept."""
        self._drop(key)
        added_bytes = estimate_bytes(reading)
        if added_bytes > self._max_bytes:
            return
        while self._readings and not self._has_room(added_bytes):
            self._drop(next(iter(self._readings)))
        self._readings[key] = reading
        self.size_bytes += added_bytes

    def _has_room(self, added_bytes: int) -> bool:
        entries, size_bytes = len(self) + 1, self.size_bytes + added_bytes
        return entries <= self._max_readings and size_bytes <= self._max_bytes

    def _drop(self, key: bytes) -> None:
        if reading := self._readings.pop(key, None):
            self.size_bytes -= estimate_bytes(reading)


def make_key(reader: str, picture: Picture) -> bytes:
    """Hash what a reading depends on; (32,) bytes of SHA-256."""
    sizes = (picture.width_px, picture.height_px)
    pixel_sizes = (picture.pixels_width_px, picture.pixels_height_px)
    digest = hashlib.sha256(repr((reader, sizes, pixel_sizes)).encode())
    digest.update(picture.pixels)
    return digest.digest()


def estimate_bytes(reading: TextReading) -> int:
    """Memory that a reading takes."""
    return sum(LINE_BYTES + sys.getsizeof(line.text) for line in reading.lines)
