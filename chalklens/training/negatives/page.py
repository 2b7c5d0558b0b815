"""A page to draw on that remembers every line.

How it is used: `Page(rng, width_px, height_px)`, then `write`, `write_block`, `write_table` and, for
everything that is not text, `page.pen` (a Pillow `ImageDraw`). `lines` holds what was written, in
the order of writing. What it leaves out: boxes of the lines; nothing here needs them.
"""

import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from chalklens.training.negatives.lettering import Typeface, load_typeface, pick_typeface

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
MAX_SIDE_PX = 1600
LINE_SPACING = 1.35


class Page:
    """A picture in the making."""

    def __init__(
        self, rng: random.Random, width_px: int, height_px: int, paper: Colour = WHITE
    ) -> None:
        if not 0 < max(width_px, height_px) <= MAX_SIDE_PX:
            raise ValueError(f"a page has 1 to {MAX_SIDE_PX} pixels a side")
        self.rng = rng
        self.width, self.height = width_px, height_px
        self.picture = Image.new("RGB", (width_px, height_px), paper)
        self.pen = ImageDraw.Draw(self.picture)
        self.ink: Colour = WHITE if sum(paper) < 330 else dark_colour(rng)
        self.face = pick_typeface(rng)
        self.lines: list[str] = []

    def replace_picture(self, picture: Image.Image) -> None:
        """Go on with another picture of the same size."""
        self.picture, self.pen = picture, ImageDraw.Draw(picture)

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size_px: int = 16,
        *,
        face: str | None = None,
        ink: Colour | None = None,
        centred: bool = False,
    ) -> float:
        """Write one line; return where it ends."""
        typeface = load_typeface(face or self.face, size_px, text)
        left = x - typeface.getlength(text) / 2 if centred else x
        self.pen.text((left, y), text, fill=ink or self.ink, font=typeface)
        if text.strip():
            self.lines.append(text)
        return left + typeface.getlength(text)

    def write_block(
        self,
        x: float,
        y: float,
        width_px: float,
        text: str,
        size_px: int = 16,
        *,
        face: str | None = None,
        ink: Colour | None = None,
    ) -> float:
        """Write a text in lines of a width, as far as the page goes; return the next line's top."""
        typeface = load_typeface(face or self.face, size_px, text)
        for line in wrap_text(text, typeface, width_px):
            if y + size_px > self.height:
                break
            self.write(x, y, line, size_px, face=face, ink=ink)
            y += size_px * LINE_SPACING
        return y

    def write_table(
        self,
        x: float,
        y: float,
        widths_px: Sequence[float],
        rows: Sequence[Sequence[str]],
        size_px: int = 14,
        *,
        ruled: bool = True,
        row_px: float | None = None,
    ) -> float:
        """Write rows of cells, with lines around them if `ruled`; return the bottom."""
        step = row_px or size_px * 1.8
        for row in rows:
            left = x
            for width, cell in zip(widths_px, row, strict=True):
                if ruled:
                    self.pen.rectangle((left, y, left + width, y + step), outline=(150, 150, 150))
                self.write(left + 5, y + (step - size_px) / 2 - 1, cell, size_px)
                left += width
            y += step
        return y


def wrap_text(text: str, typeface: Typeface, width_px: float) -> list[str]:
    """Break a text into lines that fit; a word that is too long stands alone."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and typeface.getlength(longer) > width_px:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def dark_colour(rng: random.Random) -> Colour:
    """Ink: black or a dark tint."""
    if rng.random() < 0.5:
        return BLACK
    return rng.randint(0, 90), rng.randint(0, 90), rng.randint(0, 110)


def soft_colour(rng: random.Random) -> Colour:
    """Paper: white or a light tint."""
    if rng.random() < 0.4:
        return WHITE
    return rng.randint(215, 255), rng.randint(215, 255), rng.randint(205, 255)


def vivid_colour(rng: random.Random) -> Colour:
    """Any colour that stands out from white."""
    return rng.randint(10, 220), rng.randint(10, 200), rng.randint(10, 220)
