"""Graphs of counted data: bars, pictures, crosses on a line, tallies, tables.

How it is used: `draw_bar_graph(canvas, rng, place, Data(...), shown=True)` and the like draw in a
place and declare the figure; with `shown` false only the frame to fill in is drawn.

What it leaves out: what is asked about the data (`data_*`, `measurement_plots`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.objects import THINGS
from chalklens.training.worksheets.style import soften


@dataclass(frozen=True, slots=True)
class Data:
    """Counts of categories, all multiples of one step."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    step: int

    @property
    def top(self) -> int:
        """The highest value that a scale must show."""
        return max(self.counts) + self.step


def draw_bar_graph(
    canvas: Canvas, rng: random.Random, place: Area, data: Data, *, shown: bool, caption: str
) -> None:
    """Draw upright or lying bars on a labelled scale."""
    if rng.random() < 0.7:
        _draw_upright(canvas, rng, place, data, shown=shown, caption=caption)
    else:
        _draw_lying(canvas, rng, place, data, shown=shown, caption=caption)
    canvas.figure("bar_graph", place)


def _bar_colours(canvas: Canvas, rng: random.Random, count: int) -> list[tuple[int, int, int]]:
    if rng.random() < 0.5:
        return [canvas.style.palette[i % 6] for i in range(count)]
    return [rng.choice((canvas.style.accent, soften(canvas.style.accent, 0.4)))] * count


def _ticks(data: Data, room: float) -> list[int]:
    """Values written at the scale: every step, or every second where they would touch."""
    values = range(0, data.top + 1, data.step)
    stride = 1 if room / len(values) > 10 else 2
    return list(values)[::stride]


def _draw_upright(
    canvas: Canvas, rng: random.Random, place: Area, data: Data, *, shown: bool, caption: str
) -> None:
    frame = Area(place.x0 + 30, place.y0 + 8, place.x1 - 4, place.y1 - 40)
    size = min(12.0, canvas.style.size * 0.75)
    gridded = rng.random() < 0.6
    for value in _ticks(data, frame.height):
        y = frame.y1 - frame.height * value / data.top
        canvas.text(frame.x0 - 6, y, str(value), size=min(size, 11), anchor="r")
        if gridded or value == 0:
            canvas.line(
                (frame.x0, y), (frame.x1, y), colour=soften(canvas.style.ink, 0.75), stroke=0.8
            )
    canvas.line((frame.x0, frame.y0), (frame.x0, frame.y1), (frame.x1, frame.y1))
    slot, thick = frame.width / len(data.names), rng.uniform(0.4, 0.75)
    for index, colour in enumerate(_bar_colours(canvas, rng, len(data.names))):
        x = frame.x0 + slot * (index + 0.5)
        bar = Area(
            x - slot * thick / 2,
            frame.y1 - frame.height * data.counts[index] / data.top,
            x + slot * thick / 2,
            frame.y1,
        )
        _draw_bar(canvas, bar, colour, shown=shown)
        _write_fitted(canvas, x, frame.y1 + 11, data.names[index], size, slot)
    _write_fitted(canvas, frame.middle[0], place.y1 - 8, caption, size, frame.width)


def _draw_lying(
    canvas: Canvas, rng: random.Random, place: Area, data: Data, *, shown: bool, caption: str
) -> None:
    size = min(12.0, canvas.style.size * 0.75)
    margin = max(canvas.measure(name, size) for name in data.names) + 10
    frame = Area(place.x0 + margin, place.y0 + 4, place.x1 - 8, place.y1 - 38)
    for value in _ticks(data, frame.width * 0.55):
        x = frame.x0 + frame.width * value / data.top
        canvas.text(x, frame.y1 + 10, str(value), size=min(size, 11), anchor="m")
        canvas.line((x, frame.y0), (x, frame.y1), colour=soften(canvas.style.ink, 0.75), stroke=0.8)
    canvas.line((frame.x0, frame.y0), (frame.x0, frame.y1), (frame.x1, frame.y1))
    slot, thick = frame.height / len(data.names), rng.uniform(0.4, 0.75)
    for index, colour in enumerate(_bar_colours(canvas, rng, len(data.names))):
        y = frame.y0 + slot * (index + 0.5)
        end = frame.x0 + frame.width * data.counts[index] / data.top
        _draw_bar(
            canvas,
            Area(frame.x0, y - slot * thick / 2, end, y + slot * thick / 2),
            colour,
            shown=shown,
        )
        canvas.text(frame.x0 - 6, y, data.names[index], size=size, anchor="r")
    _write_fitted(canvas, frame.middle[0], place.y1 - 8, caption, size, frame.width)


def _draw_bar(canvas: Canvas, bar: Area, colour: tuple[int, int, int], *, shown: bool) -> None:
    if shown and bar.width > 0 and bar.height > 0:
        canvas.rectangle(bar, fill=colour, outline=canvas.style.ink, stroke=1)


