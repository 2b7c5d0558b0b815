# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportIncompatibleMethodOverride=false
"""A linear layer with a mixture of LoRA experts beside it.

How it is used: PEFT puts a `MoeLoraLinear` in the place of every target. With E experts of rank r a
layer of `in` inputs and `out` outputs gains E * r * (in + out) + E * in parameters.

Two ways to compute the same, chosen by size: all experts' first matrices in one product, where r
values of an expert nobody asked for cost less than sorting (E * r up to 128, that is one tile of a
GPU's matrix unit); or tokens sorted by expert, so that the cost does not grow with E.
Both give every expert a gradient, zero for one without tokens: no parameter is ever unused, which
DistributedDataParallel asks for. What it leaves out: merging, which a choice by token rules out.
"""

import math
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from torch.nn.functional import linear

from chalklens.engines.moe_lora.config import MoeLoraConfig
from chalklens.engines.moe_lora.ledger import RoutingLedger
from chalklens.engines.moe_lora.routing import Routes, ask_router, route
from chalklens.errors import ModelError

MAX_JOINT_RANK = 128


class MoeLoraLayer(BaseTunerLayer):
    """What PEFT knows such layers by."""

    adapter_layer_names = ("moelora_A", "moelora_B", "moelora_router")
    other_param_names = ("moelora_dropout",)


class MoeLoraLinear(nn.Module, MoeLoraLayer):
    """Takes and gives what the layer below it takes and gives.

    Attributes:
        moelora_A: By adapter, (E * r, in): the experts' first matrices.
        moelora_B: By adapter, (out, E * r): their second ones, zero at first.
        moelora_router: By adapter, (E, in).
    """

    def __init__(
        self,
        base: nn.Linear,
        layer: str,
        adapter: str,
        config: MoeLoraConfig,
        ledger: RoutingLedger,
    ) -> None:
        super().__init__()
        self.base_layer = base
        self.in_features, self.out_features = base.in_features, base.out_features
        self._disable_adapters, self.merged_adapters = False, []
        self.moelora_A, self.moelora_B = nn.ParameterDict(), nn.ParameterDict()
        self.moelora_router, self.moelora_dropout = nn.ParameterDict(), nn.ModuleDict()
        self.configs: dict[str, MoeLoraConfig] = {}
        self.layer, self.ledger = layer, ledger
        self._active_adapter = adapter
        self.update_layer(adapter, config)

    def update_layer(self, adapter: str, config: MoeLoraConfig) -> None:
        """Add one adapter's experts: random first matrices, zero second ones."""
        rank, inputs = config.num_experts * config.r, self.in_features
        self.configs[adapter] = config
        drop = nn.Dropout(config.lora_dropout) if config.lora_dropout else nn.Identity()
        self.moelora_dropout[adapter] = drop
        first, router = torch.empty(rank, inputs), torch.empty(config.num_experts, inputs)
        for matrix in (first, router):
            nn.init.kaiming_uniform_(matrix, a=math.sqrt(5))
        self.moelora_A[adapter] = nn.Parameter(first)
        self.moelora_B[adapter] = nn.Parameter(torch.zeros(self.out_features, rank))
        self.moelora_router[adapter] = nn.Parameter(router)
        self._move_adapter_to_device_of_base_layer(adapter)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Add what the chosen experts say to what the layer says."""
        result = self.base_layer(x, *args, **kwargs)
        if self.disable_adapters:
            return result
        for adapter in self.active_adapters:
            if adapter in self.moelora_A:
                result = result + self._ask_experts(adapter, x).to(result.dtype)
        return result

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Refuse: which experts a token uses is known only when it comes.

        Raises:
            ModelError: Always.
        """
        raise ModelError(
            "A mixture of LoRA experts cannot be merged into its model: each token chooses its own.",
            "Load it beside the model (--adapter), or train with --method lora.",
            code="adapter_unsupported",
        )

    def unmerge(self) -> None:
        """Do nothing: nothing is ever merged."""

    def _ask_experts(self, adapter: str, x: torch.Tensor) -> torch.Tensor:
        config = self.configs[adapter]
        flat = x.reshape(-1, x.shape[-1])
        logits = ask_router(flat, self.moelora_router[adapter])
        routes = route(logits, config.top_k)
        # The small matrices follow the input's number format, not the other way round.
        first, second = (part[adapter].to(x.dtype) for part in (self.moelora_A, self.moelora_B))
        flat = self.moelora_dropout[adapter](flat)
        if len(first) > MAX_JOINT_RANK:
            update = ask_sorted(flat, first, second, routes, config.r)
        else:
            inner = linear(flat, first)
            update = linear(weigh_joint(inner, routes, config.num_experts), second)
        self.ledger.note(self.layer, logits, config.top_k, x.shape[:-1])
        return (update * (config.lora_alpha / config.r)).view(*x.shape[:-1], -1)


def weigh_joint(inner: torch.Tensor, routes: Routes, experts: int) -> torch.Tensor:
    """Weigh (tokens, E * r) inner values by the gates; zero for experts a token does not use."""
    gates = inner.new_zeros(len(inner), experts)
    gates = gates.scatter(1, routes.experts, routes.gates.to(inner.dtype))
    return (inner.view(len(inner), experts, -1) * gates.unsqueeze(-1)).view(len(inner), -1)


def ask_sorted(
    flat: torch.Tensor, first: torch.Tensor, second: torch.Tensor, routes: Routes, rank: int
) -> torch.Tensor:
    """Compute only the chosen experts: tokens sorted by expert, one small product each."""
    top_k = routes.experts.shape[1]
    experts = routes.experts.flatten()
    order = experts.argsort(stable=True)
    tokens = order // top_k
    sizes = torch.bincount(experts, minlength=len(first) // rank).tolist()
    gates = routes.gates.flatten()[order].to(flat.dtype).unsqueeze(1)
    said = [
        linear(linear(part, first[n * rank : (n + 1) * rank]), second[:, n * rank : (n + 1) * rank])
        for n, part in enumerate(flat[tokens].split(sizes))
    ]
    return flat.new_zeros(len(flat), len(second)).index_add(0, tokens, torch.cat(said) * gates)
