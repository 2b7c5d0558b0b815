# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""A run on disk: weights, running means of the optimizer, steps and seconds so far.

How it is used: `save_checkpoint(file, learner, state)` now and then, `load_checkpoint(...)` at the
start. One safetensors file, replaced as a whole, so a run that is killed continues from the last
one. What it leaves out: the finished model (`architecture.save_folder`).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from chalklens.errors import InputError
from chalklens.training.small_vl.learner import Learner

STATE = ("step", "exp_avg", "exp_avg_sq")
"""What fused AdamW keeps for a parameter that has learnt."""


@dataclass(slots=True)
class RunState:
    """How far a run is.

    Attributes:
        step: Steps done.
        seconds: Seconds spent on them.
    """

    step: int = 0
    seconds: float = 0.0


def save_checkpoint(file: Path, learner: Learner, state: RunState, fingerprint: str) -> None:
    """Write everything that continuing needs."""
    tensors: dict[str, torch.Tensor] = {}
    for name, parameter in learner.parameters():
        tensors[f"weight.{name}"] = parameter.detach()
        kept = learner.optimizer.state.get(parameter)
        if kept:
            tensors |= {f"{key}.{name}": kept[key] for key in STATE}
    facts = {"state": json.dumps(asdict(state)), "fingerprint": fingerprint}
    fresh = file.with_suffix(".new")
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, fresh, facts)
    fresh.replace(file)


def load_checkpoint(file: Path, learner: Learner, fingerprint: str) -> RunState:
    """Put a run back as it was; a missing file is a run that has not begun.

    Raises:
        InputError: The file belongs to other pages or another recipe.
    """
    if not file.exists():
        return RunState()
    with safe_open(file, "pt") as stored:
        facts = stored.metadata()
        if facts["fingerprint"] != fingerprint:
            raise InputError(
                f"{file.parent} holds a run on other pages or with other numbers.",
                "Name another folder with --work, or delete checkpoint.safetensors in it.",
            )
        names = set(stored.keys())
        with torch.no_grad():
            for name, parameter in learner.parameters():
                parameter.copy_(stored.get_tensor(f"weight.{name}"))
                if f"step.{name}" in names:
                    learner.optimizer.state[parameter] = {
                        key: stored.get_tensor(f"{key}.{name}").to(parameter.device)
                        for key in STATE
                    }
    return RunState(**json.loads(facts["state"]))
