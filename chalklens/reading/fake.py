"""A reader for tests and dry runs: returns the lines it was given.

How it is used: `FakeReader({"sheet.png": ["3 + 4 = 7"]})`, keyed by picture name. What it leaves
out: looking at pixels.
"""

from collections.abc import Mapping, Sequence

from chalklens.types import Box, Picture, TextLine, TextReading

LINE_HEIGHT_PX = 20


class FakeReader:
    """A `Reader` that answers from a table; unknown pictures are blank."""

    def __init__(self, texts: Mapping[str, Sequence[str]] | None = None) -> None:
        self._texts = dict(texts or {})
        self.pictures: list[Picture] = []

    async def read(self, picture: Picture) -> TextReading:
        """Return the scripted lines, stacked from the top of the picture."""
        self.pictures.append(picture)
        lines = tuple(
            TextLine(
                text, Box(0, i * LINE_HEIGHT_PX, picture.width_px, (i + 1) * LINE_HEIGHT_PX), 1.0
            )
            for i, text in enumerate(self._texts.get(picture.name, ()))
        )
        return TextReading(lines, "fake")
