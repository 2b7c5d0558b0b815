"""The paper a sheet is on: size and margins before, border and page number after the content.

How it is used by `sheet.render_sheet`. What it leaves out: titles and badges that say what the sheet
is about (`flow.heading`): those belong to the content.
"""

import random

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.style import choose_style, soften


def start_page(rng: random.Random) -> Canvas:
    """An empty page with random looks, sometimes with a line for name and date."""
    width = rng.choice((380, 430, 480, 520, 560, 620, 680))
    canvas = Canvas(choose_style(rng), width, rng.choice((14, 20, 26, 34)))
    if rng.random() < 0.12:
        _write_name_line(canvas, rng)
    return canvas


def finish_page(canvas: Canvas, rng: random.Random) -> None:
    """Add what stands around the content: a border, a footer."""
    if rng.random() < 0.1:
        _write_footer(canvas, rng)
    if rng.random() < 0.15:
        _draw_border(canvas, rng)


def _write_name_line(canvas: Canvas, rng: random.Random) -> None:
    size = canvas.style.size * 0.8
    y = canvas.y + size * 0.6
    left, right = rng.choice(
        (("Name:", "Date:"), ("Name", "Date"), ("Name:", "Class:"), ("My name", "Today"))
    )
    split = canvas.left + (canvas.right - canvas.left) * rng.uniform(0.5, 0.65)
    for text, start, end in ((left, canvas.left, split - 12), (right, split, canvas.right)):
        box = canvas.text(start, y, text, size=size)
        canvas.line((box.x1 + 5, box.y1), (max(end, box.x1 + 20), box.y1), stroke=1)
    canvas.y = y + size * 1.3


def _write_footer(canvas: Canvas, rng: random.Random) -> None:
    size = canvas.style.size * 0.65
    y = canvas.height - canvas.margin * 0.6 + size
    text = rng.choice(("Page", "Sheet", "Set")) + f" {rng.randint(1, 60)}"
    anchor = rng.choice("lmr")
    x = {"l": canvas.left, "m": canvas.width / 2, "r": canvas.right}[anchor]
    canvas.text(x, y, text, size=size, anchor=anchor, colour=soften(canvas.style.ink, 0.4))


def _draw_border(canvas: Canvas, rng: random.Random) -> None:
    colour = rng.choice((canvas.style.ink, canvas.style.accent, soften(canvas.style.ink, 0.7)))
    canvas.frame(canvas.margin * 0.3, colour)
