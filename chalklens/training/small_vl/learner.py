# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The model while it learns: losses, optimizer, and two heads beside it.

How it is used: `Learner(model, labels, settings)`, then `step(batch, rate)` for questions and
`step_tower(batch, rate)` while the vision tower learns alone. The answer's tokens carry the loss, the
prompt's do not. A head on the last prompt token gives a probability per label; it is stored
beside the model and the engine does not need it. What it leaves out: schedules and files.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from chalklens.training.devices import uses_bfloat16
from chalklens.training.small_vl.batches import Batch
from chalklens.training.small_vl.training_pass import last_states, see_pictures


@dataclass(frozen=True, slots=True)
class Optimization:
    """Numbers of AdamW and the losses.

    Attributes:
        rate: Highest learning rate.
        warmup: Share of the run in which the rate rises; it falls by a cosine afterwards.
        floor: Last rate, as a share of the highest.
        decay: Weight decay of matrices.
        beta1, beta2: Of the running means.
        clip: Largest norm of a step's gradient.
        head: Weight of the sigmoid head's loss beside the answer's.
    """

    rate: float = 2e-3
    warmup: float = 0.03
    floor: float = 0.02
    decay: float = 0.05
    beta1: float = 0.9
    beta2: float = 0.98
    clip: float = 1.0
    head: float = 0.05


class LabelHeads(nn.Module):
    """Sigmoid heads: on the last prompt token, and on the mean of the visual tokens."""

    def __init__(self, width: int, frequencies: torch.Tensor) -> None:
        super().__init__()
        self.prompt = nn.Linear(width, len(frequencies))
        self.tower = nn.Linear(width, len(frequencies))
        start = torch.logit(frequencies.clamp(1e-4, 0.9))
        with torch.no_grad():
            for head in (self.prompt, self.tower):
                head.weight.mul_(0.1)
                head.bias.copy_(start)


class Learner:
    """Model, heads and optimizer on one device."""

    def __init__(
        self, model: Any, heads: LabelHeads, settings: Optimization, device: torch.device
    ) -> None:
        self.model, self.heads = model.to(device).train(), heads.to(device).train()
        self.settings, self.device = settings, device
        self.optimizer = torch.optim.AdamW(
            _groups(self.parameters(), settings.decay),
            lr=settings.rate,
            betas=(settings.beta1, settings.beta2),
            fused=True,
        )
        # On a GPU matrices are multiplied in TF32: no slower for a model of this size (1,690 rows/s on
        # an H100, 1,580 in bfloat16), and in bfloat16 the large one diverged after 300 steps.
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        self._half = device.type == "cpu" and uses_bfloat16(device)

    def memory(self) -> dict[str, float]:
        """The most memory a GPU had to give, in MiB; nothing without one."""
        if self.device.type != "cuda":
            return {}
        return {"gpu_peak_mib": round(torch.cuda.max_memory_allocated(self.device) / 2**20, 1)}

    def parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """All parameters by name, the model's first."""
        for part, module in (("model", self.model), ("heads", self.heads)):
            for name, parameter in module.named_parameters():
                yield f"{part}.{name}", parameter

    def step(self, batch: Batch, rate: float) -> dict[str, torch.Tensor]:
        """Learn from questions and answers; return the losses, which nobody has waited for."""
        answer, head = self.losses(batch)
        loss = answer if head is None else answer + self.settings.head * head
        self._descend(loss, rate)
        found = {"loss": answer.detach()}
        return found if head is None else {**found, "head_loss": head.detach()}

    def step_tower(self, batch: Batch, rate: float) -> dict[str, torch.Tensor]:
        """Learn labels from the vision tower's output alone."""
        batch = batch.to(self.device)
        assert batch.targets is not None
        assert batch.grid is not None
        with self._autocast():
            seen = see_pictures(self.model, batch.inputs["pixel_values"], batch.grid)
            loss = _label_loss(self.heads.tower(seen.tokens.float().mean(1)), batch.targets)
        self._descend(loss, rate)
        return {"tower_loss": loss.detach()}

    def losses(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Mean loss of the answers' tokens, and the head's, summed over labels."""
        # Counted before the batch moves: a GPU would have to be waited for.
        places = batch.answer_places().to(self.device, non_blocking=True)
        with self._autocast():
            return self._losses(batch.to(self.device), places)

    def _losses(
        self, batch: Batch, places: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        states = last_states(self.model, batch)
        # Scores of the whole vocabulary only where an answer is: a fifth of the work otherwise.
        scores = self.model.lm_head(states.flatten(0, 1)[places])
        answer = cross_entropy(scores.float(), batch.answers.flatten()[places + 1])
        if batch.targets is None:
            return answer, None
        last = states[torch.arange(len(states), device=self.device), batch.ends]
        return answer, _label_loss(self.heads.prompt(last.float()), batch.targets)

    def _descend(self, loss: torch.Tensor, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss.backward()
        nn.utils.clip_grad_norm_([p for _, p in self.parameters()], self.settings.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._half)


def _label_loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    found = binary_cross_entropy_with_logits(scores.float(), targets, reduction="sum")
    return found / len(targets)


def _groups(parameters: Iterator[tuple[str, nn.Parameter]], decay: float) -> list[dict[str, Any]]:
    listed = [parameter for _, parameter in parameters]
    return [
        {"params": [p for p in listed if p.dim() > 1], "weight_decay": decay},
        {"params": [p for p in listed if p.dim() <= 1], "weight_decay": 0.0},
    ]
