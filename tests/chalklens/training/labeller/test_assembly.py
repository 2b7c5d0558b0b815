# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""One fit."""

from dataclasses import replace

import numpy as np
import pytest

from chalklens.training.labeller.assembly import (
    Candidate,
    fit_axes,
    fit_familiar,
    fit_features,
    fit_general,
)
from tests.chalklens.training.labeller.small_pages import SETTINGS, make_rendered, make_worksheets

SHEETS, RENDERED = make_worksheets(), make_rendered()


def test_axes_are_the_strongest_directions_first() -> None:
    rows = np.asarray([[3, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0]], np.float32)
    axes = fit_axes(rows, 2)
    assert np.abs(axes) == pytest.approx(np.eye(3)[:2], abs=1e-5)
    assert fit_axes(rows, 9).shape == (3, 3)


def test_rendered_sheets_bring_their_words_unless_they_are_left_out() -> None:
    with_them = fit_features(SHEETS, RENDERED, Candidate(), SETTINGS)
    without = fit_features(SHEETS, RENDERED, Candidate(rendered=0.0), SETTINGS)
    assert "goose" in with_them.raw.terms
    assert "goose" not in without.raw.terms


def test_general_heads_do_not_see_how_a_page_looks() -> None:
    features = fit_features(SHEETS, RENDERED, Candidate(), SETTINGS)
    general = fit_general(features, SHEETS, RENDERED, Candidate(), SETTINGS)
    familiar = fit_familiar(features, SHEETS, Candidate(), SETTINGS)
    assert general.weights.shape == (features.general_width, len(SHEETS.labels))
    assert familiar.weights.shape == (features.width, len(SHEETS.labels))


def test_a_rendered_sheet_counts_as_much_as_it_is_told_to() -> None:
    column = SHEETS.labels.index("VisualRecognition")
    found: list[float] = []
    for weight in (0.0, 0.1, 1.0):
        candidate = Candidate(rendered=weight)
        features = fit_features(SHEETS, RENDERED, Candidate(), SETTINGS)
        heads = fit_general(features, SHEETS, RENDERED, candidate, SETTINGS)
        rows = features.compute(RENDERED.observed)[:, : features.general_width]
        found.append(float(heads.scores(rows)[3:, column].mean()))
    assert found == sorted(found)
    assert found[0] < found[2]


def test_progress_is_told() -> None:
    told: list[str] = []
    features = fit_features(SHEETS, RENDERED, Candidate(), SETTINGS)
    few = replace(SETTINGS, iterations=2)
    fit_familiar(features, SHEETS, Candidate(), few, lambda done, total, what: told.append(what))
    assert set(told) == {"fitting heads"}
