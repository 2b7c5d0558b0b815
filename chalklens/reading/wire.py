"""Readings on the wire and on disk: plain JSON, one short list per line of text.

How it is used: `dump_reading` in a worker or a cache, `load_reading` on the other side.

What it leaves out: pictures (`media/wire.py`).
"""

from collections.abc import Mapping
from typing import Any

from chalklens.types import Box, TextLine, TextReading


def dump_reading(reading: TextReading) -> dict[str, Any]:
    """Return `{"reader": ..., "lines": [[text, confidence, x0, y0, x1, y1], ...]}`."""
    rows = [
        [line.text, round(line.confidence, 4), line.box.x0, line.box.y0, line.box.x1, line.box.y1]
        for line in reading.lines
    ]
    return {"reader": reading.reader, "lines": rows}


def load_reading(fields: Mapping[str, Any]) -> TextReading:
    """Rebuild a reading from what `dump_reading` returned."""
    lines = (TextLine(text, Box(*box), confidence) for text, confidence, *box in fields["lines"])
    return TextReading(tuple(lines), fields["reader"])
