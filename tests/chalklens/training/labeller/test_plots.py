"""The figures of a training run as bars."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from chalklens.training.labeller.plots import PLOT_PX, draw_bars, write_plots

SVG = "{http://www.w3.org/2000/svg}"


def write_metrics(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "metrics.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def read_texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def read_lengths(svg: str) -> list[float]:
    bars = list(ElementTree.fromstring(svg).iter(f"{SVG}rect"))[1:]
    return [float(bar.attrib["width"]) for bar in bars]


def test_the_last_value_of_every_figure_is_drawn(tmp_path: Path) -> None:
    metrics = write_metrics(
        tmp_path,
        {"event": "read", "pages": 18},
        {"event": "calibration", "micro_f1": 0.5, "error": 0.02, "general": [1.0, 0.0]},
        {"event": "gate", "refused_negatives": 0.75},
        {"event": "calibration", "micro_f1": 0.6},
        {"event": "ablation", "name": "without facts", "micro_f1": 0.4},
    )
    svg = write_plots(metrics, tmp_path).read_text("utf-8")
    assert read_texts(svg) == [
        "micro-F1, layouts left out", "0.600",
        "calibration error, layouts left out", "0.020",
        "negatives refused (kinds left out)", "0.750",
        "ablation: without facts", "0.400",
    ]  # fmt: skip


def test_bars_are_as_long_as_their_figures() -> None:
    found = read_lengths(draw_bars({"a": 0.5, "none": 0.0, "over": 2.0}))
    assert found == [PLOT_PX / 2, 1.0, PLOT_PX]


def test_names_cannot_break_the_picture() -> None:
    assert read_texts(draw_bars({"<b> & 'c'": 1.0}))[0] == "<b> & 'c'"


def test_a_run_that_measured_nothing_gives_an_empty_picture(tmp_path: Path) -> None:
    svg = write_plots(write_metrics(tmp_path, {"event": "read"}), tmp_path).read_text("utf-8")
    assert read_lengths(svg) == []
