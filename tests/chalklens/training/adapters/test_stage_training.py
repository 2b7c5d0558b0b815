# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateUsage=false
"""What a stage asks of transformers' Trainer, without a run."""

from pathlib import Path

import pytest
import torch
from transformers import Trainer

from chalklens.training.adapters.checks import Rows, read_all, select_rows
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.stage_training import Stage, make_arguments
from tests.chalklens.training.adapters.small_rows import write_rows

STEPS = 10


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return select_rows(read_all([write_rows(tmp_path, train=2)]), AdapterRecipe())


def list_rates(recipe: AdapterRecipe, rows: Rows, folder: Path) -> list[float]:
    """The learning rate of each of ten steps, as the Trainer sets it; 1 is the recipe's."""
    arguments = make_arguments(Stage(recipe, folder, torch.device("cpu")), rows)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), 1.0)
    schedule = Trainer(model, arguments).create_scheduler(STEPS, optimizer)
    rates: list[float] = []
    for _ in range(STEPS):
        rates.append(round(optimizer.param_groups[0]["lr"], 6))
        optimizer.step()
        schedule.step()
    return rates


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_the_rate_rises_during_the_share_of_steps_for_warming_up(
    schedule: str, rows: Rows, tmp_path: Path
) -> None:
    recipe = AdapterRecipe(schedule=schedule, warmup_share=0.4)
    rates = list_rates(recipe, rows, tmp_path)
    assert rates[:5] == [0, 0.25, 0.5, 0.75, 1]
    assert max(rates[5:]) == 1 if schedule == "constant" else rates[5:] == sorted(rates[5:])[::-1]


def test_without_warming_up_the_first_step_has_the_whole_rate(rows: Rows, tmp_path: Path) -> None:
    assert list_rates(AdapterRecipe(schedule="constant"), rows, tmp_path) == [1] * STEPS


def test_a_process_computes_on_one_gpu_where_there_are_several(rows: Rows, tmp_path: Path) -> None:
    recipe = AdapterRecipe(batch=2)
    arguments = make_arguments(Stage(recipe, tmp_path, torch.device("cpu")), rows)
    assert arguments.n_gpu == 0
    arguments._n_gpu = 4  # as transformers counts them
    assert arguments.n_gpu == 1
    assert arguments.train_batch_size == arguments.eval_batch_size == recipe.batch
