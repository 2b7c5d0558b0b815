"""Which experts a token uses, how much of each, and what keeps them all in use.

How it is used: `route(logits, top_k)` in a layer's forward pass, `routing_losses(...)` once a step on
the logits of many layers. What it leaves out: the experts (`layer.py`).
"""

from typing import NamedTuple

import torch
from torch.nn.functional import one_hot


class Routes(NamedTuple):
    """Experts and gates of tokens, both (tokens, top_k)."""

    experts: torch.Tensor
    gates: torch.Tensor


class RoutingLosses(NamedTuple):
    """Two losses and the use of the experts.

    Attributes:
        balance: Switch Transformer's load-balancing loss, (layers,); 1 is perfect balance.
        z: ST-MoE's router z-loss, (layers,).
        counts: Tokens of each expert, (layers, experts); a token counts once for each expert it uses.
    """

    balance: torch.Tensor
    z: torch.Tensor
    counts: torch.Tensor


def route(logits: torch.Tensor, top_k: int) -> Routes:
    """Choose experts from (tokens, experts) logits.

    The gates' values are the softmax over the chosen experts. Their gradient is the one of the softmax
    over all experts: with one expert a token the former is a constant 1, and the router would learn
    nothing from the task.
    """
    chances, experts = logits.float().softmax(-1).topk(top_k, -1)
    return Routes(experts, chances / chances.sum(-1, keepdim=True).detach())


def routing_losses(
    logits: torch.Tensor, top_k: int, weights: torch.Tensor | None = None
) -> RoutingLosses:
    """Compute both losses from (layers, tokens, experts) logits.

    Args:
        logits: What the routers said.
        top_k: Experts a token uses.
        weights: (tokens,), 0 for tokens that do not count (padding); None counts all.
    """
    logits = logits.float()
    experts = logits.shape[-1]
    if weights is None:
        weights = logits.new_ones(logits.shape[1])
    weights = weights.float()
    total = weights.sum().clamp(min=1)
    chances = logits.softmax(-1)
    chosen = one_hot(chances.detach().topk(top_k, -1).indices, experts).sum(-2).float()
    counts = torch.einsum("lte,t->le", chosen, weights)
    shares = counts / (total * top_k)
    means = torch.einsum("lte,t->le", chances, weights) / total
    z = (logits.logsumexp(-1).square() @ weights) / total
    return RoutingLosses(experts * (shares * means).sum(-1), z, counts)
