# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Which experts a token uses, how much of each, and what keeps them all in use.

How it is used: `route(ask_router(inputs, router), top_k)` in a layer's forward pass, `routing_losses(...)`
once a step on the logits of many layers. All of it computes in float32, whatever the model and autocast
do: in bfloat16 close experts become equal, and training unstable (Switch Transformer, arXiv 2101.03961,
section 2.4, "selective precision"; ST-MoE, arXiv 2202.08906, section 3). What it leaves out: the experts
(`layer.py`).
"""

import math
from typing import Any, NamedTuple

import torch
from torch.nn.functional import one_hot

MIN_LENGTH = 1e-6


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


class _FullProduct(torch.autograd.Function):
    """`inputs @ weights.T` in float32, which keeps its inputs in their own number format.

    A float32 copy of the inputs lives for the product alone: kept for the gradient, it would be the
    largest thing that an adapted layer keeps.
    """

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Multiply (tokens, in) by (out, in)."""
        ctx.save_for_backward(inputs, weights)
        with torch.autocast(inputs.device.type, enabled=False):
            return inputs.float() @ weights.float().T

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Give both gradients in the formats of what they are of."""
        (gradient,), (inputs, weights) = gradients, ctx.saved_tensors
        by_inputs = by_weights = None
        with torch.autocast(inputs.device.type, enabled=False):
            if ctx.needs_input_grad[0]:
                by_inputs = (gradient @ weights.float()).to(inputs.dtype)
            if ctx.needs_input_grad[1]:
                by_weights = (gradient.T @ inputs.float()).to(weights.dtype)
        return by_inputs, by_weights


def ask_router(inputs: torch.Tensor, router: torch.Tensor) -> torch.Tensor:
    """Compute float32 logits (tokens, experts): what a router says to inputs of mean square 1.

    Inputs of inner layers differ in size by orders of magnitude; unscaled, a large one is sent to one
    expert for good, whatever it is about.

    Args:
        inputs: (tokens, in), in any number format.
        router: (experts, in).
    """
    logits: Any = _FullProduct.apply(inputs, router)
    length = torch.linalg.vector_norm(inputs.detach(), dim=-1, keepdim=True, dtype=torch.float32)
    return logits * (math.sqrt(inputs.shape[-1]) / length.clamp(min=MIN_LENGTH))


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
    if weights is None:
        weights = logits.new_ones(logits.shape[1])
    with torch.autocast(logits.device.type, enabled=False):
        return _sum_up(logits.float(), top_k, weights.float())


def _sum_up(logits: torch.Tensor, top_k: int, weights: torch.Tensor) -> RoutingLosses:
    experts = logits.shape[-1]
    total = weights.sum().clamp(min=1)
    chances = logits.softmax(-1)
    chosen = one_hot(chances.detach().topk(top_k, -1).indices, experts).sum(-2).float()
    counts = torch.einsum("lte,t->le", chosen, weights)
    shares = counts / (total * top_k)
    means = torch.einsum("lte,t->le", chances, weights) / total
    z = (logits.logsumexp(-1).square() @ weights) / total
    return RoutingLosses(experts * (shares * means).sum(-1), z, counts)
