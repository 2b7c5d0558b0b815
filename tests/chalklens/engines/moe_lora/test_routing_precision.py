# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Routers compute in float32, also in a bfloat16 model and under autocast, and keep nothing more for it."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel, get_peft_model
from torch import nn

from chalklens.engines.moe_lora.config import MoeLoraConfig
from chalklens.engines.moe_lora.layer import MoeLoraLinear
from chalklens.engines.moe_lora.ledger import RoutingLedger
from chalklens.engines.moe_lora.registration import register_moe_lora
from chalklens.engines.moe_lora.routing import ask_router, routing_losses

INPUTS, EXPERTS = 96, 4
HALF = torch.bfloat16


class ListeningLedger(RoutingLedger):
    """Keeps what every router says."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[torch.Tensor] = []

    def note(self, layer: str, logits: torch.Tensor, top_k: int, places: torch.Size) -> None:
        """Take down, also outside a training pass."""
        self.heard.append(logits)


def make_layer(dtype: torch.dtype, **numbers: Any) -> MoeLoraLinear:
    """A trained mixture beside one linear layer of this number format."""
    register_moe_lora()
    torch.manual_seed(3)
    config = MoeLoraConfig(num_experts=EXPERTS, target_modules=["0"], **numbers)
    model = nn.Sequential(nn.Linear(INPUTS, 8)).to(dtype)
    adapted: Any = get_peft_model(model, config)  # pyright: ignore[reportArgumentType]
    (layer,) = (part for part in adapted.modules() if isinstance(part, MoeLoraLinear))
    layer.moelora_B["default"].data.normal_()
    layer.ledger = ListeningLedger()
    return layer


def expected_logits(x: torch.Tensor, router: torch.Tensor) -> torch.Tensor:
    """In float64: the router on inputs of mean square 1."""
    x = x.double()
    return (x / x.square().mean(-1, keepdim=True).sqrt()) @ router.double().T


@pytest.mark.parametrize("experts_rank", [{"r": 8}, {"r": 64}], ids=["joint", "sorted"])
@pytest.mark.parametrize(
    ("dtype", "mode"),
    [
        (HALF, nullcontext()),
        (HALF, torch.autocast("cpu", HALF)),
        (torch.float32, torch.autocast("cpu", HALF)),
    ],
    ids=["bfloat16", "bfloat16-autocast", "float32-autocast"],
)
def test_a_router_s_logits_are_those_of_float32(
    dtype: torch.dtype, mode: AbstractContextManager[Any], experts_rank: dict[str, int]
) -> None:
    layer = make_layer(dtype, **experts_rank)
    x = torch.randn(40, INPUTS).to(dtype) * 30
    with mode:
        layer(x)
    (heard,) = layer.ledger.heard  # pyright: ignore[reportAttributeAccessIssue]
    assert heard.dtype == torch.float32
    expected = expected_logits(x, layer.moelora_router["default"])
    torch.testing.assert_close(heard.double(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", [nullcontext(), torch.autocast("cpu", HALF)], ids=["", "autocast"])
def test_gradients_of_router_and_inputs_are_those_of_the_product(
    mode: AbstractContextManager[Any],
) -> None:
    torch.manual_seed(4)
    inputs = torch.randn(40, INPUTS, requires_grad=True)
    router = torch.randn(EXPERTS, INPUTS, requires_grad=True)
    wanted = torch.randn(40, EXPERTS)
    with mode:
        ask_router(inputs, router).backward(wanted)
    scaled = inputs / inputs.detach().square().mean(-1, keepdim=True).sqrt()
    expected = torch.autograd.grad(scaled @ router.T, (inputs, router), wanted)
    for found, right in zip((inputs.grad, router.grad), expected, strict=True):
        torch.testing.assert_close(found, right, rtol=1e-4, atol=1e-5)


def test_a_router_keeps_no_float32_copy_of_its_inputs() -> None:
    kept: list[torch.Tensor] = []
    inputs = torch.randn(40, INPUTS).to(HALF).requires_grad_()
    router = torch.randn(EXPERTS, INPUTS, requires_grad=True)

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        logits = ask_router(inputs, router)
    assert logits.dtype == torch.float32
    copies = [t for t in kept if t.numel() == inputs.numel() and t.data_ptr() != inputs.data_ptr()]
    assert kept
    assert not copies


def test_losses_and_counts_are_exact_under_autocast() -> None:
    torch.manual_seed(5)
    logits = torch.randn(2, 1001, EXPERTS)
    plain = routing_losses(logits, 1)
    with torch.autocast("cpu", HALF):
        found = routing_losses(logits, 1)
    assert all(torch.equal(a, b) for a, b in zip(plain, found, strict=True))
    assert found.counts.sum(-1).tolist() == [1001, 1001]


def test_in_bfloat16_a_fresh_adapter_changes_nothing_and_a_saved_one_is_the_same(
    tmp_path: Path,
) -> None:
    def make_model() -> nn.Module:
        torch.manual_seed(6)
        return nn.Sequential(nn.Linear(INPUTS, 8)).to(HALF)

    register_moe_lora()
    x = torch.randn(40, INPUTS).to(HALF)
    config = MoeLoraConfig(num_experts=EXPERTS, target_modules=["0"])
    with torch.no_grad(), torch.autocast("cpu", HALF):
        before = make_model()(x)
        adapted: Any = get_peft_model(make_model(), config)  # pyright: ignore[reportArgumentType]
        assert torch.equal(adapted(x), before)
        for name, weights in adapted.named_parameters():
            if "moelora_B" in name:
                weights.normal_()
        assert not torch.equal(adapted(x), before)
        adapted.save_pretrained(tmp_path)
        again: Any = PeftModel.from_pretrained(make_model(), tmp_path)  # pyright: ignore[reportArgumentType]
        assert torch.equal(again(x), adapted(x))
