# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Adapters that are done: of a stage, for the next one, and of a run, for the server.

How it is used: `keep_stage` and `restore_stage` between stages, `publish_adapter` at the end. Folders
appear at once, whole; weights are safetensors. Every process calls them: under FSDP each has a part of
the weights. What it leaves out: checkpoints (`run_folder.py`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalklens.engines.inspection import ORIGIN_FILE, ModelFacts
from chalklens.training.adapters.card import describe_origin, write_card
from chalklens.training.adapters.folders import CONFIG, WEIGHTS
from chalklens.training.adapters.processes import is_first_process
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.run_folder import publish

STAGE, RECORD = "adapter", "stage.json"


@dataclass(frozen=True, slots=True)
class StageRecord:
    """Figures of a stage that is over."""

    steps: int
    train_loss: float
    val_loss: float | None


def keep_stage(adapted: Any, work: Path, record: StageRecord) -> None:
    """Write a stage's adapter; another process than the first only gives its part."""
    whole = _gather_weights(adapted)
    if not is_first_process():
        return

    def write(folder: Path) -> None:
        adapted.save_pretrained(folder, state_dict=whole)
        (folder / RECORD).write_text(json.dumps(asdict(record)), "utf-8")

    publish(work / STAGE, write)


def restore_stage(adapted: Any, work: Path) -> StageRecord | None:
    """Put a finished stage's weights into the adapter; None for one that is not over."""
    folder = work / STAGE
    if not folder.exists():
        return None
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    set_peft_model_state_dict(adapted, load_file(folder / WEIGHTS))
    return StageRecord(**json.loads((folder / RECORD).read_text("utf-8")))


def publish_adapter(
    adapted: Any,
    out: Path,
    model: Path,
    facts: ModelFacts,
    stages: Sequence[AdapterRecipe],
    figures: Mapping[str, Any],
) -> None:
    """Write the folder that `--adapter` takes: weights, settings, origin, card."""
    whole = _gather_weights(adapted)
    if not is_first_process():
        return
    origin = describe_origin(model, facts, stages, figures)

    def write(folder: Path) -> None:
        adapted.save_pretrained(folder, state_dict=whole)
        _sort_lists(folder / CONFIG)
        (folder / ORIGIN_FILE).write_text(json.dumps(origin, indent=1) + "\n", "utf-8")
        (folder / "README.md").write_text(write_card(out.name, origin), "utf-8")

    publish(out, write, ORIGIN_FILE)


def _gather_weights(adapted: Any) -> dict[str, Any]:
    """All trained weights, put together where each process has a part of them (FSDP)."""
    from torch.distributed.tensor import DTensor

    return {
        name: (weights.full_tensor() if isinstance(weights, DTensor) else weights).detach()
        for name, weights in adapted.named_parameters()
        if weights.requires_grad
    }


def _sort_lists(file: Path) -> None:
    """Give PEFT's sets, which it writes in the order of this process's hashes, one order."""
    settings: dict[str, Any] = json.loads(file.read_text("utf-8"))
    ordered = {
        key: sorted(value) if isinstance(value, list) else value for key, value in settings.items()
    }
    file.write_text(json.dumps(ordered, indent=2), "utf-8")
