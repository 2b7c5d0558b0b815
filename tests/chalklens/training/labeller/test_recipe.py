"""The whole recipe on a dozen small sheets."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chalklens.labelling.corpus import Corpus
from chalklens.labelling.sheet_model import FILES, SheetModel
from chalklens.training.labeller.assembly import Candidate, FitSettings
from chalklens.training.labeller.cross_validation import split_by_problem, split_by_view
from chalklens.training.labeller.pages import TrainingPages
from chalklens.training.labeller.recipe import LabellerRecipe, TrainedLabeller, train_labeller
from tests.chalklens.labelling.sheets import (
    CLOCKS,
    SUMS,
    LetterEncoder,
    SmallCorpus,
    make_reading,
    write_corpus,
)

SETTINGS = FitSettings(min_pages=1, iterations=20, anchors=4)


def recipe_for(corpus: SmallCorpus, name: str) -> LabellerRecipe:
    return LabellerRecipe(
        data=corpus.folder,
        out=corpus.folder / name,
        cache=corpus.folder / f"{name}-cache",
        folds=3,
        candidates=(Candidate(), Candidate(encoder_weight=0.5, with_printed=False)),
        settings=SETTINGS,
    )


def train(corpus: SmallCorpus, recipe: LabellerRecipe) -> tuple[TrainedLabeller, list[str]]:
    told: list[str] = []
    trained = train_labeller(
        recipe,
        lambda done, total, message: told.append(f"{message} {done}/{total}"),
        encoder=LetterEncoder(),
        readings=corpus.readings,
    )
    return trained, told


def test_the_weights_label_texts_like_those_they_were_trained_on(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    trained, _ = train(corpus, recipe_for(corpus, "weights"))
    model = SheetModel.load(trained.folder, LetterEncoder())
    sums, clocks = model.label(
        ["Add the numbers. 3 + 9 =", "What time does the clock show? 11 o'clock"]
    )
    assert sums.labels.ids == SUMS
    assert clocks.labels.ids == CLOCKS
    assert min(sums.confidence.values()) > 0.3


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    one, _ = train(corpus, recipe_for(corpus, "one"))
    other, _ = train(corpus, recipe_for(corpus, "other"))
    assert one.revision == other.revision
    for name in FILES:
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes()


def test_a_second_run_reuses_the_folds_and_gives_the_same(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    recipe = recipe_for(corpus, "weights")
    first, _ = train(corpus, recipe)
    folds = {file: file.stat().st_mtime_ns for file in recipe.cache.glob("fold-*")}
    second, _ = train(corpus, recipe)
    assert second.revision == first.revision
    assert len(folds) == 8
    assert folds == {file: file.stat().st_mtime_ns for file in recipe.cache.glob("fold-*")}


def test_a_changed_recipe_does_not_find_old_folds(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    recipe = recipe_for(corpus, "weights")
    train(corpus, recipe)
    train(corpus, replace(recipe, seed=1))
    assert len(list(recipe.cache.glob("fold-*"))) == 16


def test_progress_and_metrics_tell_every_stage(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    recipe = recipe_for(corpus, "weights")
    _, told = train(corpus, recipe)
    rows = (recipe.cache / "metrics.jsonl").read_text("utf-8").splitlines()
    events = [json.loads(row)["event"] for row in rows]
    assert events == ["read", "candidate", "candidate", "saved"]
    for stage in ("encoding texts", "cross-validating", "fitting heads"):
        assert any(message.startswith(stage) for message in told)


def test_no_view_is_fitted_on_and_left_out_at_once(tmp_path: Path) -> None:
    sheets = Corpus(write_corpus(tmp_path).folder).worksheets("train")
    pages = TrainingPages.collect(sheets, [make_reading(sheet.text) for sheet in sheets])
    left_out_once: list[int] = []
    for fitted, left_out in split_by_view(pages, 3, seed=0):
        views = np.asarray(pages.views)
        assert not set(views[fitted]) & set(views[left_out])
        left_out_once += left_out.tolist()
    assert sorted(left_out_once) == list(range(len(pages)))


def test_no_problem_is_fitted_on_and_left_out_at_once(tmp_path: Path) -> None:
    sheets = Corpus(write_corpus(tmp_path).folder).worksheets("train")
    pages = TrainingPages.collect(sheets, [make_reading(sheet.text) for sheet in sheets])
    fitted, left_out = split_by_problem(pages, seed=0)
    pairs = np.asarray(pages.pairs)
    assert len(fitted) + len(left_out) == len(pages)
    assert len(left_out) > 0
    assert not set(pairs[fitted]) & set(pairs[left_out])


@pytest.mark.parametrize(("with_printed", "rows"), [(True, 36), (False, 18)])
def test_each_page_weighs_the_same_whichever_texts_are_used(
    tmp_path: Path, with_printed: bool, rows: int
) -> None:
    sheets = Corpus(write_corpus(tmp_path).folder).worksheets("train")
    pages = TrainingPages.collect(sheets, [make_reading(sheet.text) for sheet in sheets])
    texts, targets, weights = pages.examples(with_printed=with_printed)
    assert len(texts) == len(targets) == rows
    assert weights.sum() == len(pages)
