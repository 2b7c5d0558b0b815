"""The curves of a run."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from chalklens.training.journal import Journal
from chalklens.training.small_vl.loss_plot import read_curves, write_plot


def write_log(folder: Path) -> Path:
    journal = Journal(folder / "metrics.jsonl")
    for step, loss in ((10, 4.0), (20, 2.0), (20, 1.0)):
        journal.write("steps", step=step, loss=loss, head_loss=loss * 2)
    journal.write("saved", parameters=5)
    return journal.file


def test_a_step_that_was_repeated_counts_as_it_was_the_last_time(tmp_path: Path) -> None:
    curves = read_curves(write_log(tmp_path))
    assert curves["loss"] == [(10, 4.0), (20, 1.0)]
    assert set(curves) == {"loss", "head_loss"}


def test_the_plot_is_svg_with_one_line_for_each_curve(tmp_path: Path) -> None:
    write_plot(write_log(tmp_path), tmp_path / "losses.svg")
    tree = ElementTree.parse(tmp_path / "losses.svg")  # our own file
    lines = tree.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert [len((line.get("points") or "").split()) for line in lines] == [2, 2]


def test_a_log_without_curves_gives_an_empty_plot(tmp_path: Path) -> None:
    Journal(tmp_path / "metrics.jsonl").write("saved")
    write_plot(tmp_path / "metrics.jsonl", tmp_path / "losses.svg")
    assert ElementTree.parse(tmp_path / "losses.svg").getroot().tag.endswith("svg")
