"""The curves of a run as an SVG picture, drawn from its metrics log.

How it is used: `write_plot(metrics.jsonl, losses.svg)`. Plain text, no plotting library: a server
that labels worksheets should not need one. What it leaves out: anything but lines over steps.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

CURVES = {
    "loss": "#1f5fa8",
    "held_out_loss": "#c0392b",
    "reading_loss": "#6b7a89",
    "tower_loss": "#2e8b57",
    "head_loss": "#b8860b",
}
WIDTH, PANEL, MARGIN = 720, 150, 46


def write_plot(metrics: Path, file: Path) -> None:
    """Draw every curve the log has, one panel each."""
    curves = read_curves(metrics)
    panels = [
        _panel(name, points, row) for row, (name, points) in enumerate(sorted(curves.items()))
    ]
    height = max(1, len(panels)) * PANEL
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
    style = 'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    file.write_text(head + style + "".join(panels) + "</svg>\n", "utf-8")


def read_curves(metrics: Path) -> dict[str, list[tuple[int, float]]]:
    """Values by name; a step that an interrupted run repeated counts as it was the last time."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    with metrics.open(encoding="utf-8") as rows:
        for line in rows:
            row: Mapping[str, object] = json.loads(line)
            for name in CURVES:
                value, step = row.get(name), row.get("step")
                if isinstance(value, float) and isinstance(step, int):
                    found[name][step] = value
    return {name: sorted(values.items()) for name, values in found.items()}


def _panel(name: str, points: Sequence[tuple[int, float]], row: int) -> str:
    top, bottom = row * PANEL + 26, (row + 1) * PANEL - 22
    last = max(step for step, _ in points)
    highest = max(value for _, value in points) or 1.0
    places = " ".join(
        f"{MARGIN + (WIDTH - 2 * MARGIN) * step / max(1, last):.1f},"
        f"{bottom - (bottom - top) * value / highest:.1f}"
        for step, value in points
    )
    axis = f'<path d="M{MARGIN} {top}V{bottom}H{WIDTH - MARGIN}" stroke="#999" fill="none"/>'
    texts = (
        f'<text x="{MARGIN}" y="{top - 8}">{name}: {points[-1][1]:.3f} at step {last}</text>'
        f'<text x="{MARGIN - 6}" y="{top + 4}" text-anchor="end">{highest:.2g}</text>'
        f'<text x="{MARGIN - 6}" y="{bottom + 4}" text-anchor="end">0</text>'
        f'<text x="{WIDTH - MARGIN}" y="{bottom + 15}" text-anchor="end">{last}</text>'
    )
    line = f'<polyline points="{places}" stroke="{CURVES[name]}" fill="none" stroke-width="1.5"/>'
    return axis + texts + line
