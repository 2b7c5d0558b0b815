"""The figures of a training run as one SVG of bars, from its metrics log.

How it is used: `write_plots(metrics_file, folder)` -> `training.svg`: micro-F1 and calibration error
on layouts left out and on known ones, what the gate refuses, and every variant of an ablation. What
it leaves out: a plotting library; the log has all figures for one.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

ROW_PX, NAME_PX, PLOT_PX, VALUE_PX = 26, 250, 460, 70
FIGURES = {
    "calibration": {
        "micro_f1": "micro-F1, layouts left out",
        "known_micro_f1": "micro-F1, known layouts",
        "error": "calibration error, layouts left out",
        "known_error": "calibration error, known layouts",
        "low_confidence_share": "low confidence, layouts left out",
    },
    "gate": {
        "refused_negatives": "negatives refused (kinds left out)",
        "refused_sheets": "worksheets refused (layouts left out)",
    },
}


def write_plots(metrics: Path, folder: Path) -> Path:
    """Draw the last value of every figure in a metrics log; returns the file."""
    rows = [json.loads(line) for line in metrics.read_text("utf-8").splitlines()]
    file = folder / "training.svg"
    file.write_text(draw_bars(_collect(rows)), "utf-8")
    return file


def _collect(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The last value of each figure, by its title."""
    found: dict[str, float] = {}
    for row in rows:
        for key, title in FIGURES.get(row["event"], {}).items():
            if isinstance(row.get(key), int | float):
                found[title] = float(row[key])
        if row["event"] == "ablation":
            found[f"ablation: {row['name']}"] = float(row["micro_f1"])
    return found


def draw_bars(figures: Mapping[str, float]) -> str:
    """One bar from 0 to 1 per figure."""
    width, height = NAME_PX + PLOT_PX + VALUE_PX, ROW_PX * (len(figures) + 1)
    parts = [_draw_bar(row, *figure) for row, figure in enumerate(figures.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="13">'
        f'<rect width="{width}" height="{height}" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _draw_bar(row: int, title: str, value: float) -> str:
    y = ROW_PX * row + ROW_PX // 2
    length = max(1.0, PLOT_PX * min(1.0, max(0.0, value)))
    return (
        f'<text x="{NAME_PX - 8}" y="{y + 14}" text-anchor="end">{escape(title)}</text>'
        f'<rect x="{NAME_PX}" y="{y + 3}" width="{length:.1f}" height="14" fill="#2f6f9f"/>'
        f'<text x="{NAME_PX + length + 6:.1f}" y="{y + 14}">{value:.3f}</text>'
    )
