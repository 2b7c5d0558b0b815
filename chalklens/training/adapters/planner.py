"""How much GPU memory a training will need, from file headers: nothing is loaded.

How it is used: `plan_memory(facts, config, recipe)` -> `MemoryPlan`; the formula is in
`docs/fine_tuning.md`. What it leaves out: several GPUs, and what other programs use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalklens.engines.configuration import PIXELS_PER_TOKEN
from chalklens.engines.inspection import ModelFacts
from chalklens.training.adapters.methods import count_parameters
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.targets import resolve_targets

HALF, FULL = 2, 4
NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Four bits, one byte for a block of 64, one float32 for 256 blocks (double quantisation)."""
OPTIMIZER_BYTES = {"adamw": 8, "paged-adamw-8bit": 2}
CONTEXT_BYTES = 512 << 20
"""CUDA context, cuBLAS workspace, fragmentation."""
TEXT_TOKENS = 256
LOGIT_BYTES = HALF + FULL + FULL
"""Logits in half precision, in float32 for the loss, and their gradient."""
PATCHES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Bytes by what they are for; `parameters` are those of the adapter."""

    parameters: int
    tokens: int
    weights: int
    adapter: int
    activations: int
    logits: int
    context: int

    @property
    def total(self) -> int:
        """The expected peak."""
        return self.weights + self.adapter + self.activations + self.logits + self.context


def read_config(folder: Path) -> Mapping[str, Any]:
    """Read config.json of a model that `inspect_model` accepted."""
    return json.loads((folder / "config.json").read_text("utf-8"))


def plan_memory(
    facts: ModelFacts, config: Mapping[str, Any], recipe: AdapterRecipe, pictures: int = 1
) -> MemoryPlan:
    """Compute the peak of one training step.

    Args:
        facts: What the weight files say.
        config: config.json.
        recipe: Numbers of the run; pictures are taken at `max_pixels`.
        pictures: Of one row, beside 256 tokens of text.

    Raises:
        InputError: A target matches nothing.
    """
    layers = resolve_targets(recipe.wanted_targets, facts.shapes)
    parameters = count_parameters(recipe, layers)
    seen = pictures * recipe.max_pixels // PIXELS_PER_TOKEN
    tokens = recipe.batch * min(recipe.max_tokens, seen + TEXT_TOKENS)
    patches = recipe.batch * seen * PATCHES_PER_TOKEN
    text, vision = config["text_config"], config["vision_config"]
    return MemoryPlan(
        parameters=parameters,
        tokens=tokens,
        weights=_weights(facts, recipe),
        adapter=parameters * (FULL + FULL + OPTIMIZER_BYTES[recipe.optimizer]),
        activations=_activations(
            tokens,
            text["hidden_size"],
            text["intermediate_size"],
            text["num_hidden_layers"],
            recipe,
        )
        + _activations(
            patches, vision["hidden_size"], vision["intermediate_size"], vision["depth"], recipe
        ),
        logits=tokens * text["vocab_size"] * LOGIT_BYTES,
        context=CONTEXT_BYTES,
    )


def describe_plan(plan: MemoryPlan, recipe: AdapterRecipe) -> list[str]:
    """The plan as lines of text."""
    rows = {
        f"base weights ({recipe.quantize})": plan.weights,
        f"adapter, gradients, optimizer ({plan.parameters:,} parameters)": plan.adapter,
        f"activations ({plan.tokens} tokens a pass)": plan.activations,
        "logits and loss": plan.logits,
        "CUDA itself": plan.context,
        "expected peak": plan.total,
    }
    return [f"{size / 1e9:8.2f} GB  {name}" for name, size in rows.items()]


def _weights(facts: ModelFacts, recipe: AdapterRecipe) -> int:
    """Quantised: the text layers; half precision: embeddings, vision tower, output layer.

    The largest quantised matrix is unpacked while it computes.
    """
    if recipe.quantize == "none":
        return facts.parameters * HALF
    others = facts.parameters - facts.layer_parameters
    widest = max(
        (s[0] * s[1] for n, s in facts.shapes.items() if ".layers." in n and len(s) == 2), default=0
    )
    return int(facts.layer_parameters * NF4_BYTES + others * HALF + widest * HALF)


def _activations(tokens: int, hidden: int, inner: int, depth: int, recipe: AdapterRecipe) -> int:
    """What the backward pass needs of one stack of layers.

    One layer keeps its inputs, normed twice, query, key, value, attention output and residuals (about
    10 times `hidden`) and three inner values (gate, up, product), with gradients of the widest. With
    checkpointing one layer at a time is whole, of the others only the input is kept.
    """
    layer = tokens * (10 * hidden + 4 * inner) * HALF
    if not recipe.checkpointing:
        return depth * layer
    return depth * tokens * hidden * HALF + layer
