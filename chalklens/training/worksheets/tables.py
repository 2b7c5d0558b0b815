"""Tables with a header, rows, and answer places in cells.

How it is used: `draw_table(canvas, rng, rows, header=True)`; a cell is a text or a `Blank`. The table
stands at `canvas.y` and moves it. What it leaves out: cells that span.
"""

import random
from collections.abc import Collection, Sequence

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import Blank, measure_expression, write_expression
from chalklens.training.worksheets.style import soften

Cell = str | Blank
Position = tuple[int, int]


def draw_table(
    canvas: Canvas,
    rng: random.Random,
    rows: Sequence[Sequence[Cell]],
    *,
    header: bool = False,
    row_header: bool = False,
    size: float | None = None,
    padding: float | None = None,
    kind: str = "table",
    marked: Collection[Position] = (),
) -> Area:
    """Draw a table as wide as its cells need, rows of equal height; `marked` cells are coloured."""
    size = size or canvas.style.size
    padding = padding if padding is not None else size * rng.uniform(0.35, 0.8)
    size = _shrink(canvas, rows, size, padding)
    widths = [
        max(_measure(canvas, cell, size) for cell in column) + 2 * padding
        for column in zip(*rows, strict=True)
    ]
    height = size * rng.uniform(1.6, 2.1)
    x = max(canvas.left, (canvas.width - sum(widths)) / 2) if canvas.style.centred else canvas.left
    box = Area(x, canvas.y, x + sum(widths), canvas.y + height * len(rows))
    for i, row in enumerate(rows):
        x0 = box.x0
        for j, cell in enumerate(row):
            place = Area(x0, box.y0 + i * height, x0 + widths[j], box.y0 + (i + 1) * height)
            heading = (header and i == 0) or (row_header and j == 0)
            _draw_cell(canvas, place, cell, size, heading=heading, marked=(i, j) in marked)
            x0 += widths[j]
    canvas.figure(kind, box)
    canvas.y = box.y1 + size * 0.6
    return box


def _draw_cell(
    canvas: Canvas, place: Area, cell: Cell, size: float, *, heading: bool, marked: bool
) -> None:
    fill = soften(canvas.style.accent, 0.65 if marked else 0.88) if heading or marked else None
    canvas.rectangle(place, fill=fill, outline=soften(canvas.style.ink, 0.3), stroke=1)
    part = Blank(cell.answer, look=_look(canvas), digits=1) if isinstance(cell, Blank) else cell
    write_expression(canvas, *place.middle, (part,), size=size, bold=heading, anchor="m")


def _look(canvas: Canvas) -> str:
    """An answer place in a cell needs no frame of its own."""
    return "question" if canvas.style.blank == "question" else "gap"


def _measure(canvas: Canvas, cell: Cell, size: float) -> float:
    return measure_expression(canvas, (cell,), size, bold=isinstance(cell, str))


def _shrink(canvas: Canvas, rows: Sequence[Sequence[Cell]], size: float, padding: float) -> float:
    """The size at which the table is no wider than the page."""
    columns = list(zip(*rows, strict=True))
    room = canvas.right - canvas.left - 2 * padding * len(columns)
    width = sum(max(_measure(canvas, cell, size) for cell in column) for column in columns)
    return size * min(1.0, max(0.45, room / max(1.0, width)))
