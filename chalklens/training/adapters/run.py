# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""From rows to an adapter that the server loads.

How it is used: `train_adapter(AdapterRun(...), tell)`. Everything that can be wrong is looked at first:
model files, targets, rows, disk, packages. Stages follow each other on one adapter; a stage that is over
is not trained again. A run that was killed continues when it is started again with the same numbers.
What it leaves out: the steps themselves (`stage_training.py`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalklens.engines.inspection import ORIGIN_FILE, ModelFacts, inspect_model
from chalklens.engines.weight_files import fingerprint
from chalklens.training.adapters.checks import (
    Progress,
    Rows,
    check_disk,
    check_rows,
    check_trackers,
    read_all,
    select_rows,
)
from chalklens.training.adapters.finished import StageRecord, publish_adapter, restore_stage
from chalklens.training.adapters.methods import count_parameters
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.run_folder import check_place, claim
from chalklens.training.adapters.targets import resolve_targets


@dataclass(frozen=True, slots=True)
class AdapterRun:
    """What is trained on what.

    Attributes:
        model: Folder of the base.
        data: Files of rows.
        out: Folder of the finished adapter.
        work: Folder for checkpoints, log and plots.
        stages: The recipe.
        device: `auto`, `cpu`, `cuda`.
    """

    model: Path
    data: Sequence[Path]
    out: Path
    work: Path
    stages: Sequence[AdapterRecipe]
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class TrainedAdapter:
    """What came out."""

    folder: Path
    parameters: int
    steps: int
    train_loss: float
    val_loss: float | None


def train_adapter(run: AdapterRun, tell: Progress) -> TrainedAdapter:
    """Train, and write the adapter with its card.

    Raises:
        InputError: Rows, recipe or targets cannot be used, or the run diverged.
        ModelError: The base cannot be used.
        UnavailableError: A package or a GPU is missing.
        StorageError: The disk is full.
    """
    facts, rows, parameters = _check_first(run)
    processor = _check_all_rows(run, rows, tell)
    data_sha256 = _hash_rows(run.data)
    claim(
        run.work,
        {
            "stages": [asdict(stage) for stage in run.stages],
            "data": data_sha256,
            "base": fingerprint(facts.files),
        },
    )
    adapted, records = _train_stages(run, rows, processor, tell)
    last = records[-1]
    figures: dict[str, Any] = {
        "parameters": parameters,
        "train_rows": len({row.place for found in rows for row in found.train}),
        "val_rows": len(rows[-1].val),
        "data_sha256": data_sha256,
        "steps": sum(record.steps for record in records),
        "train_loss": last.train_loss,
        "val_loss": last.val_loss,
    }
    publish_adapter(adapted, run.out, run.model, facts, run.stages, figures)
    return TrainedAdapter(run.out, parameters, figures["steps"], last.train_loss, last.val_loss)


def _hash_rows(files: Sequence[Path]) -> str:
    """The sha256 of all files, one after the other."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as rows:
            while part := rows.read(1 << 20):
                digest.update(part)
    return digest.hexdigest()


def _check_first(run: AdapterRun) -> tuple[ModelFacts, list[Rows], int]:
    """Everything that needs neither the model nor its tokenizer."""
    from chalklens.training.adapters.frozen_model import check_hardware, pick_device

    facts = inspect_model(run.model)
    layers = resolve_targets(run.stages[0].wanted_targets, facts.shapes)
    parameters = count_parameters(run.stages[0], layers)
    device = pick_device(run.device)
    for stage in run.stages:
        check_hardware(stage, device)
        check_trackers(stage)
    check_place(run.out, ORIGIN_FILE)
    found = read_all(run.data)
    rows = [select_rows(found, stage) for stage in run.stages]
    check_disk(run.work, parameters, max(stage.keep_checkpoints for stage in run.stages))
    return facts, rows, parameters


def _check_all_rows(run: AdapterRun, rows: Sequence[Rows], tell: Progress) -> Any:
    from chalklens.training.adapters.encoding import RowEncoder
    from chalklens.training.adapters.frozen_model import load_processor

    processor = load_processor(run.model)
    for stage, found in zip(run.stages, rows, strict=True):
        check_rows([*found.train, *found.val], RowEncoder(processor, stage), stage.max_tokens, tell)
    return processor


def _train_stages(
    run: AdapterRun, rows: Sequence[Rows], processor: Any, tell: Progress
) -> tuple[Any, list[StageRecord]]:
    from chalklens.training.adapters.finished import keep_stage
    from chalklens.training.adapters.frozen_model import load_model, pick_device
    from chalklens.training.adapters.methods import adapt
    from chalklens.training.adapters.stage_training import Stage, train_stage

    device = pick_device(run.device)
    adapted = adapt(load_model(run.model, run.stages[0], device), run.stages[0])
    records: list[StageRecord] = []
    for number, (recipe, found) in enumerate(zip(run.stages, rows, strict=True), 1):
        work = run.work / f"{number}-{recipe.stage}"
        work.mkdir(exist_ok=True)
        record = restore_stage(adapted, work)
        if record is None:
            result = train_stage(adapted, processor, found, Stage(recipe, work, device), tell)
            record = StageRecord(result.steps, result.train_loss, result.val_loss)
            keep_stage(adapted, work, record)
        records.append(record)
    return adapted, records
