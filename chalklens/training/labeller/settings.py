"""All there is to set about training the embedded labeller.

How it is used: `LabellerRecipe(data, out, cache)`; every other number has the value that the shipped
weights were made with. What it leaves out: settings nobody needs to change (constants of the modules).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from chalklens.training.labeller.assembly import Candidate, FitSettings

Progress = Callable[[int, int, str], None]
"""Gets steps done, steps in all, and what is being done."""


@dataclass(frozen=True, slots=True)
class LabellerRecipe:
    """All there is to set.

    Attributes:
        data: Corpus folder (see `labelling/corpus.py`) with a `train` split.
        out: Folder for the weights.
        cache: Folder for everything the stages make, and `metrics.jsonl`.
        seed: Of folds, rendered sheets, tower and gate.
        folds: Parts the views are divided into.
        rendered: Sheets of our own renderer, at least one.
        templates: Names of those they are rendered from; none means all.
        candidate: Blocks and weights.
        settings: What every fit has in common; its seed is replaced by `seed`.
        readers: Processes that read pictures.
        tower_pages: Rendered pages that the figure tower is trained on; 0 leaves it out.
    """

    data: Path
    out: Path
    cache: Path
    seed: int = 0
    folds: int = 5
    rendered: int = 8_000
    templates: tuple[str, ...] = ()
    candidate: Candidate = field(default_factory=Candidate)
    settings: FitSettings = field(default_factory=FitSettings)
    readers: int = 2
    tower_pages: int = 6_000

    @property
    def fit_settings(self) -> FitSettings:
        """The settings with the recipe's seed."""
        return replace(self.settings, seed=self.seed)
