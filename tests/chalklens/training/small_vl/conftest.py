"""One tiny run that the tests share: training it takes a few seconds."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from chalklens.training.small_vl.recipe import SmallVLRecipe, TrainedSmallVL
from tests.chalklens.labelling.sheets import SmallCorpus, write_corpus
from tests.chalklens.training.small_vl.tiny_runs import recipe_for, train


@dataclass(frozen=True)
class TinyRun:
    """A finished run with what it told."""

    corpus: SmallCorpus
    recipe: SmallVLRecipe
    trained: TrainedSmallVL
    told: list[str]


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    corpus = write_corpus(tmp_path_factory.mktemp("corpus"))
    recipe = recipe_for(corpus)
    trained, told = train(corpus, recipe)
    return TinyRun(corpus, recipe, trained, told)


@pytest.fixture
def corpus(tmp_path: Path) -> SmallCorpus:
    return write_corpus(tmp_path)
