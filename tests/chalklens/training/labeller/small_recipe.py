"""The recipe at the size of a test: a dozen pages, six rendered sheets, no tower, a gate made by hand."""

from chalklens.training.labeller.preparation import Prepared
from chalklens.training.labeller.settings import LabellerRecipe, Progress
from chalklens.training.negatives.gate_fitting import FittedGate
from tests.chalklens.labelling.sheets import SmallCorpus
from tests.chalklens.labelling.small_model import make_gate
from tests.chalklens.training.labeller.small_pages import SETTINGS

TEMPLATES = ("operations_story_three_addends", "fractions_add_subtract")


def recipe_for(corpus: SmallCorpus, name: str) -> LabellerRecipe:
    """Weights and cache of this name in the corpus' folder."""
    return LabellerRecipe(
        data=corpus.folder,
        out=corpus.folder / name,
        cache=corpus.folder / f"{name}-cache",
        folds=3,
        rendered=6,
        templates=TEMPLATES,
        settings=SETTINGS,
        tower_pages=0,
    )


def take_gate(prepared: Prepared, progress: Progress) -> FittedGate:
    """A gate that was not fitted, in place of one that needs a reader."""
    progress(1, 1, "fitting the material gate")
    return FittedGate(make_gate(prepared.observer.encoder.width), 0.0, 1.0, {})
