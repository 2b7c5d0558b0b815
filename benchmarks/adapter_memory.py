# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false
"""Is `chalklens train adapter --plan` right? Its formula beside the bytes that live in one training step.

How it is used: `python benchmarks/adapter_memory.py --layers 2`. A Qwen3-VL with the widths of the
published 4B model, but few layers and words, takes one step on a row with a picture of 512
tokens; every storage is counted from its birth to its end. That is what a GPU's
allocator is asked for, without a GPU. What it leaves out: CUDA's own memory and fragmentation (the plan
adds a constant for them, which is left out on both sides), and kernels that need scratch space only there.
"""

import argparse
import json
import weakref
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from chalklens.engines.torchvision_operators import declare_operators

declare_operators()

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_leaves  # noqa: E402
from transformers import AutoModelForImageTextToText, Qwen3VLForConditionalGeneration  # noqa: E402

from benchmarks.adapters import make_row  # noqa: E402
from benchmarks.gpu_4b import published_config  # noqa: E402
from chalklens.engines.inspection import inspect_model  # noqa: E402
from chalklens.training.adapters.frozen_model import enable_checkpointing  # noqa: E402
from chalklens.training.adapters.methods import adapt  # noqa: E402
from chalklens.training.adapters.planner import plan_memory, read_config  # noqa: E402
from chalklens.training.adapters.recipe import METHODS, AdapterRecipe  # noqa: E402

VOCABULARY = 20_000
MAX_TOKENS = 576
"""Of the row: 512 of its picture and 64 words."""


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of all storages that operations make, while they live."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.peak = self._now = before
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and take down what it made."""
        given = {id(s) for s in map(_storage, tree_leaves((args, kwargs))) if s is not None}
        made = func(*args, **(kwargs or {}))
        for storage in map(_storage, tree_leaves(made)):
            if storage is not None and id(storage) not in self._known | given:
                self._known.add(id(storage))
                self._now += storage.nbytes()
                weakref.finalize(storage, self._end, id(storage), storage.nbytes())
        self.peak = max(self.peak, self._now)
        return made

    def _end(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size


def _storage(value: Any) -> Any:
    return value.untyped_storage() if isinstance(value, torch.Tensor) else None


def main() -> None:
    """Make the model once; take one step for each method."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layers", type=int, default=2, help="of text and of vision")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _write_model(folder, options.layers)
        for method in options.methods:
            for checkpointing in (True, False):
                recipe = AdapterRecipe(
                    method=method, dropout=0.0, checkpointing=checkpointing, max_tokens=MAX_TOKENS
                )
                print(json.dumps(_compare(folder, recipe)), flush=True)  # noqa: T201


def _write_model(folder: Path, layers: int) -> None:
    config: Any = published_config()
    config.text_config.num_hidden_layers = config.vision_config.depth = layers
    config.vision_config.deepstack_visual_indexes = [0, 1]
    config.text_config.vocab_size = VOCABULARY
    config.image_token_id, config.video_token_id = VOCABULARY - 1, VOCABULARY - 2
    config.vision_start_token_id, config.vision_end_token_id = VOCABULARY - 3, VOCABULARY - 4
    torch.set_default_dtype(torch.bfloat16)
    Qwen3VLForConditionalGeneration(config).save_pretrained(folder)
    torch.set_default_dtype(torch.float32)
    for name in ("processor_config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}", "utf-8")  # the plan does not read them


def _compare(folder: Path, recipe: AdapterRecipe) -> dict[str, Any]:
    plan = plan_memory(inspect_model(folder), read_config(folder), recipe)
    expected = plan.total - plan.context
    counted = _count_bytes(folder, recipe)
    return {
        "method": recipe.method,
        "checkpointing": recipe.checkpointing,
        "planned_gb": round(expected / 1e9, 3),
        "counted_gb": round(counted / 1e9, 3),
        "planned_of_counted": round(expected / counted, 3),
        "beside_weights": round((expected - plan.weights) / (counted - plan.weights), 3),
    }


def _count_bytes(folder: Path, recipe: AdapterRecipe) -> int:
    model: Any = AutoModelForImageTextToText.from_pretrained(
        folder, dtype=torch.bfloat16, attn_implementation="sdpa"
    )
    model.config.use_cache = False
    adapted = adapt(model, recipe).train()
    if recipe.checkpointing:
        enable_checkpointing(adapted)
    chosen = [weights for weights in adapted.parameters() if weights.requires_grad]
    optimizer = torch.optim.AdamW(chosen, recipe.learning_rate)
    row = make_row(0, VOCABULARY - 1, "cpu")
    with LiveBytes(sum(w.numel() * w.element_size() for w in adapted.parameters())) as live:
        for weights in chosen:
            weights.grad = torch.zeros_like(weights)
        optimizer.step()  # AdamW's means are born in its first step
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = adapted(**row).loss
        loss.backward()
        optimizer.step()
    return live.peak


if __name__ == "__main__":
    main()
