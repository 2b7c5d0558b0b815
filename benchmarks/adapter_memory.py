# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false, reportPrivateUsage=false
"""Is `chalklens train adapter --plan` right? Its formula beside the bytes that live in one training step.

How it is used: `python benchmarks/adapter_memory.py` needs no GPU and little memory. The step runs on
tensors that have shapes but no numbers, through the real model, peft, bitsandbytes and autograd;
every storage is counted from its birth to its end. That is what a GPU's allocator is asked for. What it
leaves out: what CUDA itself takes and fragmentation (the plan has a constant for them, left out on both
sides), and kernels that need scratch space only there.
"""

import argparse
import json
import time
import weakref
from dataclasses import dataclass, replace
from typing import Any

import torch

from chalklens.engines.torchvision_operators import declare_operators

declare_operators()

import bitsandbytes  # noqa: E402
from bitsandbytes.functional import quantize_4bit  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_leaves  # noqa: E402
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration  # noqa: E402

from benchmarks.gpu_4b import IMAGE, PATCH_VALUES, published_config  # noqa: E402
from chalklens.engines.inspection import ModelFacts  # noqa: E402
from chalklens.training.adapters.collator import Collator  # noqa: E402
from chalklens.training.adapters.encoding import IGNORED_LABEL  # noqa: E402
from chalklens.training.adapters.frozen_model import enable_checkpointing  # noqa: E402
from chalklens.training.adapters.methods import adapt, keep_input_dtype  # noqa: E402
from chalklens.training.adapters.planner import plan_memory  # noqa: E402
from chalklens.training.adapters.recipe import METHODS, AdapterRecipe  # noqa: E402

PATCH_PX = 16
WORDS = 64
"""Learnt tokens of a row in the default comparison."""
SIZES = {
    "2b": {"text": {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28,
                    "num_attention_heads": 16}, "vision": {}},
    "4b": {"text": {}, "vision": {}},
    "8b": {"text": {"hidden_size": 4096, "intermediate_size": 12288},
           "vision": {"hidden_size": 1152, "intermediate_size": 4304, "depth": 27}},
}  # fmt: skip
"""What differs from the published 4B configuration (Qwen/Qwen3-VL-2B-Instruct, -8B-Instruct)."""
UNTIED = ("8b",)


@dataclass(frozen=True)
class Situation:
    """A model and a row of one comparison; without a number of layers the model has all of its own."""

    size: str = "4b"
    layers: int | None = None
    grid: tuple[int, int] = (32, 64)
    words: int = WORDS


@dataclass(frozen=True)
class Counted:
    """Bytes of a step: before it, and at its peak."""

    held: int
    peak: int


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of all storages while they live."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: set[int] = set()

    def add(self, tensor: torch.Tensor) -> None:
        """Count what a tensor stands on, once."""
        storage = tensor.untyped_storage()
        if id(storage) in self._known:
            return
        self._known.add(id(storage))
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._end, id(storage), storage.nbytes())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and take down what it made."""
        if func._schema.name in ("aten::index", "aten::index_put_"):
            args = (args[0], _places(args[1]), *args[2:])
        made = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, torch.Tensor):
                self.add(leaf)
        return made

    def _end(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


def _places(indices: Any) -> list[Any]:
    """Masks as numbers of places: how many there are must be known without the values."""
    found: list[Any] = []
    for index in indices:
        is_mask = isinstance(index, torch.Tensor) and index.dtype == torch.bool
        found += index.nonzero(as_tuple=True) if is_mask else [index]
    return found


def main() -> None:
    """Compare plan and count for every method and some situations."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="4b")
    parser.add_argument("--layers", type=int, help="of text and of vision; else those of the model")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--quantize", nargs="+", choices=("none", "nf4"), default=["none", "nf4"])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument(
        "--grid", type=int, nargs=2, default=(32, 64), help="patches of the picture"
    )
    options = parser.parse_args()
    situation = Situation(options.size, options.layers, tuple(options.grid))
    for quantize in options.quantize:
        for method in options.methods:
            for checkpointing in (True, False):
                recipe = AdapterRecipe(
                    method=method,
                    quantize=quantize,
                    checkpointing=checkpointing,
                    batch=options.batch,
                )
                print(json.dumps(_compare(situation, recipe)), flush=True)  # noqa: T201


