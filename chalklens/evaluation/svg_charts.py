"""Charts as SVG text, for reports that are one HTML file.

How it is used: each function takes figures from 0 to 1 and returns one `<svg>` element. Colours come
from the page's style sheet by class (`ours`, `other`, `mark`, `grid`, `note`), so charts follow light
and dark. All text is escaped here. What it leaves out: axes that find their own scale, interaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from chalklens.evaluation.scores import LabelErrors
from chalklens.labelling.calibration_error import Bin

WIDTH_PX = 860
NAME_PX = 300
VALUE_PX = 130
ROW_PX = 26
SMALL_ROW_PX = 20
AXIS_PX = 24
PLOT_PX = 380
MARGIN_PX = 46
MAX_NAME_CHARACTERS = 44


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a chart.

    Attributes:
        name: Left of the row.
        value: Where the bar ends or the dot is.
        low, high: Ends of the whisker; None for none.
        other: A second figure, drawn as a tick; None for none.
        note: Right of the row, after the value.
        ours: Drawn in the accent colour.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    other: float | None = None
    note: str = ""
    ours: bool = True


def draw_intervals(marks: Sequence[Mark], title: str) -> str:
    """Dots with whiskers, one row each."""
    height = AXIS_PX + len(marks) * ROW_PX
    parts = [*_grid(height)]
    for row, mark in enumerate(marks):
        y = AXIS_PX + (row + 0.5) * ROW_PX
        kind = "ours" if mark.ours else "other"
        parts += _row_text(mark, y)
        if mark.low is not None and mark.high is not None:
            ends = f'x1="{_x(mark.low):.1f}" x2="{_x(mark.high):.1f}"'
            parts.append(f'<line class="whisker {kind}" {ends} y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="{kind}" cx="{_x(mark.value):.1f}" cy="{y}" r="5"/>')
    return _svg(WIDTH_PX, height, title, parts)


def draw_bars(marks: Sequence[Mark], title: str) -> str:
    """Bars from zero, with a tick where `other` is."""
    height = AXIS_PX + len(marks) * SMALL_ROW_PX
    parts = [*_grid(height)]
    for row, mark in enumerate(marks):
        y = AXIS_PX + row * SMALL_ROW_PX
        parts += _row_text(mark, y + SMALL_ROW_PX / 2)
        parts.append(_rectangle("ours", NAME_PX, y + 4, _x(mark.value) - NAME_PX, SMALL_ROW_PX - 8))
        if mark.other is not None:
            x = _x(mark.other)
            ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1}" y2="{y + SMALL_ROW_PX - 1}"'
            parts.append(f'<line class="mark" {ends}/>')
    return _svg(WIDTH_PX, height, title, parts)


def draw_reliability(bins: Sequence[Bin], title: str) -> str:
    """Stated probability against the share that was right; dots grow with the number of pairs."""
    size = PLOT_PX + 2 * MARGIN_PX
    most = max(found.pairs for found in bins)
    parts = [*_square_grid()]
    for found in bins:
        x, y, even = (_along(found.probability), _up(found.right), _up(found.probability))
        parts.append(f'<line class="gap" x1="{x:.1f}" x2="{x:.1f}" y1="{even:.1f}" y2="{y:.1f}"/>')
        radius = 3 + 9 * (found.pairs / most) ** 0.5
        hint = f"{found.low:.2f} to {found.high:.2f}: {found.pairs} pairs, stated {found.probability:.3f}, right {found.right:.3f}"
        parts.append(
            f'<circle class="ours dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{hint}</title></circle>"
        )
    return _svg(size, size, title, parts)


def draw_errors(labels: Sequence[LabelErrors], title: str) -> str:
    """Misses to the left, false alarms to the right, one row per label."""
    height = AXIS_PX + len(labels) * SMALL_ROW_PX
    most = max([1, *(max(label.misses, label.false_alarms) for label in labels)])
    half = (WIDTH_PX - NAME_PX) / 2 - 40
    middle = NAME_PX + (WIDTH_PX - NAME_PX) / 2
    parts = [
        _text(middle - 8, 14, "misses", "end"),
        _text(middle + 8, 14, "false alarms", "start"),
        f'<line class="axis" x1="{middle}" x2="{middle}" y1="{AXIS_PX}" y2="{height}"/>',
    ]
    for row, label in enumerate(labels):
        y = AXIS_PX + row * SMALL_ROW_PX
        left, right = half * label.misses / most, half * label.false_alarms / most
        parts += [
            _text(NAME_PX - 10, y + SMALL_ROW_PX / 2 + 4, _shorten(label.id), "end", "name"),
            _rectangle("ours", middle - left, y + 4, left, SMALL_ROW_PX - 8),
            _rectangle("mark", middle, y + 4, right, SMALL_ROW_PX - 8),
            _text(middle - left - 5, y + SMALL_ROW_PX / 2 + 4, str(label.misses), "end"),
            _text(middle + right + 5, y + SMALL_ROW_PX / 2 + 4, str(label.false_alarms), "start"),
        ]
    return _svg(WIDTH_PX, height, title, parts)


def _row_text(mark: Mark, y: float) -> Iterable[str]:
    yield _text(NAME_PX - 10, y + 4, _shorten(mark.name), "end", "name")
    note = f"{mark.value:.3f} {mark.note}".strip()
    yield _text(WIDTH_PX - VALUE_PX + 14, y + 4, note, "start")


def _grid(height: int) -> Iterable[str]:
    for step in range(0, 11, 2):
        x = _x(step / 10)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{AXIS_PX}" y2="{height}"/>'
        yield _text(x, 14, f"{step / 10:.1f}", "middle")


def _square_grid() -> Iterable[str]:
    for step in range(0, 11, 2):
        share = step / 10
        x, y = _along(share), _up(share)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{_up(0)}" y2="{_up(1)}"/>'
        yield f'<line class="grid" x1="{_along(0)}" x2="{_along(1)}" y1="{y}" y2="{y}"/>'
        yield _text(x, _up(0) + 18, f"{share:.1f}", "middle")
        yield _text(_along(0) - 8, y + 4, f"{share:.1f}", "end")
    yield f'<line class="even" x1="{_along(0)}" x2="{_along(1)}" y1="{_up(0)}" y2="{_up(1)}"/>'
    yield _text(_along(0.5), _up(0) + 38, "stated probability", "middle")
    turned = f'transform="rotate(-90 12 {_up(0.5)})"'
    yield f'<text class="note" x="12" y="{_up(0.5)}" text-anchor="middle" {turned}>share right</text>'


def _x(value: float) -> float:
    return NAME_PX + min(1.0, max(0.0, value)) * (WIDTH_PX - NAME_PX - VALUE_PX)


def _along(share: float) -> float:
    return MARGIN_PX + share * PLOT_PX


def _up(share: float) -> float:
    return MARGIN_PX + (1 - share) * PLOT_PX


def _rectangle(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" rx="2"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "note") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'


def _shorten(name: str) -> str:
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    return name[: MAX_NAME_CHARACTERS - 1] + "…"


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    size = f'viewBox="0 0 {width} {height}" style="max-width:{width}px"'
    return f'<svg role="img" aria-label="{escape(title)}" {size}>{"".join(parts)}</svg>'
