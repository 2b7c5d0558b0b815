"""Curves, reliability and bars as parts of one SVG picture that needs nothing else.

How it is used: `stack([draw_heading("Learning"), *arrange([draw_curves(...), ...]), draw_bars(...)])`.
Each function returns a `Part`: SVG and its height, drawn from its own corner. Losses are on a
logarithmic scale: most of a fall happens in the first steps, what matters in the last. What it leaves
out: a plotting library, which a package that labels worksheets should not need.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH_PX = 860
COLUMNS = 2
PANEL_PX, PANEL_HEIGHT_PX = WIDTH_PX // COLUMNS, 270
LEFT_PX, TOP_PX, RIGHT_PX, BOTTOM_PX = 56, 44, 62, 46
HEADING_PX = 40
ROW_PX, NAME_PX, BAR_PX = 26, 330, 430
ACCENT, SOFT, GRID, INK, NOTE = "#1f5fa8", "#b9c6d6", "#e4e8ee", "#1b2430", "#5c6878"
MIN_LOSS = 1e-9
MAX_NAME_CHARACTERS = 44
STEPS = (1.0, 2.0, 5.0)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """SVG elements from a corner of their own, and how high they are."""

    svg: str
    height_px: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a panel; the main one is drawn strong and its end is written."""

    points: Sequence[Point]
    main: bool = False


@dataclass(frozen=True, slots=True)
class Reliability:
    """One bin: what was stated on average, the share that was right, and how many pairs."""

    stated: float
    right: float
    pairs: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """Turns values into pixels; y rises upwards, `log` for orders of magnitude."""

    x_end: float
    y_low: float
    y_high: float
    log: bool

    def place(self, point: Point) -> Point:
        share = point[0] / self.x_end if self.x_end else 0.0
        x = LEFT_PX + (PANEL_PX - LEFT_PX - RIGHT_PX) * share
        return x, self.up(point[1])

    def up(self, value: float) -> float:
        low, high, found = self.y_low, self.y_high, value
        if self.log:
            low, high, found = (math.log(max(v, MIN_LOSS)) for v in (low, high, value))
        share = (found - low) / (high - low) if high > low else 0.5
        return PANEL_HEIGHT_PX - BOTTOM_PX - share * (PANEL_HEIGHT_PX - TOP_PX - BOTTOM_PX)


def draw_heading(title: str) -> Part:
    """A line of large text."""
    return Part(_text(16, 27, title, size=17, colour=INK, weight=600), HEADING_PX)


def draw_curves(title: str, note: str, x_title: str, curves: Sequence[Curve]) -> Part:
    """Losses over steps; curves without a point are passed over."""
    drawn = sorted((curve for curve in curves if curve.points), key=lambda curve: curve.main)
    values = [max(y, MIN_LOSS) for curve in drawn for _, y in curve.points] or [1.0]
    x_end = max((x for curve in drawn for x, _ in curve.points), default=1.0)
    frame = _Frame(x_end, min(values), max(values), log=True)
    parts = [*_title(title, note), *_y_axis(frame, pick_ticks(min(values), max(values)))]
    parts += _x_axis(frame, x_title, (0, x_end))
    parts += [_draw_line(curve, frame) for curve in drawn]
    parts += [_name_end(curve.points[-1], frame) for curve in drawn if curve.main]
    return Part("".join(parts), PANEL_HEIGHT_PX)


def draw_reliability(title: str, bins: Sequence[Reliability]) -> Part:
    """Stated probability against the share that was right; dots grow with the number of pairs."""
    frame = _Frame(1.0, 0.0, 1.0, log=False)
    pairs = sum(found.pairs for found in bins)
    gap = sum(found.pairs * abs(found.stated - found.right) for found in bins) / max(1, pairs)
    parts = [*_title(title, f"mean gap {gap:.3f} over {pairs} page-label pairs")]
    parts += _y_axis(frame, (0, 0.25, 0.5, 0.75, 1))
    parts += _x_axis(frame, "stated probability; upwards: share that was right", (0, 0.5, 1))
    parts.append(_line(frame.place((0, 0)), frame.place((1, 1)), NOTE, dashed=True))
    most = max((found.pairs for found in bins), default=1)
    for found in bins:
        x, y = frame.place((found.stated, found.right))
        radius = 2.5 + 6 * (found.pairs / most) ** 0.5
        parts.append(_line((x, y), frame.place((found.stated, found.stated)), SOFT))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{ACCENT}"/>')
    return Part("".join(parts), PANEL_HEIGHT_PX)


