"""What a training run did, as one SVG picture made from its metrics log.

How it is used: `write_plots(metrics_file, folder)` -> `training.svg`: how the losses of the figure
tower and of every fit of heads fell, what stated probabilities were worth on pages left out, and
micro-F1, calibration error and refusals as bars, with every variant of an ablation. What a log does
not have is left out. Rows that are drawn, besides `calibration`, `gate` and `ablation`:

    tower        passes, losses (means of equal parts of the run)
    fit          heads (general, familiar), part (`all`, or what was left out), losses (by iteration)
    reliability  pages, bins (stated probability, share right, pairs)

What it leaves out: drawing (`svg_panels.py`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalklens.training.svg_panels import (
    Curve,
    Part,
    Reliability,
    arrange,
    draw_bars,
    draw_curves,
    draw_heading,
    draw_reliability,
    stack,
)

Row = Mapping[str, Any]

ALL = "all"
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
    """Draw the last value of everything in a metrics log; returns the file."""
    rows: list[Row] = [json.loads(line) for line in metrics.read_text("utf-8").splitlines()]
    file = folder / "training.svg"
    file.write_text(stack(_draw(rows)), "utf-8")
    return file


def _draw(rows: Sequence[Row]) -> Iterator[Part]:
    sections = {
        "Learning": list(arrange([*_draw_tower(rows), *_draw_fits(rows)])),
        "Probabilities on pages left out of fits": list(arrange(list(_draw_bins(rows)))),
        "Figures": _list_bars(_collect_figures(rows)),
        "Ablation: micro-F1, layouts left out": _list_bars(_collect_ablation(rows)),
    }
    for title, parts in sections.items():
        if parts:
            yield draw_heading(title)
            yield from parts


def _draw_tower(rows: Sequence[Row]) -> Iterator[Part]:
    """The curve of the last tower; a run that found one in its cache has none to add."""
    for row in [row for row in rows if row["event"] == "tower" and row["losses"]][-1:]:
        losses, passes = row["losses"], row["passes"]
        points = [((i + 1) / len(losses) * passes, loss) for i, loss in enumerate(losses)]
        note = "mean loss of rendered pages"
        yield draw_curves("Figure tower", note, "passes over the pages", [Curve(points, main=True)])


def _draw_fits(rows: Sequence[Row]) -> Iterator[Part]:
    """One panel for each set of heads: the fit on everything, and those with pages left out."""
    fits: dict[tuple[str, str], list[float]] = {
        (row["heads"], row["part"]): row["losses"] for row in rows if row["event"] == "fit"
    }
    for heads in dict.fromkeys(name for name, _ in fits):
        own = {part: losses for (name, part), losses in fits.items() if name == heads}
        curves = [Curve(list(enumerate(losses)), part == ALL) for part, losses in own.items()]
        left_out = len(own) - (ALL in own)
        note = "loss per page" + f"; thin: {left_out} fits with pages left out" * bool(left_out)
        yield draw_curves(f"{heads.capitalize()} heads", note, "iterations", curves)


def _draw_bins(rows: Sequence[Row]) -> Iterator[Part]:
    found = {row["pages"]: row["bins"] for row in rows if row["event"] == "reliability"}
    for pages, bins in found.items():
        yield draw_reliability(pages.capitalize(), [Reliability(*one) for one in bins])


def _list_bars(figures: Mapping[str, float]) -> list[Part]:
    return [draw_bars(figures)] if figures else []


def _collect_figures(rows: Sequence[Row]) -> dict[str, float]:
    """The last value of each figure, by its title."""
    return {
        title: float(row[key])
        for row in rows
        for key, title in FIGURES.get(row["event"], {}).items()
        if isinstance(row.get(key), int | float)
    }


def _collect_ablation(rows: Sequence[Row]) -> dict[str, float]:
    return {row["name"]: float(row["micro_f1"]) for row in rows if row["event"] == "ablation"}
