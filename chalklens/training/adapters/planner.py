"""How much GPU memory a training will need, from file headers: nothing is loaded.

How it is used: `plan_memory(facts, config, recipe)` -> `MemoryPlan`. What a layer keeps for its gradient
follows from what the operations of Qwen3-VL, peft and autograd save; `benchmarks/adapter_memory.py`
counts the bytes of real steps beside it, and `docs/fine_tuning.md` has the formula. What it leaves out:
several GPUs, and what other programs use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from chalklens.engines.configuration import PIXELS_PER_TOKEN
from chalklens.engines.inspection import ModelFacts
from chalklens.training.adapters.methods import count_parameters
from chalklens.training.adapters.recipe import AdapterRecipe, Method
from chalklens.training.adapters.targets import resolve_targets

HALF, FULL = 2, 4
NF4_BYTES = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Four bits, one byte for a block of 64, one float32 for 256 blocks (double quantisation)."""
OPTIMIZER_BYTES = {"adamw": 8, "adamw-8bit": 2, "paged-adamw-8bit": 2}
STEP_BYTES = 8
"""Of a parameter, while AdamW computes all new weights at once."""
CONTEXT_BYTES = 512 << 20
"""CUDA context, cuBLAS workspace, fragmentation."""
TEXT_TOKENS = 256
LOGIT_BYTES = FULL + FULL + FULL
"""Logarithms of probabilities in float32, and two gradients of them."""
PATCHES_PER_TOKEN = 4
TEXT_LAYERS = ".layers."
"""In the names of what is quantised; those of the vision tower are blocks."""
PATCH_BYTES = 3 * 2 * 16 * 16 * (FULL + HALF)
"""Pixels of a patch (two frames), as they come and in half precision."""
MERGER_BYTES = 9
"""Of a patch and a value of its width, in each merger."""


class _Kept(NamedTuple):
    """Bytes a layer keeps of a token, for each value of its widths; `fixed` for each inner value."""

    hidden: float
    query: float
    key: float
    inner: float
    fixed: float = 0.0


TEXT_LAYER: Mapping[Method, _Kept] = {
    "lora": _Kept(17, 11, 8, 6),
    "moe-lora": _Kept(19, 11, 8, 6, 64),
    "ia3": _Kept(8, 8, 12, 10),
    "dora": _Kept(21, 15, 16, 6),
}
TEXT_LAYER_IN_FOUR_BITS: Mapping[Method, _Kept] = {
    **TEXT_LAYER,
    "ia3": _Kept(8, 8, 16, 16),
    "dora": _Kept(21, 15, 16, 12),
}
"""bitsandbytes' layers answer in float32 to what was scaled in it."""
VISION_LAYER: Mapping[Method, _Kept] = {
    "lora": _Kept(29, 0, 0, 5),
    "moe-lora": _Kept(39, 0, 0, 7, 44),
    "ia3": _Kept(26, 0, 0, 6),
    "dora": _Kept(53, 0, 0, 10),
}
INNER_GRADIENTS = 8
"""Bytes of an inner value while the feed-forward's gradient is computed."""
DORA_MATRIX_BYTES = 12
"""DoRA writes out the product of its matrices, and the weights they change."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Bytes by what they are for; `parameters` are those of the adapter.

    `activations` are there from the forward pass on; `passing` is the most that comes and goes beside
    them: the loss, the gradient of a layer, the optimizer's step.
    """

    parameters: int
    tokens: int
    weights: int
    adapter: int
    activations: int
    passing: int
    context: int

    @property
    def total(self) -> int:
        """The expected peak."""
        return self.weights + self.adapter + self.activations + self.passing + self.context


def read_config(folder: Path) -> Mapping[str, Any]:
    """Read config.json of a model that `inspect_model` accepted."""
    return json.loads((folder / "config.json").read_text("utf-8"))