def _write_fitted(canvas: Canvas, x: float, y: float, text: str, size: float, width: float) -> None:
    size *= min(1.0, width / max(1.0, canvas.measure(text, size)))
    canvas.text(x, y, text, size=max(8.5, size), anchor="m")


def draw_pictograph(
    canvas: Canvas, rng: random.Random, place: Area, data: Data, *, shown: bool, key: str
) -> None:
    """Draw one row of pictures per category; a picture stands for one step."""
    size = min(canvas.style.size * 0.85, 14)
    margin = max(canvas.measure(name, size) for name in data.names) + 14
    height = (place.height - 22) / len(data.names)
    radius = min(
        height * 0.36,
        (place.width - margin) / (2.4 * max(4, *(c // data.step for c in data.counts))),
    )
    thing, lined = rng.choice(THINGS), rng.random() < 0.7
    coloured = rng.random() < 0.6
    for index, name in enumerate(data.names):
        y = place.y0 + height * (index + 0.5)
        canvas.text(place.x0 + 4, y, name, size=size)
        row = Area(place.x0 + margin, y - height * 0.44, place.x1, y + height * 0.44)
        if lined:
            canvas.rectangle(row, outline=soften(canvas.style.ink, 0.6), stroke=1)
        for step in range(data.counts[index] // data.step if shown else 0):
            colour = canvas.style.palette[index % 6 if coloured else 0]
            thing.draw(canvas, row.x0 + radius * (1.3 + 2.3 * step), y, radius, colour)
    _write_fitted(canvas, place.middle[0], place.y1 - 8, key, size, place.width)
    canvas.figure("pictograph", place)


def draw_tally(canvas: Canvas, x: float, y: float, count: int, height: float) -> float:
    """Draw strokes in bundles of five from `x` on, their middles at `y`; returns where they end."""
    gap = height * 0.32
    start = x
    for index in range(count):
        if index % 5 == 4:
            canvas.line((x - gap * 4.4, y + height * 0.35), (x - gap * 0.5, y - height * 0.35))
            x += gap * 0.8
        else:
            canvas.line((x, y - height / 2), (x, y + height / 2))
            x += gap
    if count:
        canvas.figure("tally", Area(start - 2, y - height / 2, x, y + height / 2))
    return x


def draw_table(
    canvas: Canvas,
    rng: random.Random,
    place: Area,
    rows: Sequence[Sequence[str]],
    *,
    wide_first: float = 1.0,
) -> list[list[Area]]:
    """Draw a table with its first row as header; returns the cells. Empty texts stay empty."""
    header = rng.choice((soften(canvas.style.accent), soften(canvas.style.ink, 0.85), None))
    height = place.height / len(rows)
    shares = [wide_first] + [1.0] * (len(rows[0]) - 1)
    size = min(canvas.style.size * 0.85, height * 0.55)
    cells: list[list[Area]] = []
    for number, row in enumerate(rows):
        x, y = place.x0, place.y0 + number * height
        cells.append([])
        for text, share in zip(row, shares, strict=True):
            box = Area(x, y, x + place.width * share / sum(shares), y + height)
            canvas.rectangle(
                box,
                fill=header if number == 0 else None,
                outline=soften(canvas.style.ink, 0.4),
                stroke=1,
            )
            if text:
                fitted = size * min(
                    1.0, (box.width - 6) / max(1.0, canvas.measure(text, size, bold=number == 0))
                )
                canvas.text(*box.middle, text, size=fitted, anchor="m", bold=number == 0)
            cells[-1].append(box)
            x = box.x1
    canvas.figure("table", place)
    return cells


def draw_line_plot(
    canvas: Canvas, place: Area, ticks: Sequence[str], counts: Sequence[int], caption: str
) -> None:
    """Draw a line with ticks and crosses above them; no crosses where the counts are zero."""
    y = place.y1 - 40
    gap = (place.width - 24) / max(1, len(ticks) - 1)
    size = min(12.0, gap * 0.8, canvas.style.size * 0.75)
    canvas.arrow((place.x0 + 12, y), (place.x0, y), head=5)
    canvas.arrow((place.x1 - 12, y), (place.x1, y), head=5)
    canvas.line((place.x0 + 12, y), (place.x1 - 12, y))
    radius = min(5.0, gap * 0.3, (y - place.y0) / (2.6 * max(1, *counts)))
    for index, (tick, count) in enumerate(zip(ticks, counts, strict=True)):
        x = place.x0 + 12 + gap * index
        canvas.line((x, y - 5), (x, y + 5))
        canvas.text(x, y + 14, tick, size=max(8.5, size), anchor="m")
        for level in range(count):
            _draw_cross(canvas, x, y - radius * (2 + 2.5 * level), radius)
    _write_fitted(
        canvas, place.middle[0], place.y1 - 9, caption, canvas.style.size * 0.75, place.width
    )
    canvas.figure("line_plot", place)


def _draw_cross(canvas: Canvas, x: float, y: float, radius: float) -> None:
    for side in (-1, 1):
        canvas.line(
            (x - radius, y - side * radius),
            (x + radius, y + side * radius),
            colour=canvas.style.accent,
        )
