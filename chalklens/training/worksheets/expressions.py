"""One line of mathematics: text, answer places and fractions side by side.

How it is used: `write_expression(canvas, x, y, ("3 + ", Blank("4"), " = 7"))`. Most templates take
these from `flow`, which also finds the place. What it leaves out: columns (`operations_rows`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.style import WHITE, Colour


@dataclass(frozen=True, slots=True)
class Blank:
    """A place for an answer: empty on a question page, filled in on a solution page.

    Attributes:
        answer: What belongs there.
        look: `box`, `line`, `question`, `gap`, or empty for the style's own.
        digits: Least width, in digits.
    """

    answer: str
    look: str = ""
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Fraction:
    """A fraction written with a bar."""

    numerator: "str | Blank"
    denominator: "str | Blank"


Part = str | Blank | Fraction


def write_expression(
    canvas: Canvas,
    x: float,
    y: float,
    parts: Sequence[Part],
    *,
    size: float | None = None,
    bold: bool = False,
    anchor: str = "l",
    colour: Colour | None = None,
) -> Area:
    """Write text, answer places and fractions in one line with its middle at `y`; its box."""
    size = size or canvas.style.size
    parts = _join_texts(parts)
    width = measure_expression(canvas, parts, size, bold=bold)
    x -= {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * width
    start = x
    for part in parts:
        step = _measure_part(canvas, part, size, bold)
        if isinstance(part, Fraction):
            _write_fraction(canvas, Area(x, y, x + step, y), part, size, bold, colour)
        elif isinstance(part, Blank):
            write_blank(
                canvas, Area(x, y - size * 0.68, x + step, y + size * 0.68), part, size=size
            )
        else:
            offset = canvas.measure(" ", size, bold=bold) * (len(part) - len(part.lstrip(" ")))
            canvas.text(x + offset, y, part.strip(" "), size=size, bold=bold, colour=colour)
        x += step
    tall = size * (1.3 if any(isinstance(part, Fraction) for part in parts) else 0.68)
    return Area(start, y - tall, x, y + tall)


def _join_texts(parts: Sequence[Part]) -> list[Part]:
    """Put neighbouring texts together, so that a comma stays with its number."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def measure_expression(
    canvas: Canvas, parts: Sequence[Part], size: float | None = None, *, bold: bool = False
) -> float:
    """Width of what `write_expression` writes."""
    return sum(_measure_part(canvas, part, size or canvas.style.size, bold) for part in parts)


def write_blank(canvas: Canvas, box: Area, blank: Blank, *, size: float | None = None) -> None:
    """Draw a place for an answer in a box, with the answer on solution pages."""
    size = size or canvas.style.size
    look = blank.look or canvas.style.blank
    if look == "box":
        canvas.rectangle(
            box.inset(0, 1),
            fill=WHITE,
            outline=canvas.style.ink,
            radius=min(4, canvas.style.corner),
        )
    elif look == "line":
        y = box.y1 - 2
        canvas.line((box.x0 + 1, y), (box.x1 - 1, y), stroke=1.2)
    canvas.figure("answer_box", box)
    x, y = box.middle
    if canvas.style.solution:
        canvas.text(
            x,
            y,
            blank.answer,
            size=_fit(canvas, blank.answer, size, box),
            bold=True,
            colour=canvas.style.accent,
            anchor="m",
        )
    elif look == "question":
        canvas.text(x, y, "?", size=size, anchor="m")


def _fit(canvas: Canvas, text: str, size: float, box: Area) -> float:
    """The size at which a text stays within a box."""
    width = canvas.measure(text, size, bold=True)
    return size * min(1.0, (box.width + 2) / max(1.0, width))


def _measure_part(canvas: Canvas, part: Part, size: float, bold: bool) -> float:
    if isinstance(part, str):
        return canvas.measure(part, size, bold=bold)
    if isinstance(part, Fraction):
        small = size * 0.85
        sides = (
            _measure_part(canvas, side, small, bold) for side in (part.numerator, part.denominator)
        )
        return max(sides) + size * 0.25
    digits = max(blank_digits(part), len(part.answer))
    return canvas.measure("0" * digits, size, bold=True) + size * 0.5


def blank_digits(blank: Blank) -> int:
    """Least width of an answer place in digits."""
    return max(1, blank.digits)


def _write_fraction(
    canvas: Canvas, at: Area, fraction: Fraction, size: float, bold: bool, colour: Colour | None
) -> None:
    x, y = at.middle
    small = size * 0.85
    for part, middle in (
        (fraction.numerator, y - small * 0.68),
        (fraction.denominator, y + small * 0.72),
    ):
        if isinstance(part, Blank):
            half = _measure_part(canvas, part, small, bold) / 2
            box = Area(x - half, middle - small * 0.58, x + half, middle + small * 0.58)
            write_blank(canvas, box, part, size=small)
        else:
            canvas.text(x, middle, part, size=small, bold=bold, colour=colour, anchor="m")
    half = at.width / 2 - size * 0.05
    canvas.line((x - half, y), (x + half, y), colour=colour, stroke=max(1.2, size * 0.07))
