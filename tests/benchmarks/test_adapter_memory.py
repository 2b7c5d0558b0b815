"""The memory planner against the bytes that live in a step of the real model, peft and autograd."""

import pytest

from chalklens.training.adapters.recipe import AdapterRecipe, Method


@pytest.mark.integration
@pytest.mark.parametrize(
    ("method", "quantize", "checkpointing"),
    [("lora", "nf4", True), ("moe-lora", "none", False), ("dora", "nf4", False)],
)
def test_the_plan_is_right_within_15_percent_also_beside_the_weights(
    method: Method, quantize: str, checkpointing: bool
) -> None:
    # Here, because every test process would wait for bitsandbytes.
    from benchmarks.adapter_memory import Situation, count_step, plan_step

    recipe = AdapterRecipe(method=method, quantize=quantize, checkpointing=checkpointing)
    situation = Situation("4b", layers=2)
    planned, counted = plan_step(situation, recipe), count_step(situation, recipe)
    assert planned == pytest.approx(counted.peak, rel=0.15)
    assert planned - counted.held == pytest.approx(counted.peak - counted.held, rel=0.15)
