"""The whole recipe on a dozen small sheets."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import InputError
from chalklens.labelling.model_files import FILES, load_model
from chalklens.labelling.observations import Page
from chalklens.training.labeller.recipe import NAME, TrainedLabeller, train_labeller
from chalklens.training.labeller.settings import LabellerRecipe, Progress
from tests.chalklens.labelling.sheets import (
    CLOCKS,
    SUMS,
    LetterEncoder,
    SmallCorpus,
    make_reading,
    paint,
    to_picture,
    write_corpus,
)
from tests.chalklens.training.labeller.small_pages import ignore
from tests.chalklens.training.labeller.small_recipe import TEMPLATES, recipe_for, take_gate


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> SmallCorpus:
    """The small corpus, its rows often enough for a fold to know every label."""
    return write_corpus(tmp_path_factory.mktemp("corpus"), copies=6)


def train(
    corpus: SmallCorpus, recipe: LabellerRecipe, progress: Progress = ignore
) -> TrainedLabeller:
    return train_labeller(
        recipe, progress, encoder=LetterEncoder(), readings=corpus.readings, gate=take_gate
    )


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def trained(corpus: SmallCorpus, told: list[str]) -> TrainedLabeller:
    def tell(done: int, total: int, message: str) -> None:
        told.append(f"{message} {done}/{total}")

    return train(corpus, recipe_for(corpus, "weights"), tell)


def test_the_weights_label_pages_like_those_they_were_trained_on(trained: TrainedLabeller) -> None:
    model = load_model(trained.folder, LetterEncoder())
    sums, clocks = model.label(
        [
            Page(to_picture(paint(30, "sums-0")), make_reading("Add the numbers. 3 + 9 =")),
            Page(
                to_picture(paint(31, "clocks-1")),
                make_reading("What time does the clock show? 11 o'clock"),
            ),
        ]
    )
    assert sums.labels.ids == SUMS
    assert clocks.labels.ids == CLOCKS
    assert min(sums.confidence.values()) > 0.3


def test_the_weights_tell_how_they_were_made(trained: TrainedLabeller) -> None:
    model = load_model(trained.folder, LetterEncoder())
    assert (model.name, model.ontology, model.revision) == (NAME, "0.21.0", trained.revision)
    assert model.facts["rendered"] == 6
    assert model.facts["templates"] == len(TEMPLATES)
    assert model.facts["left_out"] == trained.calibration.facts()
    assert model.facts["gate"]["refused_negatives"] == 1.0


def test_the_same_seed_gives_the_same_weights(
    corpus: SmallCorpus, trained: TrainedLabeller
) -> None:
    other = train(corpus, recipe_for(corpus, "other"))
    assert other.revision == trained.revision
    for name in FILES:
        assert (other.folder / name).read_bytes() == (trained.folder / name).read_bytes()


def test_a_second_run_reuses_what_was_made_and_gives_the_same(
    corpus: SmallCorpus, trained: TrainedLabeller
) -> None:
    recipe = recipe_for(corpus, "weights")
    kept = [file for file in recipe.cache.iterdir() if file.suffix == ".safetensors"]
    before = {file: file.stat().st_mtime_ns for file in kept}
    assert len([file for file in kept if file.name.startswith("fold-")]) == 3 + 1
    assert train(corpus, recipe).revision == trained.revision
    assert {file: file.stat().st_mtime_ns for file in kept} == before


def test_an_interrupted_run_ends_like_one_that_was_not(
    corpus: SmallCorpus, trained: TrainedLabeller
) -> None:
    def interrupt(done: int, total: int, message: str) -> None:
        if message == "cross-validating over views" and done == 2:
            raise KeyboardInterrupt

    recipe = recipe_for(corpus, "resumed")
    with pytest.raises(KeyboardInterrupt):
        train(corpus, recipe, interrupt)
    assert not recipe.out.exists()
    assert train(corpus, recipe).revision == trained.revision


def test_progress_and_metrics_tell_every_stage(
    corpus: SmallCorpus, trained: TrainedLabeller, told: list[str]
) -> None:
    cache = recipe_for(corpus, "weights").cache
    rows = [json.loads(row) for row in (cache / "metrics.jsonl").read_text("utf-8").splitlines()]
    events = [row["event"] for row in rows]
    fits, stages = ["reliability", "reliability", "gate", "fit", "fit"], ["read", "rendered"]
    assert events[:9] == [*stages, "calibration", *fits, "saved"]
    assert rows[0]["read_now"] == 0
    assert rows[8]["revision"] == trained.revision
    assert all(row["losses"] == sorted(row["losses"], reverse=True) for row in rows[6:8])
    for stage in (
        "encoding texts",
        "making thumbnails",
        "cross-validating over views",
        "validating on known views",
        "fitting the material gate",
        "fitting heads",
    ):
        assert any(message.startswith(stage) for message in told), stage
    assert "micro-F1" in (cache / "training.svg").read_text("utf-8")


def test_too_few_views_for_the_folds_are_named(tmp_path: Path) -> None:
    packed = write_corpus(tmp_path)
    recipe = replace(recipe_for(packed, "weights"), folds=7)
    with pytest.raises(InputError, match="6 views, too few for 7 folds") as caught:
        train(packed, recipe)
    assert "--folds" in caught.value.hint


def test_a_corpus_without_worksheets_is_refused(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    (tmp_path / "train.jsonl").write_text("", "utf-8")
    with pytest.raises(InputError, match="0 views"):
        train(corpus, recipe_for(corpus, "weights"))
