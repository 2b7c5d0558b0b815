# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The rows of an ablation: each variant's figure, and its difference from what ships.

How it is used: `compare(name, ours, reference)` -> `AblationRow`; `write_table(rows, file, note)`.
Differences are paired: both variants chose labels for the same pages, and the interval comes from
resampling whole layouts (cluster bootstrap: Davison and Hinkley, Bootstrap methods and their
application, 1997, 3.8). What it leaves out: making the choices (`ablation.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chalklens.training.labeller.calibration import (
    Flags,
    Judged,
    measure_calibration_error,
    measure_micro_f1,
)

Counts = NDArray[np.float64]

RESAMPLES = 2_000
TAILS = (0.025, 0.975)
HEAD = (
    "| variant | micro-F1 | difference [95 %] | ECE | pages | layouts |\n|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a variant made of pages that no fit had seen.

    Attributes:
        judged: Probabilities and truth.
        chosen: Labels given out, (pages, labels).
        groups: Layout of each page.
    """

    judged: Judged
    chosen: Flags
    groups: Sequence[str]

    @property
    def micro_f1(self) -> float:
        """Over all pages and labels."""
        return measure_micro_f1(self.chosen, self.judged.targets)


@dataclass(frozen=True, slots=True)
class AblationRow:
    """One variant on supported pages of views left out, similar templates left out with them.

    Attributes:
        name: What is different.
        micro_f1: Of the general heads with their best threshold.
        difference: From what it is compared with, on the same pages.
        low, high: 95 % interval of the difference over resampled layouts.
        error: Expected calibration error of the probabilities.
        pages, layouts: How many it was measured on.
    """

    name: str
    micro_f1: float
    difference: float
    low: float
    high: float
    error: float
    pages: int
    layouts: int


def compare(name: str, ours: Outcome, reference: Outcome) -> AblationRow:
    """Measure a variant beside another one on the same pages."""
    mine, theirs = _count_by_layout(ours), _count_by_layout(reference)
    low, high = find_interval(mine, theirs)
    return AblationRow(
        name=name,
        micro_f1=ours.micro_f1,
        difference=ours.micro_f1 - reference.micro_f1,
        low=low,
        high=high,
        error=measure_calibration_error(ours.judged),
        pages=len(ours.chosen),
        layouts=len(mine),
    )


def _count_by_layout(outcome: Outcome) -> Counts:
    """Labels right, given and wanted of each layout, (layouts, 3)."""
    chosen, wanted = outcome.chosen, outcome.judged.targets
    names, layout = np.unique(np.asarray(outcome.groups), return_inverse=True)
    counts = np.zeros((len(names), 3))
    np.add.at(counts, layout, np.stack([chosen & wanted, chosen, wanted], 1).sum(2))
    return counts


def find_interval(ours: Counts, theirs: Counts, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the difference in micro-F1; both are (layouts, 3)."""
    layouts = len(ours)
    draws = np.random.default_rng(seed).multinomial(
        layouts, np.full(layouts, 1 / layouts), RESAMPLES
    )
    low, high = np.quantile(_score(draws @ ours) - _score(draws @ theirs), TAILS)
    return float(low), float(high)


def _score(counts: Counts) -> NDArray[np.float64]:
    return 2 * counts[:, 0] / np.maximum(1, counts[:, 1] + counts[:, 2])


def write_table(rows: Sequence[AblationRow], file: Path, note: str) -> None:
    """Write a Markdown table under a note."""
    lines = [note, "", HEAD, *map(_write_row, rows)]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _write_row(row: AblationRow) -> str:
    figures = (
        f"{row.micro_f1:.4f}",
        f"{row.difference:+.4f} [{row.low:+.4f}, {row.high:+.4f}]",
        f"{row.error:.3f}",
        f"{row.pages}",
        f"{row.layouts}",
    )
    return f"| {' | '.join((row.name, *figures))} |"
