"""Pictures of numbers: things in arrangements, ten frames, base-ten blocks, number lines, bonds.

How it is used: each function draws at a place, or at `canvas.y` moving it, and declares its figure.
What it leaves out: fractions (`figures_fractions`), shapes and clocks (modules of their own).
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas, Point
from chalklens.training.worksheets.flow import Blank, write_expression
from chalklens.training.worksheets.objects import Thing
from chalklens.training.worksheets.style import Colour, soften

ARRANGEMENTS = (
    "LinearArrangement",
    "CircularArrangement",
    "BoxArrangement",
    "ScatteredArrangement",
)


def place_points(
    rng: random.Random, arrangement: str, count: int, box: Area
) -> tuple[list[Point], float]:
    """Places for `count` things in a box, and the radius that keeps them apart."""
    if arrangement == "LinearArrangement":
        step = box.width / count
        y = box.middle[1]
        return [(box.x0 + (i + 0.5) * step, y) for i in range(count)], min(
            step * 0.42, box.height * 0.3
        )
    if arrangement == "CircularArrangement":
        reach = min(box.width, box.height) / 2
        radius = min(reach * 0.3, reach * math.pi / max(3, count) * 0.72)
        x, y = box.middle
        angles = [2 * math.pi * i / count for i in range(count)]
        far = reach - radius
        return [(x + math.cos(a) * far, y + math.sin(a) * far) for a in angles], radius * 0.9
    columns = math.ceil(math.sqrt(count * box.width / box.height))
    columns = max(1, min(count, columns))
    rows = math.ceil(count / columns)
    cell = (box.width / columns, box.height / rows)
    radius = min(cell) * (0.4 if arrangement == "BoxArrangement" else 0.3)
    slots = [(i % columns, i // columns) for i in range(columns * rows)]
    if arrangement == "BoxArrangement":
        chosen, shift = slots[:count], 0.0
    else:
        chosen, shift = rng.sample(slots, count), 0.19
    points = [
        (
            box.x0 + (i + 0.5 + rng.uniform(-shift, shift)) * cell[0],
            box.y0 + (j + 0.5 + rng.uniform(-shift, shift)) * cell[1],
        )
        for i, j in chosen
    ]
    return points, radius


def draw_things(
    canvas: Canvas,
    rng: random.Random,
    thing: Thing,
    count: int,
    box: Area,
    arrangement: str = "ScatteredArrangement",
    *,
    colour: Colour | None = None,
    crossed: int = 0,
) -> None:
    """Draw so many things in a box, the last `crossed` of them crossed out."""
    canvas.figure("object_group", box)
    if not count:
        return
    points, radius = place_points(rng, arrangement, count, box)
    radius = min(radius, 20)
    for index, (x, y) in enumerate(points):
        thing.draw(canvas, x, y, radius, colour or canvas.style.accent)
        if index >= count - crossed:
            canvas.line((x - radius, y - radius), (x + radius, y + radius))
            canvas.line((x - radius, y + radius), (x + radius, y - radius))


def draw_array(canvas: Canvas, thing: Thing, rows: int, columns: int, *, cell: float = 26) -> Area:
    """Draw rows and columns of things at the cursor."""
    cell = min(cell, (canvas.right - canvas.left) / columns, 190 / rows)
    x0 = (canvas.width - cell * columns) / 2 if canvas.style.centred else canvas.left
    box = Area(x0, canvas.y, x0 + cell * columns, canvas.y + cell * rows)
    for row in range(rows):
        for column in range(columns):
            x, y = x0 + (column + 0.5) * cell, canvas.y + (row + 0.5) * cell
            thing.draw(canvas, x, y, cell * 0.38, canvas.style.accent)
    canvas.figure("dot_array", box)
    canvas.y = box.y1 + 10
    return box


def draw_ten_frame(
    canvas: Canvas,
    x: float,
    y: float,
    filled: int,
    *,
    cell: float = 24,
    colour: Colour | None = None,
) -> Area:
    """Draw a frame of two rows of five, its first places filled."""
    box = Area(x, y, x + 5 * cell, y + 2 * cell)
    for place in range(10):
        x0, y0 = x + place % 5 * cell, y + place // 5 * cell
        canvas.rectangle(Area(x0, y0, x0 + cell, y0 + cell), outline=canvas.style.ink, stroke=1)
        if place < filled:
            canvas.disc(
                x0 + cell / 2, y0 + cell / 2, cell * 0.34, fill=colour or canvas.style.accent
            )
    canvas.figure("ten_frame", box)
    return box


def draw_ten_frames(canvas: Canvas, number: int, *, frames: int = 0, cell: float = 24) -> None:
    """Draw a number up to 20 in ten frames side by side at the cursor."""
    frames = frames or max(1, -(-number // 10))
    width = frames * 5 * cell + (frames - 1) * cell
    x = (canvas.width - width) / 2 if canvas.style.centred else canvas.left
    for frame in range(frames):
        filled = max(0, min(10, number - 10 * frame))
        draw_ten_frame(canvas, x + frame * 6 * cell, canvas.y, filled, cell=cell)
    canvas.y += 2 * cell + 10


def measure_blocks(number: int, unit: float = 5) -> tuple[float, float]:
    """Width and height of `draw_blocks`."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    width = (
        min(hundreds, 5) * (10 * unit + 5) + tens * (unit + 4) + (-(-ones // 5)) * (unit + 4) + 12
    )
    return max(width, unit), (10 * unit + 5) * (2 if hundreds > 5 else 1)


def draw_blocks(canvas: Canvas, x: float, y: float, number: int, *, unit: float = 5) -> Area:
    """Draw a number up to 999 as hundred squares, ten rods and unit cubes."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    colour = canvas.style.accent
    fill = soften(colour, 0.6)
    start, top = x, y
    for index in range(hundreds):
        x0, y0 = x + index % 5 * (10 * unit + 5), y + index // 5 * (10 * unit + 5)
        _draw_grid(canvas, Area(x0, y0, x0 + 10 * unit, y0 + 10 * unit), 10, 10, fill, colour)
    x += min(hundreds, 5) * (10 * unit + 5) + (6 if hundreds else 0)
    for index in range(tens):
        x0 = x + index * (unit + 4)
        _draw_grid(canvas, Area(x0, y, x0 + unit, y + 10 * unit), 1, 10, fill, colour)
    x += tens * (unit + 4) + (6 if tens else 0)
    for index in range(ones):
        x0, y0 = x + index // 5 * (unit + 4), y + index % 5 * (unit + 4)
        canvas.rectangle(Area(x0, y0, x0 + unit, y0 + unit), fill=fill, outline=colour, stroke=1)
    width, height = measure_blocks(number, unit)
    box = Area(start, top, start + width, top + height)
    canvas.figure("base_ten_blocks", box)
    return box


def _draw_grid(
    canvas: Canvas, box: Area, columns: int, rows: int, fill: Colour, line: Colour
) -> None:
    canvas.rectangle(box, fill=fill, outline=line, stroke=1)
    for column in range(1, columns):
        x = box.x0 + box.width * column / columns
        canvas.line((x, box.y0), (x, box.y1), colour=line, stroke=0.6)
    for row in range(1, rows):
        y = box.y0 + box.height * row / rows
        canvas.line((box.x0, y), (box.x1, y), colour=line, stroke=0.6)


def draw_grid(canvas: Canvas, box: Area, columns: int, rows: int, *, shaded: int = 0) -> None:
    """Draw a square grid, its first cells (column by column) shaded: tenths and hundredths."""
    for index in range(shaded):
        column, row = index // rows, index % rows
        cell = Area(
            box.x0 + box.width * column / columns,
            box.y0 + box.height * row / rows,
            box.x0 + box.width * (column + 1) / columns,
            box.y0 + box.height * (row + 1) / rows,
        )
        canvas.rectangle(cell, fill=soften(canvas.style.accent, 0.45))
    line = canvas.style.ink
    canvas.rectangle(box, outline=line)
    for column in range(1, columns):
        x = box.x0 + box.width * column / columns
        canvas.line((x, box.y0), (x, box.y1), colour=line, stroke=0.7)
    for row in range(1, rows):
        y = box.y0 + box.height * row / rows
        canvas.line((box.x0, y), (box.x1, y), colour=line, stroke=0.7)
    canvas.figure("hundred_grid", box)


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A drawn number line: where its numbers are."""

    x0: float
    x1: float
    y: float
    low: float
    high: float

    def x(self, value: float) -> float:
        """The place of a value."""
        return self.x0 + (self.x1 - self.x0) * (value - self.low) / (self.high - self.low)


def draw_number_line(
    canvas: Canvas,
    rng: random.Random,
    low: float,
    high: float,
    ticks: int,
    marks: Mapping[float, str],
    *,
    above: float = 30,
    size: float | None = None,
) -> NumberLine:
    """Draw a number line at the cursor with `ticks` equal parts; `marks` are written below it.

    `above` units are left free over the line for jumps, points and their names.
    """
    size = size or canvas.style.size * 0.85
    y = canvas.y + above
    x0, x1 = canvas.left + 16, canvas.right - 16
    line = NumberLine(x0, x1, y, low, high)
    end = rng.random() < 0.6
    for tip, start in ((x1 + 13, x1), (x0 - 13, x0)):
        if end:
            canvas.arrow((start, y), (tip, y))
    canvas.line((x0, y), (x1, y))
    tick = rng.uniform(4, 8)
    for index in range(ticks + 1):
        x = x0 + (x1 - x0) * index / ticks
        canvas.line((x, y - tick), (x, y + tick))
    widest = max((canvas.measure(text, size) for text in marks.values()), default=1.0)
    apart = (x1 - x0) / max(1, len(marks) - 1)
    size *= min(1.0, max(0.5, apart * 0.85 / widest))
    for value, text in marks.items():
        canvas.text(line.x(value), y + tick + size * 0.75, text, size=size, anchor="m")
    bottom = y + tick + size * 1.4
    canvas.figure("number_line", Area(x0, canvas.y, x1, bottom))
    canvas.y = bottom + 6
    return line


def draw_jump(
    canvas: Canvas, line: NumberLine, start: float, end: float, *, height: float = 22
) -> None:
    """Draw an arc over a number line from one value to another, with an arrow head."""
    left, right = sorted((line.x(start), line.x(end)))
    canvas.arc(
        Area(left, line.y - height, right, line.y + height), 180, 360, colour=canvas.style.accent
    )
    x = line.x(end)
    wing = 4 if end > start else -4
    canvas.polygon(
        ((x, line.y - 1), (x - wing * 1.4, line.y - 6), (x + wing * 0.2, line.y - 8)),
        fill=canvas.style.accent,
    )


def draw_bond(canvas: Canvas, box: Area, whole: str | Blank, parts: Sequence[str | Blank]) -> None:
    """Draw a whole and its parts in circles joined by lines."""
    radius = min(box.width / (2.6 * max(2, len(parts))), box.height / 5.2) * 1.15
    top = (box.middle[0], box.y0 + radius)
    bottoms = [
        (box.x0 + box.width * (index + 0.5) / len(parts), box.y1 - radius)
        for index in range(len(parts))
    ]
    for x, y in bottoms:
        canvas.line(top, (x, y))
    for (x, y), part in zip([top, *bottoms], [whole, *parts], strict=True):
        canvas.disc(x, y, radius, fill=canvas.style.paper, outline=canvas.style.ink)
        content = Blank(part.answer, look="gap") if isinstance(part, Blank) else part
        write_expression(canvas, x, y, (content,), size=min(canvas.style.size, radius), anchor="m")
    canvas.figure("number_bond", box)
