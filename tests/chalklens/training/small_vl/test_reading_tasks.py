# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The reading curriculum: crops of words and lines set in type."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from chalklens.training.small_vl.architecture import PixelBounds, build_processor
from chalklens.training.small_vl.loss_plot import read_curves
from chalklens.training.small_vl.pages import cut_patches
from chalklens.training.small_vl.reading_tasks import (
    CANVAS_GRID,
    CANVAS_PX,
    ReadingBatches,
    cut_canvases,
    draw_line,
    fit_canvas,
    read_boxes,
)
from chalklens.training.small_vl.schedule import Stage
from chalklens.training.small_vl.vocabulary import train_tokenizer
from tests.chalklens.labelling.sheets import SmallCorpus
from tests.chalklens.training.small_vl.tiny_runs import recipe_for, train


def write_boxes(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]
    words = [["Add", 0, 0, 7, 7], ["the", 1, 1, 7, 7], [".", 2, 2, 2, 2]]
    boxes = [json.dumps({"id": row["id"], "words": words}) for row in rows]
    (folder / "words.jsonl").write_text("\n".join(boxes) + "\n", "utf-8")


def test_specks_are_no_words(corpus: SmallCorpus) -> None:
    write_boxes(corpus.folder)
    boxes = read_boxes(corpus.folder / "words.jsonl")
    assert {word for found in boxes.values() for word, *_ in found} == {"Add", "the"}
    assert read_boxes(corpus.folder / "missing.jsonl") == {}


@pytest.mark.parametrize("text", ["7", "Add the numbers. 3 + 9 = and then some more"])
def test_a_line_is_visible_on_the_canvas(text: str) -> None:
    for seed in range(5):
        image = draw_line(text, random.Random(seed))
        assert image.size == CANVAS_PX
        low, high = image.convert("L").getextrema()
        assert isinstance(low, int)
        assert isinstance(high, int)
        assert high - low > 60


@pytest.mark.parametrize("size", [(1, 1), (4000, 3), (2, 900), (256, 64)])
def test_any_crop_fits_the_canvas(size: tuple[int, int]) -> None:
    assert fit_canvas(Image.new("RGB", size), random.Random(0)).size == CANVAS_PX


def test_pages_without_text_teach_no_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no printed text"):
        ReadingBatches(tmp_path, [], [], None, rows=2, seed=0)


def test_a_run_may_begin_with_reading(corpus: SmallCorpus) -> None:
    write_boxes(corpus.folder)
    stages = (Stage("reading", 0.5), Stage("labels", 0.5))
    recipe = recipe_for(corpus, stages=stages, log_steps=1)
    train(corpus, recipe)
    curves = read_curves(recipe.work / "metrics.jsonl")
    assert len(curves["reading_loss"]) == len(curves["loss"]) == 10
    assert curves["reading_loss"][-1][1] < curves["reading_loss"][0][1]


def test_a_canvas_is_cut_as_the_processor_cuts_it() -> None:
    tokenizer = train_tokenizer(["Add 3 and 4."], Ontology.load().concepts, 300)
    whole = PixelBounds(CANVAS_PX[0] * CANVAS_PX[1], CANVAS_PX[0] * CANVAS_PX[1])
    image = Image.effect_noise(CANVAS_PX, 90).convert("RGB")
    wanted, grid = cut_patches(image, build_processor(tokenizer, whole), whole)
    [found] = cut_canvases(np.asarray(image)[None])
    assert grid == CANVAS_GRID
    assert np.array_equal(found, wanted)
