# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The mixture of LoRA experts as a PEFT method, on a two-layer model and on the tiny Qwen3-VL."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.distributed as dist
from peft import PeftModel, get_peft_model
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from chalklens.engines.moe_lora.config import MoeLoraConfig
from chalklens.engines.moe_lora.layer import ask_sorted, weigh_joint
from chalklens.engines.moe_lora.registration import find_ledger, register_moe_lora
from chalklens.engines.moe_lora.routing import route, routing_losses
from chalklens.errors import InputError, ModelError

TARGETS = ["first", "second"]


class TwoLayers(nn.Module):
    """Answers like a transformers model: an object with logits and, given labels, a loss."""

    def __init__(self, *, checkpointed: bool = False) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first, self.second = nn.Linear(12, 20), nn.Linear(20, 6)
        self.convolution = nn.Conv1d(2, 2, 1)
        self.checkpointed = checkpointed

    def forward(self, x: torch.Tensor, labels: torch.Tensor | None = None, **kwargs: Any) -> Any:
        inner = (
            checkpoint(self.first, x, use_reentrant=False) if self.checkpointed else self.first(x)
        )
        logits = self.second(torch.relu(inner))
        loss = None if labels is None else (logits - labels).square().mean()
        return SimpleNamespace(logits=logits, loss=loss)


def adapt(model: nn.Module, **numbers: Any) -> Any:
    register_moe_lora()
    numbers.setdefault("target_modules", TARGETS)
    return get_peft_model(model, MoeLoraConfig(**numbers))  # pyright: ignore[reportArgumentType]


def train(model: Any, steps: int = 3, **inputs: Any) -> None:
    torch.manual_seed(5)
    x, labels = torch.randn(4, 7, 12), torch.randn(4, 7, 6)
    chosen = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(chosen, 0.05)
    model.train()
    for _ in range(steps):
        model(x=x, labels=labels, **inputs).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()


def answers(model: Any) -> torch.Tensor:
    torch.manual_seed(9)
    with torch.no_grad():
        return model(x=torch.randn(2, 5, 12)).logits


def test_a_fresh_adapter_answers_exactly_like_the_model() -> None:
    before = answers(TwoLayers().eval())
    assert torch.equal(answers(adapt(TwoLayers()).eval()), before)


def test_a_trained_adapter_can_be_switched_off() -> None:
    before = answers(TwoLayers().eval())
    adapted = adapt(TwoLayers())
    train(adapted)
    assert not torch.equal(answers(adapted), before)
    with adapted.disable_adapter():
        assert torch.equal(answers(adapted), before)


@pytest.mark.parametrize("top_k", [1, 2])
def test_a_saved_adapter_answers_bit_by_bit_the_same(tmp_path: Path, top_k: int) -> None:
    adapted = adapt(TwoLayers(), top_k=top_k)
    train(adapted)
    adapted.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(TwoLayers(), tmp_path).eval()  # pyright: ignore[reportArgumentType]
    assert torch.equal(answers(again), answers(adapted))
    assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".safetensors", ".md"}


def test_a_second_adapter_can_be_loaded_beside_the_first(tmp_path: Path) -> None:
    adapted = adapt(TwoLayers())
    train(adapted)
    adapted.save_pretrained(tmp_path)
    host = adapt(TwoLayers())
    host.load_adapter(tmp_path, "other")
    host.set_adapter("other")
    assert torch.equal(answers(host.eval()), answers(adapted))


def test_parameters_are_counted_by_the_formula() -> None:
    adapted = adapt(TwoLayers(), r=3, num_experts=5)
    trained = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert trained == sum(5 * 3 * (i + o) + 5 * i for i, o in ((12, 20), (20, 6)))


def test_both_ways_to_compute_give_the_same() -> None:
    torch.manual_seed(1)
    x, first, second = torch.randn(9, 12), torch.randn(4 * 3, 12), torch.randn(5, 4 * 3)
    routes = route(torch.randn(9, 4), 2)
    joint = weigh_joint(x @ first.T, routes, 4) @ second.T
    assert torch.allclose(ask_sorted(x, first, second, routes, 3), joint, atol=1e-5)


def test_many_experts_learn_by_sorted_tokens() -> None:
    adapted = adapt(TwoLayers(), num_experts=32, r=8)
    before = answers(adapted.eval())
    train(adapted)
    assert not torch.equal(answers(adapted), before)
    assert all(p.grad is None or p.grad.isfinite().all() for p in adapted.parameters())


