"""Draws the two example worksheets that `chalklens demo` looks at.

How it is used: `python examples/draw_worksheets.py` writes the PNGs to `knowledge_base/examples/`;
a test checks that they are what this file draws. Everything is our own: shapes by Pillow, letters
in the font that Pillow carries (Aileron). Shapes are drawn four times as large and reduced,
because Pillow does not smooth edges.

What it leaves out: randomness. The same sheets come out every time.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).resolve().parents[1] / "knowledge_base" / "examples"
WIDTH_PX, HEIGHT_PX = 720, 900
ENLARGED = 4
COLOURS = 64

INK, PALE_INK, PAPER, FRAME = "#22303c", "#5b6b78", "#ffffff", "#c9d3da"
BLUE, YELLOW, GREEN, RED = "#3f88c5", "#f2b134", "#5fa55a", "#e4572e"

ADDITION = [(8, 5), (9, 4), (7, 7), (6, 9), (12, 5), (3, 14), (8, 8), (11, 6), (13, 7)]
FRUIT = [("Apples", 7, RED), ("Bananas", 4, YELLOW), ("Pears", 6, GREEN), ("Plums", 3, BLUE)]
QUESTIONS = [
    "How many apples are shown?",
    "How many more pears than plums are shown?",
    "How many pieces of fruit are there in all?",
]


class Sheet:
    """A white page with a heading, measured in final pixels."""

    def __init__(self, title: str, task: str, accent: str) -> None:
        self.image = Image.new("RGB", (WIDTH_PX * ENLARGED, HEIGHT_PX * ENLARGED), PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self.box(40, 36, 680, 104, radius=14, fill=accent)
        self.text(64, 70, title, size=32, colour=PAPER, anchor="lm")
        self.text(44, 138, "Name", size=18, colour=PALE_INK, anchor="lm")
        self.line(100, 148, 400, 148)
        self.text(440, 138, "Date", size=18, colour=PALE_INK, anchor="lm")
        self.line(490, 148, 676, 148)
        self.text(44, 190, task, size=24, anchor="lm")

    def text(
        self, x: float, y: float, words: str, *, size: int, colour: str = INK, anchor: str = "mm"
    ) -> None:
        """Write `words` at a point; `anchor` as in Pillow."""
        font = ImageFont.load_default(size * ENLARGED)
        self._draw.text((x * ENLARGED, y * ENLARGED), words, colour, font=font, anchor=anchor)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str = FRAME) -> None:
        """Draw a line of 2 px."""
        self._draw.line(self._enlarge(x0, y0, x1, y1), colour, width=2 * ENLARGED)

    def box(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        radius: int = 0,
        fill: str | None = None,
        outline: str | None = None,
    ) -> None:
        """Draw a rectangle, round at the corners if asked."""
        self._draw.rounded_rectangle(
            self._enlarge(x0, y0, x1, y1), radius * ENLARGED, fill, outline, 2 * ENLARGED
        )

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        """Draw a filled circle."""
        self._draw.ellipse(self._enlarge(x - radius, y - radius, x + radius, y + radius), fill)

    def finish(self) -> Image.Image:
        """Reduce to the final size."""
        return self.image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS)

    def _enlarge(self, *sides: float) -> tuple[float, ...]:
        return tuple(side * ENLARGED for side in sides)


def draw_addition() -> Image.Image:
    """Draw nine additions within 20, and a ten frame as a hint."""
    sheet = Sheet("Addition within 20", "Add the numbers. Write each sum in the box.", BLUE)
    for index, (first, second) in enumerate(ADDITION):
        row, column = divmod(index, 3)
        _draw_sum(sheet, 44 + column * 216, 232 + row * 104, first, second)
    sheet.text(44, 578, "Use the ten frames to help you: 8 + 5", size=22, anchor="lm")
    _draw_ten_frame(sheet, 66, 620, [BLUE] * 8 + [YELLOW] * 2)
    _draw_ten_frame(sheet, 386, 620, [YELLOW] * 3)
    sheet.text(44, 800, "8 + 2 = 10 and 10 + 3 =", size=26, anchor="lm")
    sheet.box(318, 776, 378, 824, radius=8, outline=INK)
    return sheet.finish()


def _draw_sum(sheet: Sheet, x: float, y: float, first: int, second: int) -> None:
    sheet.box(x, y, x + 200, y + 84, radius=12, outline=FRAME)
    sheet.text(x + 66, y + 42, f"{first} + {second} =", size=28)
    sheet.box(x + 134, y + 18, x + 182, y + 66, radius=8, outline=INK)


def _draw_ten_frame(sheet: Sheet, x: float, y: float, counters: Sequence[str]) -> None:
    for index in range(10):
        row, column = divmod(index, 5)
        left, top = x + column * 54, y + row * 54
        sheet.box(left, top, left + 56, top + 56, outline=INK)
        if index < len(counters):
            sheet.dot(left + 28, top + 28, 19, counters[index])


def draw_bar_graph() -> Image.Image:
    """Draw a bar graph of fruit and three questions about it."""
    sheet = Sheet("Bar graph", "Use the bar graph to answer the questions.", GREEN)
    left, top, bottom, step = 108.0, 252.0, 572.0, 40.0
    sheet.text(left, 232, "Each step represents 1 item.", size=18, colour=PALE_INK, anchor="lm")
    for count in range(9):
        y = bottom - count * step
        sheet.line(left, y, 660, y)
        sheet.text(left - 16, y, str(count), size=18, anchor="rm")
    for index, (name, count, colour) in enumerate(FRUIT):
        x = left + 36 + index * 134
        sheet.box(x, bottom - count * step, x + 80, bottom, fill=colour)
        sheet.text(x + 40, bottom + 24, name, size=20)
    sheet.line(left, top - 10, left, bottom, INK)
    sheet.line(left, bottom, 660, bottom, INK)
    for index, question in enumerate(QUESTIONS):
        y = 662 + index * 72
        sheet.text(44, y, f"{index + 1}.  {question}", size=22, anchor="lm")
        sheet.box(598, y - 24, 676, y + 24, radius=8, outline=INK)
    return sheet.finish()


SHEETS: dict[str, Callable[[], Image.Image]] = {
    "addition_within_20.png": draw_addition,
    "bar_graph.png": draw_bar_graph,
}


def main() -> None:
    """Write the PNGs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in SHEETS.items():
        palette = draw().quantize(COLOURS, dither=Image.Dither.NONE)
        palette.save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
