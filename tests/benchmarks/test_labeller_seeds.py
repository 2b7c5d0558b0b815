"""The table of several seeds."""

from pathlib import Path

import pytest

from benchmarks.labeller_seeds import (
    FIGURES,
    SeedRow,
    collect_figures,
    measure,
    read_seed,
    tabulate,
)
from chalklens.evaluation.labels import LabelEvaluation, evaluate_labels
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.model_files import save_model
from server.commands.steps import StepBar
from tests.chalklens.evaluation.test_labels import open_sure_labeller
from tests.chalklens.labelling.sheets import write_corpus
from tests.chalklens.labelling.small_model import make_model


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights made by hand, which name the seed 0."""
    folder = tmp_path_factory.mktemp("weights")
    save_model(make_model(encoder=SentenceEncoder.load()), folder)
    return folder


def read_cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_a_row_per_seed_is_followed_by_mean_and_deviation() -> None:
    rows = [
        SeedRow("0", "abc", (0.9, 0.8, 0.01, 0.002)),
        SeedRow("1", "def", (0.8, 0.8, 0.03, 0.004)),
    ]
    header, rule, first, second, last = read_cells(tabulate(rows, ["val"], 0))
    assert header == ["seed", "revision", *(f"val {name}" for name in FIGURES)]
    assert set(rule) == {"---"}
    assert first == ["0", "`abc`", "0.900", "0.800", "0.010", "0.002"]
    assert second[:2] == ["1", "`def`"]
    assert last[2:4] == ["0.850 ± 0.071", "0.800 ± 0.000"]


def test_negatives_get_a_column_when_they_were_drawn() -> None:
    table = read_cells(tabulate([SeedRow("0", "abc", (0.9,) * 5)], ["val"], 6))
    assert table[0][-1] == "negatives refused (6 of each kind)"
    assert len(table) == 3  # one seed has no deviation
    assert len({len(row) for row in table}) == 1


def test_the_figures_of_a_report_are_in_the_order_of_the_table(tmp_path: Path) -> None:
    write_corpus(tmp_path, "val")
    with StepBar() as progress:
        options = LabelEvaluation(tmp_path / "val.jsonl", tmp_path / "work", baselines=False)
        report = evaluate_labels(options, progress, open_sure_labeller)
    plain, calibration = report.ours.plain, report.calibrations["possible"]
    expected = (plain.micro_f1, plain.macro_f1, calibration.error, 0.0)
    assert len(expected) == len(FIGURES)
    assert collect_figures(report) == expected


def test_the_seed_of_weights_is_the_one_their_recipe_wrote(weights: Path) -> None:
    assert read_seed(weights) == "0"


@pytest.mark.integration
def test_the_figures_are_those_of_the_command(tmp_path: Path, weights: Path) -> None:
    write_corpus(tmp_path, "val")
    file = tmp_path / "val.jsonl"
    file.write_text("".join(file.read_text("utf-8").splitlines(True)[8:10]), "utf-8")
    with StepBar() as progress:
        row = measure(weights, [file], tmp_path / "work", 0, progress)
        options = LabelEvaluation(file, tmp_path / "work", baselines=False, weights=weights)
        report = evaluate_labels(options, progress)
    assert row.seed == read_seed(weights) == "0"
    assert row.revision == report.revision
    assert row.figures == pytest.approx(collect_figures(report), nan_ok=True)
    assert row.figures[0] == report.ours.plain.micro_f1
    assert row.figures[3] == report.refused
