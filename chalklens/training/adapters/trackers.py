# pyright: reportMissingTypeStubs=false, reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Trackers that a recipe names beside the log that is always written: TensorBoard and SwanLab.

How it is used: `with open_trackers(recipe, work) as callbacks: ...`; a stage is one run of the tracker.
TensorBoard is transformers' own callback (`native_trackers` names it for `TrainingArguments`). SwanLab's is
the one that comes with swanlab: transformers 5.24's asks for a run before there is one, which
swanlab 0.9 and later refuse. What it leaves out: whether they are installed (`checks.py`).
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from transformers import TrainerCallback

from chalklens.training.adapters.recipe import AdapterRecipe

SWANLAB = "swanlab"


def native_trackers(recipe: AdapterRecipe) -> list[str]:
    """The trackers that transformers feeds itself."""
    return [name for name in recipe.trackers if name != SWANLAB]


@contextmanager
def open_trackers(recipe: AdapterRecipe, work: Path) -> Generator[list[TrainerCallback]]:
    """Give the callbacks of all other trackers, and end their runs however the stage ends."""
    if SWANLAB not in recipe.trackers:
        yield []
        return
    import swanlab
    from swanlab.integration.transformers import SwanLabCallback

    logs = work / SWANLAB
    logs.mkdir(exist_ok=True)
    name = f"{work.parent.name}-{recipe.stage}"
    callback = SwanLabCallback(project="chalklens", experiment_name=name, log_dir=str(logs))
    try:
        yield [callback]
    finally:
        if swanlab.has_run():
            swanlab.finish()
