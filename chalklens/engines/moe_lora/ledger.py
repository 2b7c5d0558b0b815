"""What the routers of one model say during a forward pass, and what is added to its loss for it.

How it is used: the tuner attaches one ledger to the model (`attach`); while the model trains with
labels, every layer notes its logits, and the weighted losses are added to `output.loss`. So any
trainer trains the routers. `take_shares()` tells which experts were used since it was last asked.

With gradient checkpointing layers run twice; the ledger is closed by then, and the second pass adds
nothing. It must be the non-reentrant kind (`use_reentrant=False`): the other one computes the first
pass without gradients. What it leaves out: models whose output has no `loss`.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from chalklens.engines.moe_lora.config import MoeLoraConfig
from chalklens.engines.moe_lora.routing import routing_losses

IGNORED_LABEL = -100
PERFECT_BALANCE = 1.0


class _Note(NamedTuple):
    layer: str
    logits: torch.Tensor
    top_k: int
    is_text: bool


class RoutingLedger:
    """Notes of one forward pass, and counts over many."""

    def __init__(self) -> None:
        self._open = False
        self._notes: list[_Note] = []
        self._token_weights: torch.Tensor | None = None
        self._counts: dict[str, torch.Tensor] = {}
        self._config: MoeLoraConfig | None = None
        self.balance: torch.Tensor | None = None
        """Mean load-balancing loss of the last training pass."""
        self.added: torch.Tensor | None = None
        """What was added to the model's own loss in it."""

    def attach(self, model: Any, config: MoeLoraConfig) -> None:
        """Listen to a model's forward passes."""
        self._config = config
        model.register_forward_pre_hook(self._begin, with_kwargs=True)
        model.register_forward_hook(self._finish, with_kwargs=True)

    def note(self, layer: str, logits: torch.Tensor, top_k: int, places: torch.Size) -> None:
        """Take down the (tokens, experts) logits of a layer whose input had these leading sides."""
        if self._open:
            mask = self._token_weights
            is_text = mask is not None and places == mask.shape
            self._notes.append(_Note(layer, logits, top_k, is_text))

    def take_shares(self) -> dict[str, list[float]]:
        """Return each layer's share of tokens by expert since the last call, and start anew."""
        counts, self._counts = self._counts, {}
        return {name: (seen / seen.sum()).tolist() for name, seen in counts.items()}

    def _begin(self, model: Any, args: Any, kwargs: Mapping[str, Any]) -> None:
        self._notes = []
        self._open = model.training and torch.is_grad_enabled()
        mask = kwargs.get("attention_mask")
        self._token_weights = mask if mask is not None and mask.dim() == 2 else None

    def _finish(self, model: Any, args: Any, kwargs: Mapping[str, Any], output: Any) -> Any:
        notes, self._notes, self._open = self._notes, [], False
        if notes and getattr(output, "loss", None) is not None:
            share = _share_of_step(kwargs)
            output.loss = output.loss + self._weigh(notes).to(output.loss.device) * share
        return output

    def _weigh(self, notes: list[_Note]) -> torch.Tensor:
        """Sum up both losses; layers of one kind and size are computed together."""
        assert self._config is not None
        groups: dict[Any, list[_Note]] = defaultdict(list)
        for note in notes:
            groups[note.is_text, note.logits.shape, note.top_k, note.logits.device].append(note)
        balance: list[torch.Tensor] = []
        z: list[torch.Tensor] = []
        for (is_text, _, top_k, device), members in groups.items():
            weights = self._token_weights if is_text else None
            weights = None if weights is None else weights.flatten().to(device)
            found = routing_losses(torch.stack([n.logits for n in members]), top_k, weights)
            self._count([n.layer for n in members], found.counts)
            balance.append(found.balance.to(notes[0].logits.device))
            z.append(found.z.to(notes[0].logits.device))
        by_layer = torch.cat(balance)
        self.balance = by_layer.mean().detach()
        # Summed, so that each router feels its own weight however many layers there are.
        balancing = self._config.balance_weight * (by_layer - PERFECT_BALANCE).sum()
        total = balancing + self._config.z_weight * torch.cat(z).sum()
        self.added = total.detach()
        return total

    def _count(self, layers: list[str], counts: torch.Tensor) -> None:
        for layer, row in zip(layers, counts.detach(), strict=True):
            known = self._counts.get(layer)
            self._counts[layer] = row if known is None else known + row


def _share_of_step(kwargs: Mapping[str, Any]) -> Any:
    """The part of an optimizer step this pass is, as transformers' Trainer divides the loss."""
    items, labels = kwargs.get("num_items_in_batch"), kwargs.get("labels")
    if items is None or labels is None:
        return 1.0
    return (labels[..., 1:] != IGNORED_LABEL).sum() / items