def draw_bars(figures: Mapping[str, float]) -> Part:
    """One bar from 0 to 1 per figure, by its name."""
    rows = [_draw_bar(row, *figure) for row, figure in enumerate(figures.items())]
    return Part("".join(rows), ROW_PX * len(figures))


def arrange(panels: Sequence[Part]) -> Iterator[Part]:
    """Put panels beside each other, two to a row."""
    for first in range(0, len(panels), COLUMNS):
        row = panels[first : first + COLUMNS]
        moved = (_move(part.svg, column * PANEL_PX, 0) for column, part in enumerate(row))
        yield Part("".join(moved), max(part.height_px for part in row))


def stack(parts: Iterable[Part]) -> str:
    """Put parts below each other: the whole picture."""
    placed: list[str] = []
    height = 0
    for part in parts:
        placed.append(_move(part.svg, 0, height))
        height += part.height_px
    height += ROW_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height}" '
        f'width="{WIDTH_PX}" height="{height}" font-family="system-ui, sans-serif">'
        f'<rect width="{WIDTH_PX}" height="{height}" fill="#fff"/>{"".join(placed)}</svg>\n'
    )


def pick_ticks(low: float, high: float) -> list[float]:
    """Return round numbers (1, 2, 5 times a power of ten) between two positive ones, thinned out."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [step * 10.0**e for e in exponents for step in STEPS if low <= step * 10.0**e <= high]
    return found[:: 1 + len(found) // 6] if len(found) > 1 else [low, high] if high > low else [low]


def _title(title: str, note: str) -> Iterator[str]:
    yield _text(LEFT_PX, 16, title, size=13, colour=INK, weight=600)
    yield _text(LEFT_PX, 33, note)


def _y_axis(frame: _Frame, ticks: Iterable[float]) -> Iterator[str]:
    for value in ticks:
        y = frame.up(value)
        yield _line((LEFT_PX, y), (PANEL_PX - RIGHT_PX, y), GRID)
        yield _text(LEFT_PX - 7, y + 4, f"{value:.3g}", anchor="end")


def _x_axis(frame: _Frame, title: str, ticks: Iterable[float]) -> Iterator[str]:
    bottom = PANEL_HEIGHT_PX - BOTTOM_PX
    for value in ticks:
        x, _ = frame.place((value, frame.y_low))
        yield _text(x, bottom + 17, f"{value:.3g}", anchor="middle")
    yield _text((LEFT_PX + PANEL_PX - RIGHT_PX) / 2, bottom + 34, title, anchor="middle")


def _draw_line(curve: Curve, frame: _Frame) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(frame.place, curve.points))
    colour, width = (ACCENT, 2.2) if curve.main else (SOFT, 1.2)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _name_end(point: Point, frame: _Frame) -> str:
    x, y = frame.place(point)
    return _text(x + 6, y + 4, f"{point[1]:.3g}", colour=ACCENT, weight=600)


def _draw_bar(row: int, title: str, value: float) -> str:
    y = ROW_PX * row
    length = max(1.0, BAR_PX * min(1.0, max(0.0, value)))
    name = title if len(title) <= MAX_NAME_CHARACTERS else title[: MAX_NAME_CHARACTERS - 1] + "…"
    return (
        _text(NAME_PX - 8, y + 17, name, anchor="end", size=13, colour=INK)
        + f'<rect x="{NAME_PX}" y="{y + 5}" width="{length:.1f}" height="15" fill="{ACCENT}"/>'
        + _text(NAME_PX + length + 6, y + 17, f"{value:.3f}", size=13)
    )


def _move(svg: str, x: int, y: int) -> str:
    return f'<g transform="translate({x} {y})">{svg}</g>'


def _line(start: Point, end: Point, colour: str, *, dashed: bool = False) -> str:
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<line {ends} stroke="{colour}"{dashes}/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 12,
    colour: str = NOTE,
    weight: int = 400,
) -> str:
    style = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
