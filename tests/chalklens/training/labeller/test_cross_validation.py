# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""Scores of pages that a fit has not seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chalklens.training.labeller.assembly import Candidate
from chalklens.training.labeller.cross_validation import (
    HeldOutScores,
    Validation,
    split_by_problem,
    split_by_view,
)
from tests.chalklens.training.labeller.small_pages import (
    SETTINGS,
    ignore,
    make_rendered,
    make_worksheets,
    views_of,
)

SHEETS, RENDERED = make_worksheets(), make_rendered()
FOLDS = 3


def make_validation(store: Path) -> Validation:
    return Validation(SHEETS, RENDERED, SETTINGS, FOLDS, store, ignore)


def stored(store: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in store.glob("fold-*")}


def same(one: HeldOutScores, other: HeldOutScores) -> bool:
    names = ("rows", "general", "familiar", "nearest", "supported")
    return all((getattr(one, name) == getattr(other, name)).all() for name in names)


def test_no_view_is_fitted_on_and_left_out_at_once() -> None:
    left_out_once: list[int] = []
    for fitted, left_out in split_by_view(SHEETS, FOLDS, seed=0):
        assert not views_of(SHEETS, fitted) & views_of(SHEETS, left_out)
        left_out_once += left_out.tolist()
    assert sorted(left_out_once) == list(range(len(SHEETS)))


def test_no_problem_is_fitted_on_and_left_out_at_once() -> None:
    fitted, left_out = split_by_problem(SHEETS, seed=0)
    pairs = np.asarray(SHEETS.pairs)
    assert len(fitted) + len(left_out) == len(SHEETS)
    assert len(left_out) > 0
    assert not set(pairs[fitted]) & set(pairs[left_out])


def test_another_seed_gives_other_folds() -> None:
    folds = [next(split_by_view(SHEETS, FOLDS, seed))[1].tolist() for seed in range(6)]
    assert any(fold != folds[0] for fold in folds)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("folds")


@pytest.fixture(scope="module")
def unseen(store: Path) -> HeldOutScores:
    return make_validation(store).score_unseen(Candidate())


def test_every_page_is_scored_once_in_its_order(unseen: HeldOutScores) -> None:
    assert unseen.rows.tolist() == list(range(len(SHEETS)))
    assert unseen.general.shape == unseen.familiar.shape == SHEETS.targets.shape
    assert unseen.nearest.shape == unseen.supported.shape == (len(SHEETS),)


def test_pages_whose_labels_a_fold_hardly_kept_are_not_supported(unseen: HeldOutScores) -> None:
    assert not unseen.supported.any()  # 9 pages of each label in all


def test_pages_whose_labels_a_fold_kept_are_supported(tmp_path: Path) -> None:
    twice = SHEETS.select(np.tile(np.arange(len(SHEETS)), 6))
    many = Validation(twice, RENDERED, SETTINGS, FOLDS, tmp_path, ignore)
    found = many.score_unseen(Candidate(), familiar=False)
    assert found.supported.all()


def test_pages_of_a_known_layout_look_more_familiar(store: Path, unseen: HeldOutScores) -> None:
    known = make_validation(store).score_known(Candidate())
    assert known.nearest.mean() > unseen.nearest.mean()
    assert set(known.rows.tolist()) < set(range(len(SHEETS)))


def test_stored_folds_are_used_again(store: Path, unseen: HeldOutScores) -> None:
    before = stored(store)
    again = make_validation(store).score_unseen(Candidate())
    assert stored(store) == before
    assert same(again, unseen)


def test_an_interrupted_run_goes_on_with_the_next_fold(
    tmp_path: Path, unseen: HeldOutScores
) -> None:
    def interrupt(done: int, total: int, message: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(make_validation(tmp_path), progress=interrupt).score_unseen(Candidate())
    before = stored(tmp_path)
    assert len(before) == 2
    assert same(make_validation(tmp_path).score_unseen(Candidate()), unseen)
    assert before.items() <= stored(tmp_path).items()


USUAL = make_validation(Path())


@pytest.mark.parametrize(
    "changed",
    [
        replace(USUAL, settings=replace(SETTINGS, iterations=11)),
        replace(USUAL, settings=replace(SETTINGS, seed=1)),
        replace(USUAL, folds=2),
        replace(USUAL, rendered=RENDERED.select(np.arange(5))),
        replace(USUAL, worksheets=replace(SHEETS, targets=~SHEETS.targets)),
    ],
)
def test_a_changed_recipe_finds_no_old_folds(tmp_path: Path, changed: Validation) -> None:
    make_validation(tmp_path).score_unseen(Candidate(), familiar=False)
    before = set(stored(tmp_path))
    replace(changed, store=tmp_path).score_unseen(Candidate(), familiar=False)
    assert before < set(stored(tmp_path))
    assert len(stored(tmp_path)) == len(before) + changed.folds


def test_another_candidate_finds_no_old_folds(store: Path, unseen: HeldOutScores) -> None:
    before = stored(store)
    other = make_validation(store).score_unseen(Candidate(strength=0.1))
    assert len(stored(store)) == len(before) + FOLDS
    assert (other.general != unseen.general).any()


def test_progress_tells_the_folds(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []

    def tell(done: int, total: int, message: str) -> None:
        told.append((done, total, message))

    validation = replace(make_validation(tmp_path), progress=tell)
    validation.score_unseen(Candidate(), familiar=False)
    assert told == [(n, FOLDS, "cross-validating over views") for n in range(1, FOLDS + 1)]
