# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""Variants beside what ships."""

from pathlib import Path

import numpy as np
import pytest

from chalklens.training.labeller.ablation_rows import (
    Outcome,
    compare,
    find_interval,
    write_table,
)
from chalklens.training.labeller.calibration import Judged

GENERATOR = np.random.default_rng(2)
PAGES, LABELS = 120, 6
TRUTH = GENERATOR.random((PAGES, LABELS)) < 0.4
GROUPS = tuple(f"view-{page % 8}" for page in range(PAGES))
PROBABILITIES = np.where(TRUTH, 0.9, 0.1).astype(np.float32)


def outcome(wrong: float) -> Outcome:
    """What somebody chose who is wrong in this share of pairs."""
    flipped = np.random.default_rng(7).random(TRUTH.shape) < wrong
    return Outcome(Judged(PROBABILITIES, TRUTH), TRUTH ^ flipped, GROUPS)


def test_a_variant_beside_itself_differs_by_nothing() -> None:
    row = compare("same", outcome(0.2), outcome(0.2))
    assert (row.difference, row.low, row.high) == (0, 0, 0)
    assert (row.pages, row.layouts) == (PAGES, 8)


def test_a_worse_variant_is_worse_in_every_layout_drawn() -> None:
    row = compare("worse", outcome(0.3), outcome(0.05))
    assert row.micro_f1 == outcome(0.3).micro_f1
    assert row.difference == pytest.approx(outcome(0.3).micro_f1 - outcome(0.05).micro_f1)
    assert row.low < row.difference < row.high < 0


def test_the_error_is_that_of_the_probabilities() -> None:
    assert compare("sure", outcome(0.2), outcome(0.0)).error == pytest.approx(0.1, abs=0.02)


def test_pages_of_one_layout_are_drawn_together() -> None:
    # two layouts: one is all right for both, the other only for ours
    ours = np.asarray([[10.0, 10, 10], [10, 10, 10]])
    theirs = np.asarray([[10.0, 10, 10], [0, 10, 10]])
    assert find_interval(ours, theirs) == (0.0, 1.0)


def test_the_table_has_a_row_for_each_variant(tmp_path: Path) -> None:
    rows = [compare(name, outcome(wrong), outcome(0.1)) for name, wrong in (("a", 0.1), ("b", 0.4))]
    write_table(rows, tmp_path / "table.md", "What it is.")
    note, blank, head, rule, *cells = (tmp_path / "table.md").read_text("utf-8").splitlines()
    assert (note, blank) == ("What it is.", "")
    assert head.count("|") == rule.count("|") == cells[0].count("|") == cells[1].count("|")
    assert cells[0].startswith(f"| a | {rows[0].micro_f1:.4f} | +0.0000 [")
    assert f"| {rows[1].difference:+.4f} [" in cells[1]