def plan_memory(
    facts: ModelFacts,
    config: Mapping[str, Any],
    recipe: AdapterRecipe,
    *,
    pictures: int = 1,
    words: int = TEXT_TOKENS,
) -> MemoryPlan:
    """Compute the peak of one training step.

    Args:
        facts: What the weight files say.
        config: config.json.
        recipe: Numbers of the run; pictures are taken at `max_pixels`.
        pictures: Of one row.
        words: Tokens of text beside them, counted as if all of them were learnt.

    Raises:
        InputError: A target matches nothing.
    """
    layers = resolve_targets(recipe.wanted_targets, facts.shapes)
    parameters = count_parameters(recipe, layers)
    seen = pictures * recipe.max_pixels // PIXELS_PER_TOKEN
    tokens = recipe.batch * min(recipe.max_tokens, seen + words)
    widest = max(out * inputs for out, inputs in layers.values())
    stacks = (
        _text_stack(config["text_config"], tokens, recipe, _count_written_out(layers, recipe)),
        _vision_stack(config["vision_config"], recipe.batch * seen * PATCHES_PER_TOKEN, recipe),
    )
    return MemoryPlan(
        parameters=parameters,
        tokens=tokens,
        weights=_weights(facts, recipe),
        adapter=parameters * (FULL + FULL + OPTIMIZER_BYTES[recipe.optimizer]),
        activations=sum(stack.kept for stack in stacks),
        passing=max(
            recipe.batch * words * config["text_config"]["vocab_size"] * LOGIT_BYTES,
            *(stack.passing for stack in stacks),
            parameters * STEP_BYTES - sum(stack.kept for stack in stacks),
        )
        + (widest * DORA_MATRIX_BYTES if recipe.method == "dora" else 0),
        context=CONTEXT_BYTES,
    )


def describe_plan(plan: MemoryPlan, recipe: AdapterRecipe) -> list[str]:
    """The plan as lines of text."""
    rows = {
        f"base weights ({recipe.quantize})": plan.weights,
        f"adapter, gradients, optimizer ({plan.parameters:,} parameters)": plan.adapter,
        f"activations ({plan.tokens} tokens a pass)": plan.activations,
        "loss, gradients of a layer, or the step": plan.passing,
        "CUDA itself": plan.context,
        "expected peak": plan.total,
    }
    return [f"{size / 1e9:8.2f} GB  {name}" for name, size in rows.items()]


def _weights(facts: ModelFacts, recipe: AdapterRecipe) -> int:
    """Quantised: the text layers; half precision: embeddings, vision tower, output layer."""
    if recipe.quantize == "none":
        return facts.parameters * HALF
    others = facts.parameters - facts.layer_parameters
    return int(facts.layer_parameters * NF4_BYTES + others * HALF)


def _count_written_out(layers: Mapping[str, tuple[int, int]], recipe: AdapterRecipe) -> int:
    """Values that DoRA takes out of four bits and keeps for the gradient of inputs with dropout."""
    if recipe.method != "dora" or recipe.quantize == "none" or not recipe.dropout:
        return 0
    return sum(out * inputs for name, (out, inputs) in layers.items() if TEXT_LAYERS in name)


class _Stack(NamedTuple):
    """Bytes that layers of one kind keep, and the most that comes and goes for their gradient."""

    kept: int
    passing: int


def _text_stack(
    text: Mapping[str, Any], tokens: int, recipe: AdapterRecipe, written_out: int
) -> _Stack:
    four_bits = recipe.quantize != "none"
    kind = (TEXT_LAYER_IN_FOUR_BITS if four_bits else TEXT_LAYER)[recipe.method]
    head = text["head_dim"]
    widths = (
        text["hidden_size"],
        head * text["num_attention_heads"],
        head * text["num_key_value_heads"],
        text["intermediate_size"],
    )
    depth = text["num_hidden_layers"]
    stack = _stack(kind, widths, tokens, depth, recipe)
    # The widest matrix is unpacked while it computes.
    passing = stack.passing + (widths[0] * max(widths) * HALF if four_bits else 0)
    if recipe.checkpointing:
        return _Stack(stack.kept, passing + written_out * HALF // depth)
    return _Stack(stack.kept + written_out * HALF, passing)


def _vision_stack(vision: Mapping[str, Any], patches: int, recipe: AdapterRecipe) -> _Stack:
    hidden = vision["hidden_size"]
    mergers = len(vision["deepstack_visual_indexes"]) + 1
    widths = (hidden, hidden, hidden, vision["intermediate_size"])
    stack = _stack(VISION_LAYER[recipe.method], widths, patches, vision["depth"], recipe)
    around = patches * (PATCH_BYTES + mergers * MERGER_BYTES * hidden)
    return _Stack(stack.kept + around, stack.passing)


def _stack(
    kind: _Kept, widths: tuple[int, int, int, int], tokens: int, depth: int, recipe: AdapterRecipe
) -> _Stack:
    """With checkpointing of each layer its input is kept, and one at a time is whole."""
    hidden, _, _, inner = widths
    each = sum(size * width for size, width in zip(kind, widths, strict=False))
    layer = int(tokens * (each + kind.fixed * recipe.rank * recipe.experts))
    gradients = tokens * INNER_GRADIENTS * inner
    if recipe.checkpointing:
        return _Stack(depth * tokens * hidden * HALF, layer + gradients)
    return _Stack(depth * layer, gradients)
