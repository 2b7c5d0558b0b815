# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The four kinds of adapter: their PEFT settings, and how many parameters they have.

How it is used: `adapt(model, recipe)`; `count_parameters(recipe, layers)` before there is a model. What
it leaves out: which layers there are (`targets.py`).
"""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalklens.training.adapters.recipe import AdapterRecipe

if TYPE_CHECKING:
    from peft import PeftConfig

CASTING = "cast_input_dtype_enabled"
"""What peft's layers ask (`peft.helpers.disable_input_dtype_casting` sets it too)."""
FEED_FORWARD = ("down_proj", "linear_fc2")
"""Targets whose inputs IA3 scales; of the others it scales the outputs."""


def count_parameters(recipe: AdapterRecipe, layers: Mapping[str, tuple[int, int]]) -> int:
    """Count the trained parameters of an adapter on layers of (out, in): the formulas of the guide."""
    rank, experts = recipe.rank, recipe.experts
    total = 0
    for name, (out, inputs) in layers.items():
        match recipe.method:
            case "lora":
                total += rank * (inputs + out)
            case "dora":
                total += rank * (inputs + out) + out
            case "moe-lora":
                total += experts * rank * (inputs + out) + experts * inputs
            case "ia3":
                total += inputs if name.endswith(FEED_FORWARD) else out
    return total


def make_config(recipe: AdapterRecipe) -> "PeftConfig":
    """The settings in PEFT's words."""
    from peft import IA3Config, LoraConfig

    targets = list(recipe.wanted_targets)
    if recipe.method == "ia3":
        inner = [target for target in targets if target.endswith(FEED_FORWARD)]
        return IA3Config(target_modules=targets, feedforward_modules=inner)
    if recipe.method == "moe-lora":
        return _make_mixture(recipe, targets)
    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,  # pyright: ignore[reportArgumentType] - it takes any number
        lora_dropout=recipe.dropout,
        target_modules=targets,
        use_dora=recipe.method == "dora",
    )


def adapt(model: Any, recipe: AdapterRecipe) -> Any:
    """Put a fresh adapter on a model: answers stay what they were until it has learnt."""
    import torch
    from peft import get_peft_model

    from chalklens.engines.moe_lora.registration import register_moe_lora

    register_moe_lora()
    torch.manual_seed(recipe.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
        return get_peft_model(model, make_config(recipe))


def keep_input_dtype(adapted: Any) -> None:
    """Under autocast, let adapters take bfloat16 as it comes.

    peft first copies the input of every adapted layer to float32, which autocast turns back for the
    product: in a model of 4B parameters a quarter of what a layer keeps for its gradient.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    for layer in adapted.modules():
        if isinstance(layer, BaseTunerLayer):
            setattr(layer, CASTING, False)


def _make_mixture(recipe: AdapterRecipe, targets: list[str]) -> "PeftConfig":
    from chalklens.engines.moe_lora.config import MoeLoraConfig

    return MoeLoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        num_experts=recipe.experts,
        top_k=recipe.top_k,
        lora_dropout=recipe.dropout,
        balance_weight=recipe.balance_weight,
        z_weight=recipe.z_weight,
        target_modules=targets,
    )
