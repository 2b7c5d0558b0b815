"""A training run as a picture, from its metrics log."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from chalklens.training.labeller.plots import write_plots

SVG = "{http://www.w3.org/2000/svg}"


def draw(folder: Path, *rows: dict[str, Any]) -> Element:
    file = folder / "metrics.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return ElementTree.fromstring(write_plots(file, folder).read_text("utf-8"))


def read_texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def count(svg: Element, shape: str) -> int:
    return len(list(svg.iter(f"{SVG}{shape}")))


def fit(heads: str, part: str, *losses: float) -> dict[str, Any]:
    return {"event": "fit", "heads": heads, "part": part, "losses": losses}


def test_the_last_value_of_every_figure_is_drawn(tmp_path: Path) -> None:
    svg = draw(
        tmp_path,
        {"event": "read", "pages": 18},
        {"event": "calibration", "micro_f1": 0.5, "error": 0.02, "general": [1.0, 0.0]},
        {"event": "gate", "refused_negatives": 0.75},
        {"event": "calibration", "micro_f1": 0.6},
        {"event": "ablation", "name": "without facts", "micro_f1": 0.4},
    )
    assert read_texts(svg) == [
        "Figures",
        "micro-F1, layouts left out", "0.600",
        "calibration error, layouts left out", "0.020",
        "negatives refused (kinds left out)", "0.750",
        "Ablation: micro-F1, layouts left out",
        "without facts", "0.400",
    ]  # fmt: skip


def test_every_set_of_heads_has_a_panel_with_all_its_fits(tmp_path: Path) -> None:
    svg = draw(
        tmp_path,
        fit("general", "view-1", 9.0, 3.0),
        fit("general", "view-2", 8.0, 2.0),
        fit("general", "all", 9.0, 1.25),
        fit("familiar", "all", 7.0, 0.75),
    )
    texts = read_texts(svg)
    assert [text for text in texts if text.endswith("heads")] == ["General heads", "Familiar heads"]
    assert "loss per page; thin: 2 fits with pages left out" in texts
    assert count(svg, "polyline") == 4
    assert {"1.25", "0.75"} <= set(texts)


def test_a_fit_that_was_run_again_is_drawn_once(tmp_path: Path) -> None:
    svg = draw(tmp_path, fit("general", "all", 9.0, 3.0), fit("general", "all", 9.0, 2.5))
    assert count(svg, "polyline") == 1
    assert "2.5" in read_texts(svg)


def test_the_tower_is_drawn_over_its_passes(tmp_path: Path) -> None:
    svg = draw(
        tmp_path,
        {"event": "tower", "passes": 2, "losses": [9.0, 4.0, 2.0, 1.5]},
        {"event": "tower", "passes": 2, "losses": []},  # a run that trained none
    )
    texts = read_texts(svg)
    assert texts[:2] == ["Learning", "Figure tower"]
    assert "passes over the pages" in texts
    [line] = svg.iter(f"{SVG}polyline")
    assert len(line.attrib["points"].split()) == 4


def test_probabilities_on_pages_left_out_are_dots(tmp_path: Path) -> None:
    row = {"event": "reliability", "pages": "layouts left out"}
    svg = draw(tmp_path, {**row, "bins": [[0.1, 0.1, 5], [0.9, 0.8, 5]]})
    assert count(svg, "circle") == 2
    assert "mean gap 0.050 over 10 page-label pairs" in read_texts(svg)


def test_a_run_that_measured_nothing_gives_an_empty_picture(tmp_path: Path) -> None:
    svg = draw(tmp_path, {"event": "read"})
    assert read_texts(svg) == []
    assert count(svg, "rect") == 1  # the paper
