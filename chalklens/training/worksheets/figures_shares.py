"""Circles and rectangles cut into shares, square arrays, and their parts drawn apart.

How it is used: `draw_shares(canvas, Shares("circle", 4, shaded=1), place)` draws a whole cut into
equal shares; `draw_grid(canvas, place, rows, columns)` an array of squares and gives its box.

What it leaves out: fraction bars and circles of arithmetic (the fractions family).
"""

import math
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shapes import square_box
from chalklens.training.worksheets.style import Colour, soften


@dataclass(frozen=True, slots=True)
class Shares:
    """A whole: `circle` or `rectangle`, its number of shares, how many are shaded, whether cuts show."""

    shape: str
    parts: int
    shaded: int = 0
    cut: bool = True


def draw_shares(
    canvas: Canvas, shares: Shares, place: Area, *, colour: Colour | None = None
) -> None:
    """Draw a whole with its shares and declare it."""
    fill = colour or soften(canvas.style.accent, 0.6)
    if shares.shape == "circle":
        _draw_round(canvas, shares, square_box(place), fill)
        canvas.figure("fraction_circle", square_box(place))
    else:
        _draw_straight(canvas, shares, place, fill)
        canvas.figure("fraction_bar", place)


def _draw_round(canvas: Canvas, shares: Shares, box: Area, fill: Colour) -> None:
    step = 360 / shares.parts
    for index in range(shares.shaded):
        canvas.slice(
            box, index * step - 90, (index + 1) * step - 90, fill=fill, outline=canvas.style.ink
        )
    canvas.ellipse(box, outline=canvas.style.ink)
    (x, y), radius = box.middle, box.width / 2
    for index in range(shares.parts if shares.cut else 0):
        angle = math.radians(index * step - 90)
        canvas.line((x, y), (x + radius * math.cos(angle), y + radius * math.sin(angle)))


def _draw_straight(canvas: Canvas, shares: Shares, box: Area, fill: Colour) -> None:
    rows = 2 if shares.parts in (4, 6, 8) and box.height > box.width * 0.45 else 1
    columns = shares.parts // rows
    width, height = box.width / columns, box.height / rows
    for index in range(shares.shaded):
        x, y = box.x0 + index % columns * width, box.y0 + index // columns * height
        canvas.rectangle(Area(x, y, x + width, y + height), fill=fill)
    canvas.rectangle(box, outline=canvas.style.ink)
    for column in range(1, columns if shares.cut else 1):
        canvas.line((box.x0 + column * width, box.y0), (box.x0 + column * width, box.y1))
    if rows == 2 and shares.cut:
        canvas.line((box.x0, box.middle[1]), (box.x1, box.middle[1]))


def draw_odd_halves(canvas: Canvas, shape: str, place: Area) -> None:
    """A whole cut into two equal shares of another form: by a wave or along the diagonal."""
    box = square_box(place) if shape == "circle" else place
    if shape == "circle":
        (x, y), r = box.middle, box.width / 2
        canvas.ellipse(box, outline=canvas.style.ink)
        canvas.arc(Area(x - r / 2, y - r, x + r / 2, y), 90, 270, colour=canvas.style.ink)
        canvas.arc(Area(x - r / 2, y, x + r / 2, y + r), 270, 90, colour=canvas.style.ink)
        canvas.figure("fraction_circle", box)
        return
    canvas.rectangle(box, outline=canvas.style.ink)
    canvas.line((box.x0, box.y1), (box.x1, box.y0))
    canvas.figure("fraction_bar", box)


def draw_parts(canvas: Canvas, shares: Shares, place: Area) -> None:
    """The shares of a whole drawn apart from one another, and declared."""
    gap, fill = place.width / shares.parts, soften(canvas.style.accent, 0.7)
    for index in range(shares.parts):
        box = Area(
            place.x0 + gap * index + 5, place.y0 + 5, place.x0 + gap * (index + 1) - 5, place.y1 - 5
        )
        if shares.shape == "circle":
            canvas.slice(
                square_box(box),
                index * 360 / shares.parts,
                (index + 1) * 360 / shares.parts,
                fill=fill,
            )
        else:
            canvas.rectangle(
                box.inset(box.width * 0.15, box.height * 0.1), fill=fill, outline=canvas.style.ink
            )
    canvas.figure("fraction_circle" if shares.shape == "circle" else "fraction_bar", place)


def fit_grid(place: Area, rows: int, columns: int) -> Area:
    """The box of a grid of squares in the middle of a place."""
    size = min(place.width / columns, place.height / rows, 34)
    x, y = place.middle
    return Area(
        x - size * columns / 2, y - size * rows / 2, x + size * columns / 2, y + size * rows / 2
    )


def draw_grid(
    canvas: Canvas,
    box: Area,
    rows: int,
    columns: int,
    *,
    lined: bool = True,
    chequered: bool = False,
) -> None:
    """Draw a rectangle of squares (or, not lined, only its outline) and declare it."""
    width, height = box.width / columns, box.height / rows
    canvas.rectangle(
        box,
        fill=soften(canvas.style.accent, 0.9) if lined else None,
        outline=canvas.style.ink,
        stroke=canvas.style.stroke + 0.5,
    )
    for index in range(rows * columns if chequered and lined else 0):
        row, column = divmod(index, columns)
        if (row + column) % 2 == 0:
            x, y = box.x0 + column * width, box.y0 + row * height
            canvas.rectangle(
                Area(x, y, x + width, y + height), fill=soften(canvas.style.accent, 0.7)
            )
    for column in range(1, columns if lined else 1):
        canvas.line((box.x0 + column * width, box.y0), (box.x0 + column * width, box.y1), stroke=1)
    for row in range(1, rows if lined else 1):
        canvas.line((box.x0, box.y0 + row * height), (box.x1, box.y0 + row * height), stroke=1)
    canvas.figure("square_array" if lined else "polygon", box)


def number_squares(canvas: Canvas, box: Area, rows: int, columns: int) -> None:
    """Write 1, 2, 3 ... into the squares of a grid."""
    width, height = box.width / columns, box.height / rows
    for index in range(rows * columns):
        x, y = box.x0 + (index % columns + 0.5) * width, box.y0 + (index // columns + 0.5) * height
        canvas.text(x, y, str(index + 1), size=max(9.0, height * 0.42), anchor="m")


def write_sides(canvas: Canvas, box: Area, across: str, down: str, *, both: bool = False) -> None:
    """Write lengths above and left of a box, and with `both` on the other sides too."""
    size = canvas.style.size * 0.75
    canvas.text(box.middle[0], box.y0 - size * 0.9, across, size=size, anchor="m")
    fitted = size * min(1.0, (box.x0 - 8) / max(1.0, canvas.measure(down, size)))
    canvas.text(box.x0 - 5, box.middle[1], down, size=fitted, anchor="r")
    if both:
        canvas.text(box.middle[0], box.y1 + size * 0.9, across, size=size, anchor="m")
        canvas.text(box.x1 + 5, box.middle[1], down, size=size)
