# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""Scores with a sentence encoder of each fold's own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chalklens.training.labeller.assembly import Candidate
from chalklens.training.labeller.cross_validation import HeldOutScores, Validation, split_by_view
from chalklens.training.labeller.pages import TrainingPages
from chalklens.training.labeller.sentence_tuning import TuningSettings
from chalklens.training.labeller.tuned_scores import TunedValidation, select_scores
from tests.chalklens.labelling.sheets import LetterEncoder
from tests.chalklens.training.labeller.small_pages import (
    SETTINGS,
    ignore,
    make_rendered,
    make_worksheets,
)

Floats = NDArray[np.float32]
SHEETS, RENDERED = make_worksheets(), make_rendered()
FOLDS = 3
DEFINITIONS = np.eye(len(SHEETS.labels), 26, dtype=np.float32)


class NotingTuner:
    """Learns nothing, and notes on what it was to be tuned."""

    def __init__(self, encode: Callable[[Sequence[str]], Floats]) -> None:
        self.tuned_on: list[TrainingPages] = []
        self._encode = encode

    def __call__(
        self,
        pages: TrainingPages,
        definitions: Floats,
        asked: Sequence[str],
        progress: Callable[[int, int, str], None],
        settings: TuningSettings,
    ) -> Floats:
        self.tuned_on.append(pages)
        return self._encode(asked)


def encode_late_letters(texts: Sequence[str]) -> Floats:
    """Other vectors than those of the pages."""
    return LetterEncoder().encode([text[12:] for text in texts])


def validation(store: Path, tuner: NotingTuner) -> TunedValidation:
    return TunedValidation(
        SHEETS,
        RENDERED,
        DEFINITIONS,
        Candidate(),
        SETTINGS,
        FOLDS,
        store,
        ignore,
        tuner,
        TuningSettings(),
    )


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> HeldOutScores:
    store = tmp_path_factory.mktemp("usual")
    usual = Validation(SHEETS, RENDERED, SETTINGS, FOLDS, store, ignore)
    return usual.score_unseen(Candidate(), familiar=False)


def test_the_usual_vectors_give_the_usual_scores(tmp_path: Path, unseen: HeldOutScores) -> None:
    tuner = NotingTuner(LetterEncoder().encode)
    same, found = validation(tmp_path, tuner).score(unseen, FOLDS)
    assert (same.general == unseen.general).all()
    assert found["replaced"].general == pytest.approx(unseen.general, abs=1e-3)
    assert (found["beside"].general != unseen.general).any()


def test_no_encoder_has_seen_the_layouts_it_is_asked_about(
    tmp_path: Path, unseen: HeldOutScores
) -> None:
    tuner = NotingTuner(encode_late_letters)
    same, found = validation(tmp_path, tuner).score(unseen, 2)
    left_out = [rows for _, rows in split_by_view(SHEETS, FOLDS, SETTINGS.seed)][:2]
    assert len(tuner.tuned_on) == 2
    for pages, rows in zip(tuner.tuned_on, left_out, strict=True):
        assert not set(pages.groups) & {SHEETS.groups[i] for i in rows}
    assert same.rows.tolist() == sorted(np.concatenate(left_out).tolist())
    assert all(scores.general.shape == same.general.shape for scores in found.values())
    assert (found["replaced"].general != same.general).any()


def test_templates_like_a_layout_left_out_are_no_part_of_its_tuning(
    tmp_path: Path, unseen: HeldOutScores
) -> None:
    tuner = NotingTuner(encode_late_letters)
    validation(tmp_path, tuner).score(unseen, FOLDS)
    left_out = [rows for _, rows in split_by_view(SHEETS, FOLDS, SETTINGS.seed)]
    assert all(any(SHEETS.groups[i].startswith("sums") for i in rows) for rows in left_out)
    assert not any("drawn_sums" in pages.groups for pages in tuner.tuned_on)
    assert any("drawn_stories" in pages.groups for pages in tuner.tuned_on)


def test_finished_folds_are_used_again(tmp_path: Path, unseen: HeldOutScores) -> None:
    first, again = NotingTuner(encode_late_letters), NotingTuner(encode_late_letters)
    _, one = validation(tmp_path, first).score(unseen, 2)
    _, two = validation(tmp_path, again).score(unseen, 3)
    assert (len(first.tuned_on), len(again.tuned_on)) == (2, 1)
    rows = np.isin(two["beside"].rows, one["beside"].rows)
    assert (two["beside"].general[rows] == one["beside"].general).all()


@pytest.mark.parametrize(
    "change",
    [
        {"tuning": TuningSettings(passes=9)},
        {"candidate": Candidate(strength=3.0)},
        {"definitions": DEFINITIONS[::-1]},
    ],
)
def test_other_settings_find_no_old_folds(
    tmp_path: Path, unseen: HeldOutScores, change: dict[str, object]
) -> None:
    first, other = NotingTuner(encode_late_letters), NotingTuner(encode_late_letters)
    validation(tmp_path, first).score(unseen, 1)
    replace(validation(tmp_path, other), **change).score(unseen, 1)
    assert len(other.tuned_on) == 1


def test_without_rendered_sheets_none_is_tuned_on(tmp_path: Path, unseen: HeldOutScores) -> None:
    tuner = NotingTuner(encode_late_letters)
    alone = replace(validation(tmp_path, tuner), candidate=Candidate(rendered=0.0))
    alone.score(unseen, 1)
    assert not any(name.startswith("drawn") for name in tuner.tuned_on[0].groups)


def test_selected_scores_keep_their_pages(unseen: HeldOutScores) -> None:
    some = select_scores(unseen, np.asarray([9, 2]))
    assert some.rows.tolist() == [2, 9]
    assert (some.general == unseen.general[[2, 9]]).all()
    assert len(some.familiar) == len(some.nearest) == len(some.supported) == 2
