"""Pictures of fractions: divided bars and circles, divided number lines, a shared whole.

How it is used: `draw_bar(canvas, box, parts, shaded)`; `draw_whole` picks a bar or a circle;
`write_amount` gives 3/4 stacked or with a slash. What it leaves out: grids of tenths and hundredths
(`figures_numbers.draw_grid`).
"""

from collections.abc import Sequence

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import Blank, Fraction, Part
from chalklens.training.worksheets.style import Colour, soften


def draw_bar(
    canvas: Canvas,
    box: Area,
    parts: int,
    shaded: int,
    *,
    colour: Colour | None = None,
    letters: str = "",
) -> None:
    """Draw a bar in equal parts, the first ones shaded; `letters` are written into shaded parts."""
    fill = soften(colour or canvas.style.accent, 0.45)
    width = box.width / parts
    for part in range(parts):
        cell = Area(box.x0 + part * width, box.y0, box.x0 + (part + 1) * width, box.y1)
        canvas.rectangle(cell, fill=fill if part < shaded else None, outline=canvas.style.ink)
        if letters and part < min(shaded, len(letters)):
            size = min(canvas.style.size * 0.85, box.height * 0.7, width)
            canvas.text(*cell.middle, letters[part], size=size, anchor="m")
    canvas.figure("fraction_bar", box)


def draw_circle(canvas: Canvas, x: float, y: float, radius: float, parts: int, shaded: int) -> None:
    """Draw a circle in equal sectors, the first ones shaded."""
    box = Area(x - radius, y - radius, x + radius, y + radius)
    fill = soften(canvas.style.accent, 0.45)
    if parts == 1:
        canvas.ellipse(box, fill=fill if shaded else None, outline=canvas.style.ink)
    for part in range(parts if parts > 1 else 0):
        start = -90 + 360 * part / parts
        end = -90 + 360 * (part + 1) / parts
        canvas.slice(box, start, end, fill=fill if part < shaded else canvas.style.paper)
    canvas.figure("fraction_circle", box)


def draw_whole(canvas: Canvas, shape: str, box: Area, parts: int, shaded: int) -> None:
    """Draw a divided whole in a box: `Circle` or `Rectangle`."""
    if shape == "Circle":
        draw_circle(canvas, *box.middle, min(box.width, box.height) / 2, parts, shaded)
    else:
        draw_bar(canvas, box, parts, shaded)


def draw_amount(
    canvas: Canvas,
    box: Area,
    parts: int,
    shaded: int,
    *,
    colour: Colour | None = None,
    letter: str = "",
) -> None:
    """Draw an amount as one bar per whole side by side: 5/4 takes two bars."""
    wholes = max(1, -(-shaded // parts))
    gap = 10.0
    width = (box.width - gap * (wholes - 1)) / wholes
    for whole in range(wholes):
        x0 = box.x0 + whole * (width + gap)
        count = min(parts, shaded - whole * parts)
        place = Area(x0, box.y0, x0 + width, box.y1)
        draw_bar(canvas, place, parts, count, colour=colour, letters=letter * count)


def mixed_number(numerator: int, denominator: int) -> Sequence[Part]:
    """An amount as a mixed number where it is over one whole."""
    whole, rest = divmod(numerator, denominator)
    if not whole:
        return (Fraction(str(numerator), str(denominator)),)
    return (f"{whole} ", Fraction(str(rest), str(denominator))) if rest else (str(whole),)


def write_amount(canvas: Canvas, numerator: int | Blank, denominator: int | Blank) -> Part:
    """A fraction as this sheet writes them, stacked or with a slash; answer places are stacked."""
    if isinstance(numerator, int) and isinstance(denominator, int) and canvas.style.slashed:
        return f"{numerator}/{denominator}"
    top = numerator if isinstance(numerator, Blank) else str(numerator)
    bottom = denominator if isinstance(denominator, Blank) else str(denominator)
    return Fraction(top, bottom)


def fraction_kind(numerator: int, denominator: int) -> str:
    """UnitFractions, NonUnitFractions (proper) or ImproperFractions."""
    if numerator == 1 and denominator > 1:
        return "UnitFractions"
    return "NonUnitFractions" if numerator < denominator else "ImproperFractions"
