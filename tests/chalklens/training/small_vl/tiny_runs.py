"""Tiny runs of the recipe on a dozen small sheets, shared by the tests."""

from typing import Any

from chalklens.training.small_vl.architecture import PixelBounds
from chalklens.training.small_vl.batches import Mix
from chalklens.training.small_vl.learner import Optimization
from chalklens.training.small_vl.recipe import (
    Batching,
    SmallVLRecipe,
    TrainedSmallVL,
    train_small_vl,
)
from tests.chalklens.labelling.sheets import SmallCorpus

FEW_PIXELS = PixelBounds(4 * 1024, 8 * 1024)
BATCHES = Batching(Mix(both=0.3, picture=0.1, text=0.6, rows=6, text_rows=6), tower_rows=6)
FOLDER = "edugraph-small-vl"


def recipe_for(corpus: SmallCorpus, name: str = "run", **changes: Any) -> SmallVLRecipe:
    """A recipe of 20 steps."""
    numbers: dict[str, Any] = {
        "size": "tiny",
        "steps": 20,
        "threads": 1,
        "vocabulary": 400,
        "batches": BATCHES,
        "pixels": FEW_PIXELS,
        "tower_pixels": FEW_PIXELS,
        "optimization": Optimization(rate=1e-2),
        "log_steps": 2,
        "device": "cpu",
        **changes,
    }
    folder = corpus.folder / name
    return SmallVLRecipe(corpus.folder, folder / FOLDER, folder / "work", **numbers)


def train(corpus: SmallCorpus, recipe: SmallVLRecipe) -> tuple[TrainedSmallVL, list[str]]:
    """Run a recipe; return what it gives and what it told."""
    told: list[str] = []
    trained = train_small_vl(
        recipe, lambda done, total, what: told.append(what), readings=corpus.readings
    )
    return trained, told


def stay_quiet(done: int, total: int, what: str) -> None:
    """Take progress and show nothing."""
