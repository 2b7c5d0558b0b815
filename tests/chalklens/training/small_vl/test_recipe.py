# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The whole recipe on a dozen small sheets, and the folder it leaves in the ordinary engine."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors import safe_open

from chalklens.edugraph.labels import parse_labels
from chalklens.edugraph.ontology import Ontology
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.inspection import inspect_model
from chalklens.engines.local import LocalEngine
from chalklens.errors import InputError, ModelError
from chalklens.labelling.by_engine import EngineLabeller, make_request
from chalklens.labelling.corpus import Corpus
from chalklens.training.small_vl.label_head import LabelHead
from chalklens.training.small_vl.learner import Optimization
from chalklens.training.small_vl.loss_plot import read_curves
from chalklens.training.small_vl.pages import CorpusPicture, PictureStore
from chalklens.training.small_vl.recipe import SmallVLRecipe
from chalklens.training.small_vl.schedule import Stage
from tests.chalklens.engines.in_process import answer, load
from tests.chalklens.labelling.sheets import SmallCorpus
from tests.chalklens.training.small_vl.conftest import TinyRun
from tests.chalklens.training.small_vl.tiny_runs import FEW_PIXELS, recipe_for, stay_quiet, train


class Killed(Exception):
    """Stands for the end of a process in the middle of a run."""


def train_and_stop(corpus: SmallCorpus, recipe: SmallVLRecipe, after_steps: int) -> None:
    from chalklens.training.small_vl.recipe import train_small_vl

    steps = 0

    def stop(done: int, total: int, what: str) -> None:
        nonlocal steps
        steps += what.startswith("learning")
        if steps == after_steps:
            raise Killed

    with pytest.raises(Killed):
        train_small_vl(recipe, stop, readings=corpus.readings)


def test_the_loss_falls(tiny_run: TinyRun) -> None:
    curves = read_curves(tiny_run.recipe.work / "metrics.jsonl")
    losses = [value for _, value in curves["loss"]]
    assert losses[-1] < 0.7 * losses[0]
    assert curves["tower_loss"]
    assert (tiny_run.recipe.work / "losses.svg").read_text("utf-8").startswith("<svg")
    assert tiny_run.trained.steps == 20
    assert {"learning (tower)", "learning (labels)"} <= set(tiny_run.told)


def test_a_run_that_was_killed_ends_with_the_same_weights(tiny_run: TinyRun) -> None:
    recipe = recipe_for(tiny_run.corpus, "killed", checkpoint_s=0)
    train_and_stop(tiny_run.corpus, recipe, after_steps=9)
    assert not recipe.out.exists()
    trained, told = train(tiny_run.corpus, recipe)
    assert sum(what.startswith("learning") for what in told) == 11
    for name in ("model.safetensors", "label_head.safetensors", "tokenizer.json"):
        assert (trained.folder / name).read_bytes() == (tiny_run.trained.folder / name).read_bytes()


def test_a_run_that_diverges_stops_and_keeps_no_such_weights(tiny_run: TinyRun) -> None:
    numbers = Optimization(rate=1e30, clip=1e30)
    recipe = recipe_for(tiny_run.corpus, "diverged", optimization=numbers, checkpoint_s=0)
    with pytest.raises(InputError, match="diverged"):
        train(tiny_run.corpus, recipe)
    assert not recipe.out.exists()
    with safe_open(recipe.work / "checkpoint.safetensors", "pt") as stored:
        assert json.loads(stored.metadata()["state"])["step"] < recipe.steps


def test_another_seed_gives_other_weights_and_its_own_work_folder(tiny_run: TinyRun) -> None:
    recipe = recipe_for(tiny_run.corpus, "seed", seed=1, steps=2, stages=(Stage("labels", 1.0),))
    trained, _ = train(tiny_run.corpus, recipe)
    weights = (trained.folder / "model.safetensors").read_bytes()
    assert weights != (tiny_run.trained.folder / "model.safetensors").read_bytes()
    with pytest.raises(InputError, match="other numbers"):
        train(tiny_run.corpus, replace(recipe, seed=2))


def test_views_that_are_left_out_are_measured_and_not_learnt_from(tiny_run: TinyRun) -> None:
    recipe = recipe_for(
        tiny_run.corpus, "held", held_out_views=2, log_steps=1, stages=(Stage("labels", 1.0),)
    )
    trained, _ = train(tiny_run.corpus, recipe)
    curves = read_curves(recipe.work / "metrics.jsonl")
    assert [step for step, _ in curves["held_out_loss"]] == [10, 20]
    facts = json.loads((trained.folder / "training.json").read_text("utf-8"))
    assert facts["held_out_views"] == 2


