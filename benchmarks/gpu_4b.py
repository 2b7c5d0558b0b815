# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false
"""Speed and memory of a Qwen3-VL of the published 4B size on a GPU, with random weights.

How it is used: `python benchmarks/gpu_4b.py --out qwen3vl_4b.json`. Answers of random weights mean
nothing, their time is that of real ones. Through transformers alone, without the engine: no grammar,
no processor. What it leaves out: loading weights from disk, whether answers are right.
"""

import argparse
import json
import time
from inspect import signature, unwrap
from pathlib import Path
from typing import Any

import torch

from chalklens.engines.torchvision_operators import declare_operators

declare_operators()

from transformers import (  # noqa: E402 - needs the operators
    DynamicCache,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
)
from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLTextAttention  # noqa: E402

PICTURE_TOKENS = 1000
GRID = (50, 80)  # patches down and across: a quarter of them are visual tokens
TEXT_TOKENS = 64
NEW_TOKENS = 128
PATCH_VALUES = 3 * 2 * 16 * 16
IMAGE, VIDEO, START, END = 151655, 151656, 151652, 151653
VOCABULARY = 151936
OLD_NAME = "past_key_values"


def published_config(*, trial: bool = False) -> Qwen3VLConfig:
    """Numbers of Qwen3-VL-4B-Instruct's config.json; far smaller ones for a trial."""
    text: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 262144,
        "tie_word_embeddings": True,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5_000_000.0,
            "mrope_interleaved": True,
            "mrope_section": [24, 20, 20],
        },
    }
    vision: dict[str, Any] = {
        "depth": 24,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_heads": 16,
        "out_hidden_size": 2560,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [5, 11, 17],
    }
    if trial:
        text |= {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3}
        text |= {"num_attention_heads": 2, "num_key_value_heads": 1}
        vision |= {
            "depth": 2,
            "num_heads": 2,
            "hidden_size": 64,
            "intermediate_size": 64,
            "out_hidden_size": 32,
        }
        vision |= {"deepstack_visual_indexes": [0]}
    ids: dict[str, Any] = {
        "image_token_id": IMAGE,
        "video_token_id": VIDEO,
        "vision_start_token_id": START,
        "vision_end_token_id": END,
    }
    return Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **ids)


def make_inputs(rows: int, device: torch.device) -> dict[str, torch.Tensor]:
    """A question with one picture of `PICTURE_TOKENS`, the same in every row."""
    before = [1, 2, 3, START]
    after = [END, *range(100, 100 + TEXT_TOKENS)]
    ids = torch.tensor([[*before, *[IMAGE] * PICTURE_TOKENS, *after]] * rows, device=device)
    pixels = torch.rand(rows * GRID[0] * GRID[1], PATCH_VALUES, device=device) * 2 - 1
    return {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": (ids == IMAGE).int(),
        "pixel_values": pixels.bfloat16(),
        "image_grid_thw": torch.tensor([[1, *GRID]] * rows, device=device),
    }


class Stopwatch:
    """Seconds and memory peaks of a device."""

    def __init__(self, device: torch.device) -> None:
        self._gpu = device.type == "cuda"

    def now(self) -> float:
        """Seconds, after everything under way is done."""
        if self._gpu:
            torch.cuda.synchronize()
        return time.perf_counter()

    def peak_mib(self) -> float:
        """The most memory since the start; 0 without a GPU."""
        return round(torch.cuda.max_memory_allocated() / 2**20) if self._gpu else 0.0


@torch.inference_mode()
def measure_prefill(model: Any, rows: int, watch: Stopwatch, repeats: int) -> dict[str, float]:
    """Time the pass over a question; the first repeat warms up and is shown apart."""
    inputs = make_inputs(rows, model.device)
    taken: list[float] = []
    for _ in range(repeats + 1):
        began = watch.now()
        model(**inputs, use_cache=True, logits_to_keep=1)
        taken.append(watch.now() - began)
    best = min(taken[1:])
    tokens = inputs["input_ids"].numel()
    return {"tokens": tokens, "first_s": taken[0], "best_s": best, "tokens_per_s": tokens / best}


@torch.inference_mode()
def measure_decode(model: Any, rows: int, watch: Stopwatch, tokens: int) -> dict[str, float]:
    """Time token after token behind a text of the question's length."""
    length = PICTURE_TOKENS + TEXT_TOKENS + 5
    ids = torch.randint(200, 90_000, (rows, length), device=model.device)
    # transformers renamed it after 5.17; what the layers do not know they would not fill.
    name = (
        "cache"
        if "cache" in signature(unwrap(Qwen3VLTextAttention.forward)).parameters
        else OLD_NAME
    )
    cached = {name: DynamicCache(config=model.config.text_config)}
    language = model.model.language_model

    def follow(ids: torch.Tensor) -> torch.Tensor:
        states = language(input_ids=ids, **cached, use_cache=True).last_hidden_state
        return model.lm_head(states[:, -1:]).argmax(-1)

    ids = follow(ids)
    for _ in range(3):
        ids = follow(ids)
    began = watch.now()
    for _ in range(tokens):
        ids = follow(ids)
    seconds = watch.now() - began
    return {
        "rows": rows,
        "tokens_per_s": rows * tokens / seconds,
        "ms_per_token": 1e3 * seconds / tokens,
    }


def main() -> None:
    """Measure, and write one JSON object as it grows."""
    options = argparse.ArgumentParser(description="Qwen3-VL-4B on a GPU, random weights")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--device", default="cuda")
    options.add_argument("--trial", action="store_true", help="A thousandth of the size.")
    options.add_argument("--tokens", type=int, default=NEW_TOKENS)
    given = options.parse_args()
    device = torch.device(given.device)
    watch = Stopwatch(device)
    began = watch.now()
    torch.set_default_dtype(torch.bfloat16)
    with device:
        model: Any = Qwen3VLForConditionalGeneration(published_config(trial=given.trial))
    torch.set_default_dtype(torch.float32)
    model.eval()
    name = torch.cuda.get_device_name() if device.type == "cuda" else device.type
    found: dict[str, Any] = {
        "device": name,
        "torch": torch.__version__,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "initialise_s": watch.now() - began,
        "weights_mib": watch.peak_mib(),
    }

    def keep(key: str, value: Any) -> None:
        found[key] = value
        found["peak_mib"] = watch.peak_mib()
        given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")

    for rows in (1,) if given.trial else (1, 8):
        keep(f"prefill_{rows}", measure_prefill(model, rows, watch, repeats=3))
        keep(f"decode_{rows}", measure_decode(model, rows, watch, given.tokens))


if __name__ == "__main__":
    main()
