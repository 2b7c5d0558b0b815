"""Weights of several seeds side by side: the table of the model card.

How it is used: `python benchmarks/labeller_seeds.py --weights A --weights B --weights C --split
DIR/val.jsonl --split DIR/dev_views.jsonl --work WORK`. The figures are those of `chalklens eval labels`
and, with `--per-kind N`, of `chalklens eval refusals`; pages are read once for all weights and kept in
`WORK`. Prints a Markdown table: one row per folder of weights, then mean and standard deviation. What
it leaves out: training (`chalklens train labeller --seed N`), baselines.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from chalklens.errors import ChalklensError
from chalklens.evaluation.labels import LabelEvaluation, LabelReport, evaluate_labels
from chalklens.evaluation.refusals import Material, RefusalEvaluation, evaluate_refusals
from chalklens.training.negatives.catalogue import TEST_KINDS
from chalklens.training.negatives.trials import draw_trials
from server.commands.output import write_error, write_text
from server.commands.steps import StepBar

FIGURES = ("micro-F1", "macro-F1", "ECE", "refused")
CALIBRATED = "possible"
"""Which probabilities the error is of: those of all labels from 0.05 up, given out or not."""


@dataclass(frozen=True, slots=True)
class SeedRow:
    """The figures of one folder of weights, in the order of the table's columns."""

    seed: str
    revision: str
    figures: tuple[float, ...]


def measure(
    weights: Path, splits: Sequence[Path], work: Path, per_kind: int, progress: StepBar
) -> SeedRow:
    """Score one folder of weights on every split, and on drawn negatives."""
    figures: list[float] = []
    revision = ""
    for split in splits:
        options = LabelEvaluation(split, work, baselines=False, weights=weights)
        report = evaluate_labels(options, progress)
        revision = report.revision
        figures += collect_figures(report)
    if per_kind:
        negatives = Material(draw_trials(TEST_KINDS, per_kind, 0), len(TEST_KINDS) * per_kind)
        refusals = evaluate_refusals(RefusalEvaluation(work, weights), negatives, progress)
        revision = refusals.revision
        figures.append(refusals.negatives.refused)
    return SeedRow(read_seed(weights), revision, tuple(figures))


def collect_figures(report: LabelReport) -> tuple[float, ...]:
    """The figures of one split, in the order of `FIGURES`."""
    plain, calibration = report.ours.plain, report.calibrations.get(CALIBRATED)
    error = calibration.error if calibration else float("nan")
    return plain.micro_f1, plain.macro_f1, error, report.refused


def read_seed(weights: Path) -> str:
    """The seed that the recipe wrote into the weights."""
    config = json.loads((weights / "config.json").read_text("utf-8"))
    return str(config["facts"].get("seed", "?"))


def tabulate(rows: Sequence[SeedRow], splits: Sequence[str], per_kind: int) -> str:
    """Markdown: a row per seed, and mean and standard deviation of several."""
    names = [f"{split} {figure}" for split in splits for figure in FIGURES]
    names += [f"negatives refused ({per_kind} of each kind)"] * bool(per_kind)
    lines = [
        ["seed", "revision", *names],
        ["---"] * (len(names) + 2),
        *([row.seed, f"`{row.revision}`", *(f"{f:.3f}" for f in row.figures)] for row in rows),
    ]
    if len(rows) > 1:
        columns = list(zip(*(row.figures for row in rows), strict=True))
        lines.append(["mean ± sd", "", *(f"{mean(c):.3f} ± {stdev(c):.3f}" for c in columns)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--split", type=Path, action="append", required=True, metavar="FILE")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR")
    parser.add_argument("--per-kind", type=int, default=0, help="drawn negatives of each kind")
    options = parser.parse_args()
    try:
        with StepBar() as progress:
            rows = [
                measure(weights, options.split, options.work, options.per_kind, progress)
                for weights in options.weights
            ]
    except ChalklensError as error:
        write_error(error)
        raise SystemExit(1) from None
    write_text(tabulate(rows, [split.stem for split in options.split], options.per_kind))


if __name__ == "__main__":
    main()
