# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""One stage of a run: transformers' Trainer with our rows, checkpoints that are whole, and a log.

How it is used: `train_stage(adapted, processor, rows, stage, tell)`; it continues from the last whole
checkpoint in the stage's folder. With validation rows the adapter ends as the checkpoint that was best
on them. What it leaves out: checks (`checks.py`), the finished folder (`run.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainingArguments

from chalklens.engines.moe_lora.registration import find_ledger
from chalklens.training.adapters.checks import Rows, shows_something
from chalklens.training.adapters.collator import Collator, RowDataset
from chalklens.training.adapters.encoding import RowEncoder
from chalklens.training.adapters.frozen_model import enable_checkpointing
from chalklens.training.adapters.methods import keep_input_dtype
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.run_folder import explain_full_disk, last_whole
from chalklens.training.adapters.trackers import native_trackers, open_trackers
from chalklens.training.adapters.tracking import Progress, RunLog, draw_plots

OPTIMIZERS = {
    "adamw": "adamw_torch",
    "adamw-8bit": "adamw_bnb_8bit",
    "paged-adamw-8bit": "paged_adamw_8bit",
}
SCHEDULES = {"constant": "constant_with_warmup"}
"""Transformers' `constant` takes no notice of a warm-up."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage needs besides the model: numbers, folder, device."""

    recipe: AdapterRecipe
    work: Path
    device: torch.device


@dataclass(frozen=True, slots=True)
class StageResult:
    """Losses of a finished stage; without validation rows the second is None."""

    steps: int
    train_loss: float
    val_loss: float | None
    best_checkpoint: str


def train_stage(
    adapted: Any, processor: Any, rows: Rows, stage: Stage, tell: Progress
) -> StageResult:
    """Train until the recipe's epochs are over.

    Raises:
        StorageError: The disk is full; the last whole checkpoint stays.
        InputError: The run diverged.
    """
    with open_trackers(stage.recipe, stage.work) as trackers:
        trainer = _make_trainer(adapted, processor, rows, stage, tell)
        for tracker in trackers:
            trainer.add_callback(tracker)
        done = _train(trainer, stage)
    draw_plots(stage.work)
    return StageResult(
        steps=trainer.state.global_step,
        train_loss=_last_loss(trainer.state.log_history) or done.training_loss,
        val_loss=trainer.state.best_metric,
        best_checkpoint=Path(trainer.state.best_model_checkpoint or "").name,
    )


def _make_trainer(
    adapted: Any, processor: Any, rows: Rows, stage: Stage, tell: Progress
) -> Trainer:
    encoder = RowEncoder(processor, stage.recipe)
    if stage.recipe.checkpointing:
        enable_checkpointing(adapted)
    arguments = make_arguments(stage, rows)
    if arguments.bf16:
        keep_input_dtype(adapted)
    trainer = Trainer(
        model=adapted,
        args=arguments,
        data_collator=Collator(processor.tokenizer.pad_token_id),
        train_dataset=RowDataset(rows.train, encoder),
        eval_dataset=RowDataset(rows.val, encoder) if rows.val else None,
        callbacks=[RunLog(stage.work, stage.recipe.stage, find_ledger(adapted), tell)],
    )
    trainer.remove_callback(PrinterCallback)  # it writes to stdout
    return trainer


def _train(trainer: Trainer, stage: Stage) -> Any:
    start = last_whole(stage.work)
    try:
        return trainer.train(resume_from_checkpoint=str(start) if start else None)
    except Exception as error:
        if (storage := explain_full_disk(error, stage.work)) is not None:
            raise storage from error
        raise


def _last_loss(history: Sequence[Mapping[str, float]]) -> float | None:
    """The last training loss that was logged, also by the run this one continues."""
    return next((row["loss"] for row in reversed(history) if "loss" in row), None)


class OneGpuArguments(TrainingArguments):
    """Settings of a process with one GPU at most; more are for `accelerate launch`.

    A Trainer that sees several would cut up a batch among them, pixels as if they were rows.
    """

    @property
    def n_gpu(self) -> int:
        """GPUs this process computes on: 1, or 0 on the processor."""
        return min(1, super().n_gpu)


def make_arguments(stage: Stage, rows: Rows) -> TrainingArguments:
    """Say in transformers' words what the recipe and the machine ask for."""
    recipe = stage.recipe
    return OneGpuArguments(
        output_dir=str(stage.work),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        per_device_eval_batch_size=recipe.batch,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=SCHEDULES.get(recipe.schedule, recipe.schedule),
        warmup_steps=recipe.warmup_share,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        optim=OPTIMIZERS[recipe.optimizer],
        seed=recipe.seed,
        logging_steps=recipe.log_every_steps,
        logging_nan_inf_filter=False,  # it would show a run that diverged as one that learnt everything
        save_steps=recipe.save_every_steps,
        # The one before is deleted before the new one is known to be whole.
        save_total_limit=max(2, recipe.keep_checkpoints),
        dataloader_num_workers=recipe.loaders,
        **_measuring(rows, recipe.save_every_steps),
        **_machine(stage),
        # A row without pictures leaves an adapted vision tower without gradients.
        ddp_find_unused_parameters=any(not shows_something(found.row) for found in rows.train),
    )


def _measuring(rows: Rows, every: int) -> Mapping[str, Any]:
    if not rows.val:
        return {"eval_strategy": "no"}
    return {
        "eval_strategy": "steps",
        "eval_steps": every,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "prediction_loss_only": True,
    }


def _machine(stage: Stage) -> Mapping[str, Any]:
    """Settings that follow from the machine and from the model, which is PEFT's."""
    on_gpu = stage.device.type == "cuda"
    return {
        "bf16": on_gpu and torch.cuda.is_bf16_supported(including_emulation=False),
        "use_cpu": not on_gpu,
        "dataloader_pin_memory": on_gpu,
        "report_to": native_trackers(stage.recipe) or "none",
        "remove_unused_columns": False,
        "label_names": ["labels"],
        "disable_tqdm": True,
    }