def _compare(situation: Situation, recipe: AdapterRecipe) -> dict[str, Any]:
    began = time.process_time()
    planned, counted = plan_step(situation, recipe), count_step(situation, recipe)
    return {
        "method": recipe.method,
        "quantize": recipe.quantize,
        "checkpointing": recipe.checkpointing,
        "planned_gb": round(planned / 1e9, 3),
        "counted_gb": round(counted.peak / 1e9, 3),
        "held_gb": round(counted.held / 1e9, 3),
        "planned_of_counted": round(planned / counted.peak, 3),
        "cpu_s": round(time.process_time() - began, 1),
    }


def plan_step(situation: Situation, recipe: AdapterRecipe) -> int:
    """What the plan says, without the constant for CUDA itself."""
    config = _make_config(situation)
    facts = _describe(_make_model(config))
    height, width = situation.grid
    recipe = replace(recipe, max_pixels=height * width * PATCH_PX**2)
    plan = plan_memory(facts, config.to_dict(), recipe, words=situation.words)
    return plan.total - plan.context


def count_step(situation: Situation, recipe: AdapterRecipe) -> Counted:
    """Take a training step that has no numbers, and count."""
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    config = _make_config(situation)
    model = _make_model(config)
    if recipe.quantize == "nf4":
        _take_four_bits(model)
    adapted = adapt(model, recipe).train()
    keep_input_dtype(adapted)
    if recipe.checkpointing:
        enable_checkpointing(adapted)
    _compute_as_on_cuda(adapted)
    with fake:
        _give_storage(adapted)
    batch = _make_batch(situation, recipe.batch, fake)
    with LiveBytes() as live:
        for weights in _all_weights(adapted):
            live.add(weights)
        return _step(adapted, batch, live)