def test_gates_are_the_softmax_over_the_chosen_and_teach_the_router() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.0]], requires_grad=True)
    assert torch.allclose(route(logits, 2).gates, torch.tensor([[3.0, 2.0]]).softmax(-1))
    gates = route(logits, 1).gates
    assert gates.item() == pytest.approx(1)
    gates.sum().backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] > 0


def test_balance_is_one_when_experts_share_and_their_number_when_one_does_all() -> None:
    even = torch.eye(4).repeat(3, 1)[None] * 50
    assert routing_losses(even, 1).balance.item() == pytest.approx(1, abs=1e-4)
    alone = torch.tensor([50.0, 0, 0, 0]).expand(1, 12, 4)
    found = routing_losses(alone, 1)
    assert found.balance.item() == pytest.approx(4, abs=1e-4)
    assert found.counts.tolist() == [[12, 0, 0, 0]]
    assert found.z.item() == pytest.approx(2500)


def test_padding_counts_for_no_expert() -> None:
    adapted = adapt(TwoLayers())
    mask = torch.ones(4, 7, dtype=torch.long)
    mask[:, 5:] = 0
    ledger = find_ledger(adapted)
    assert ledger is not None
    logits = torch.zeros(1, 28, 4)
    assert routing_losses(logits, 1, mask.flatten()).counts.sum() == 20
    train(adapted, 1, attention_mask=mask)
    assert [round(sum(shares), 5) for shares in ledger.take_shares().values()] == [1, 1]


def test_every_router_learns_even_from_the_first_step() -> None:
    adapted = adapt(TwoLayers())
    routers = {n: p.detach().clone() for n, p in adapted.named_parameters() if "router" in n}
    train(adapted, 1)
    assert len(routers) == 2
    for name, parameter in adapted.named_parameters():
        if name in routers:
            assert not torch.equal(parameter, routers[name])


def test_checkpointing_changes_no_gradient_and_counts_tokens_once() -> None:
    found: list[list[torch.Tensor]] = []
    for checkpointed in (False, True):
        adapted = adapt(TwoLayers(checkpointed=checkpointed))
        torch.manual_seed(8)
        for name, parameter in adapted.named_parameters():
            if "moelora" in name:
                parameter.data.normal_()
        adapted.train()
        adapted(x=torch.ones(2, 3, 12), labels=torch.zeros(2, 3, 6)).loss.backward()
        found.append([p.grad for p in adapted.parameters() if p.requires_grad])
        ledger = find_ledger(adapted)
        assert ledger is not None
        assert ledger.balance is not None
    assert all(torch.allclose(a, b) for a, b in zip(*found, strict=True))


def test_the_routing_losses_are_shared_out_over_an_accumulated_step() -> None:
    adapted = adapt(TwoLayers(), balance_weight=10.0)
    x, labels = torch.ones(1, 4, 12), torch.zeros(1, 4, 6)
    adapted.train()
    plain = (adapted(x=x).logits - labels).square().mean().item()
    whole = adapted(x=x, labels=labels).loss.item() - plain
    part = adapted(x=x, labels=labels, num_items_in_batch=36).loss.item() - plain
    labelled_per_pass = labels[..., 1:].numel()
    assert part == pytest.approx(whole * labelled_per_pass / 36, rel=1e-4)


@pytest.mark.parametrize("experts", [4, 32])
def test_data_parallel_training_meets_no_unused_parameter(tmp_path: Path, experts: int) -> None:
    place = f"file://{tmp_path}/rendezvous"
    dist.init_process_group("gloo", init_method=place, rank=0, world_size=1)
    try:
        # 28 tokens cannot use 32 experts; the reducer complains at the second step.
        train(DistributedDataParallel(adapt(TwoLayers(), num_experts=experts)), 3)
    finally:
        dist.destroy_process_group()


def test_a_layer_that_is_not_linear_is_refused() -> None:
    with pytest.raises(InputError, match="convolution is no linear layer"):
        adapt(TwoLayers(), target_modules=["convolution"])


def test_merging_is_refused_with_the_reason() -> None:
    with pytest.raises(ModelError, match="each token chooses its own"):
        adapt(TwoLayers()).merge_and_unload()


@pytest.mark.parametrize("numbers", [{"r": 0}, {"num_experts": 99}, {"top_k": 5}])
def test_numbers_out_of_range_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(InputError):
        MoeLoraConfig(**numbers)  # pyright: ignore[reportArgumentType]