@pytest.mark.parametrize("name", ["small-vl", "edugraph", "model"])
def test_a_folder_name_that_hides_what_the_model_is_gets_refused(name: str) -> None:
    with pytest.raises(InputError, match="does not say"):
        SmallVLRecipe(Path("data"), Path("models") / name, Path("work"), steps=1)


def test_a_size_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="no size"):
        SmallVLRecipe(Path("data"), Path("edugraph-small-vl"), Path("work"), "huge", steps=1)


def test_labels_of_another_vocabulary_are_refused(corpus: SmallCorpus) -> None:
    rows = (corpus.folder / "train.jsonl").read_text("utf-8")
    (corpus.folder / "train.jsonl").write_text(rows.replace('"Addition"', '"Adding"'), "utf-8")
    with pytest.raises(InputError, match="'Adding'"):
        train(corpus, recipe_for(corpus))


def test_more_pictures_than_the_store_takes_are_refused(tiny_run: TinyRun) -> None:
    folder = tiny_run.corpus.folder
    many = [CorpusPicture(folder, Corpus(folder).worksheets("train")[0])] * 4_000_000
    with pytest.raises(InputError, match="over 16 GiB"):
        PictureStore.open(tiny_run.recipe.work, many, None, FEW_PIXELS, stay_quiet)


def test_pages_of_our_renderer_are_learnt_beside_the_corpus(corpus: SmallCorpus) -> None:
    recipe = recipe_for(corpus, rendered=6, steps=4, loaders=1, stages=(Stage("labels", 1.0),))
    trained, told = train(corpus, recipe)
    assert "drawing pages" in told
    labels = set(LabelHead.load(trained.folder).labels)
    assert labels > {id_ for s in Corpus(corpus.folder).worksheets("train") for id_ in s.labels}
    facts = json.loads((trained.folder / "training.json").read_text("utf-8"))
    assert facts["rendered"] == 6


def test_the_folder_holds_nothing_that_runs(tiny_run: TinyRun) -> None:
    facts = inspect_model(tiny_run.trained.folder)
    assert facts.model_type == "qwen3_vl"
    assert facts.parameters == tiny_run.trained.parameters
    suffixes = {file.suffix for file in tiny_run.trained.folder.iterdir()}
    assert suffixes == {".safetensors", ".json", ".jinja"}


def test_the_engines_loader_takes_the_folder_and_the_model_labels_a_page(
    tiny_run: TinyRun,
) -> None:
    corpus, ontology = Corpus(tiny_run.corpus.folder), Ontology.load()
    picture = corpus.load(corpus.worksheets("train")[0])
    model = load(tiny_run.trained.folder)
    found = answer(model, make_request(picture, ontology, published=False))
    labels = parse_labels(found["text"], ontology)
    assert labels.labels.ids
    assert not labels.rejected
    assert set(labels.labels.ids) <= set(ontology.concepts)


@pytest.mark.integration
@pytest.mark.anyio
async def test_the_ordinary_engine_loads_the_folder_and_labels_a_page(tiny_run: TinyRun) -> None:
    corpus = Corpus(tiny_run.corpus.folder)
    picture = corpus.load(corpus.worksheets("train")[0])
    engine = LocalEngine(
        EngineConfig(str(tiny_run.trained.folder), device="cpu", dtype="float32", threads=1)
    )
    try:
        [found] = await EngineLabeller(engine).label([picture])
    finally:
        await engine.close()
    assert found.model == "edugraph-small-vl"
    assert found.labels.ids
    assert not found.rejected
    assert set(found.labels.ids) <= set(Ontology.load().concepts)


def test_the_head_gives_a_probability_for_every_label(tiny_run: TinyRun) -> None:
    head = LabelHead.load(tiny_run.trained.folder)
    corpus = Corpus(tiny_run.corpus.folder)
    assert set(head.labels) == {id_ for s in corpus.worksheets("train") for id_ in s.labels}
    sums = dict(zip(head.labels, head.score(None, "Add the numbers. 3 + 9 ="), strict=True))
    clocks = head.score(None, "What time does the clock show? 7 o'clock")
    assert all(0 < probability < 1 for probability in (*sums.values(), *clocks))
    assert list(sums.values()) != clocks


def test_a_folder_without_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no label_head"):
        LabelHead.load(tmp_path)