def _step(adapted: Any, batch: dict[str, torch.Tensor], live: LiveBytes) -> Counted:
    chosen = [weights for weights in adapted.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(chosen, foreach=True)  # as it does on a GPU
    for weights in chosen:
        weights.grad = torch.zeros_like(weights)
    optimizer.step()  # AdamW's means are born in its first step; gradients stay, as in accumulation
    held, live.peak = live.now, live.now
    torch.set_autocast_enabled("cuda", True)  # peft asks whether it is on
    try:
        with torch.autocast("cpu", torch.bfloat16):
            loss = adapted(**batch).loss
        loss.backward()
    finally:
        torch.set_autocast_enabled("cuda", False)
    optimizer.step()
    return Counted(held, live.peak)


def _make_config(situation: Situation) -> Qwen3VLConfig:
    config: Any = published_config()
    changes = SIZES[situation.size]
    for part, numbers in ((config.text_config, "text"), (config.vision_config, "vision")):
        for name, value in changes[numbers].items():
            setattr(part, name, value)
    config.vision_config.out_hidden_size = config.text_config.hidden_size
    config.tie_word_embeddings = config.text_config.tie_word_embeddings = (
        situation.size not in UNTIED
    )
    if situation.layers is not None:
        config.text_config.num_hidden_layers = config.vision_config.depth = situation.layers
        config.vision_config.deepstack_visual_indexes = [0, 1]
    config.text_config.use_cache = False
    return config


def _make_model(config: Qwen3VLConfig) -> Any:
    """Shapes without storage, in bfloat16."""
    with torch.device("meta"):
        model: Any = Qwen3VLForConditionalGeneration(config)
    return model.to(torch.bfloat16)


def _describe(model: Any) -> ModelFacts:
    """What the headers of its weight files would say."""
    shapes = {
        name.removesuffix(".weight"): tuple(weights.shape)
        for name, weights in model.named_parameters()
    }
    numbers = {name: weights.numel() for name, weights in model.named_parameters()}
    layers = sum(count for name, count in numbers.items() if ".language_model.layers." in name)
    total = sum(numbers.values())
    return ModelFacts("qwen3_vl", total, layers, 2 * total, 0, (), shapes)


class Linear4bit(bitsandbytes.nn.Linear4bit):
    """A layer without numbers, which cannot be copied; DoRA measures a copy and changes nothing."""

    def __deepcopy__(self, memo: Any) -> "Linear4bit":
        """Be the copy."""
        return self


def _take_four_bits(model: Any) -> None:
    model.is_loaded_in_4bit = True
    for owner in list(model.model.language_model.layers.modules()):
        for name, layer in list(owner.named_children()):
            if isinstance(layer, torch.nn.Linear):
                with torch.device("meta"):
                    packed: Any = Linear4bit(
                        layer.in_features,
                        layer.out_features,
                        bias=False,
                        compute_dtype=torch.bfloat16,
                        quant_type="nf4",
                    )
                # DoRA measures the weights' rows as it begins; here only their shape counts.
                _, packed.weight.quant_state = quantize_4bit(layer.weight, quant_type="nf4")
                setattr(owner, name, packed)


class CudaDropout(torch.nn.Dropout):
    """Keeps a mask of one byte a value, as the CUDA kernel does; the CPU's keeps a factor."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Drop."""
        return torch.ops.aten.native_dropout(input, self.p, self.training)[0]


class CudaLayerNorm(torch.nn.LayerNorm):
    """Answers in float32, as under CUDA's autocast."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Norm."""
        weight, bias = self.weight.float(), self.bias.float()
        return torch.layer_norm(input.float(), self.normalized_shape, weight, bias, self.eps)


def _compute_as_on_cuda(adapted: Any) -> None:
    for module in adapted.modules():
        if type(module) is torch.nn.Dropout:
            module.__class__ = CudaDropout
        elif type(module) is torch.nn.LayerNorm:
            module.__class__ = CudaLayerNorm


class Params4bit(FakeTensor):
    """Four bits without numbers, under the name by which peft knows them."""


def _give_storage(adapted: Any) -> None:
    """Give every weight a storage of its size, shared where weights are shared."""
    done: dict[int, tuple[Any, Any]] = {}
    for module in adapted.modules():
        for name, weights in module._parameters.items():
            if weights is None:
                continue
            if id(weights) not in done:
                done[id(weights)] = (_stored(module, weights), weights)
            module._parameters[name] = done[id(weights)][0]
        for name, values in module._buffers.items():
            if values is not None:
                module._buffers[name] = torch.empty(values.shape, dtype=values.dtype)


def _stored(module: Any, weights: torch.Tensor) -> torch.nn.Parameter:
    if isinstance(weights, bitsandbytes.nn.Params4bit):
        whole = torch.empty(weights.shape, dtype=torch.bfloat16)
        with unset_fake_temporarily():
            packed, state = quantize_4bit(
                whole, blocksize=64, compress_statistics=True, quant_type="nf4"
            )
        stored: Any = torch.nn.Parameter(packed, requires_grad=False)
        stored.__class__ = Params4bit
        stored.quant_state = module.quant_state = state
        return stored
    empty = torch.empty(weights.shape, dtype=weights.dtype)
    return torch.nn.Parameter(empty, requires_grad=weights.requires_grad)


def _all_weights(adapted: Any) -> list[torch.Tensor]:
    found = [*adapted.parameters(), *adapted.buffers()]
    for weights in adapted.parameters():
        if (state := getattr(weights, "quant_state", None)) is not None:
            found += [state.absmax, state.offset, state.state2.absmax]
    return found


def _make_batch(situation: Situation, rows: int, fake: FakeTensorMode) -> dict[str, torch.Tensor]:
    height, width = situation.grid
    ids = torch.cat((torch.full((height * width // 4,), IMAGE), torch.arange(situation.words)))
    row = {
        "input_ids": ids,
        "labels": ids.masked_fill(ids == IMAGE, IGNORED_LABEL),
        "mm_token_type_ids": (ids == IMAGE).long(),
        "image_grid_thw": torch.tensor([[1, height, width]]),
    }
    batch = Collator(0)([row] * rows)
    with fake:
        batch["pixel_values"] = torch.empty(rows * height * width, PATCH_VALUES)
    return batch


if __name__ == "__main__":
    main()
