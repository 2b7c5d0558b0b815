# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false
"""LoRA, mixtures of LoRA experts, IA3 and DoRA side by side: parameters, speed, memory, loss.

How it is used: `python benchmarks/adapters.py --out adapters.json`, on a GPU with
`--size 4b --quantize nf4`. One training step at a time, the methods in turn, so that what else the
machine does meets all of them. Models are made from their configuration; every method learns the same
few rows (one picture of 512 tokens, 64 words each). On a CPU seconds are processor time; each method's
time is the median of its steps. What it leaves out: the quality of answers.
"""

import argparse
import json
import statistics
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from chalklens.engines.torchvision_operators import declare_operators

declare_operators()

from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration  # noqa: E402

from benchmarks.gpu_4b import IMAGE, PATCH_VALUES, published_config  # noqa: E402
from chalklens.training.adapters.collator import Collator  # noqa: E402
from chalklens.training.adapters.encoding import IGNORED_LABEL  # noqa: E402
from chalklens.training.adapters.frozen_model import enable_checkpointing  # noqa: E402
from chalklens.training.adapters.methods import adapt  # noqa: E402
from chalklens.training.adapters.recipe import METHODS, AdapterRecipe, Method  # noqa: E402

GRID = (32, 64)
PICTURE_TOKENS = GRID[0] * GRID[1] // 4
TEXT_TOKENS = 64
ROWS = 4
SMALL_VOCABULARY = 2000


@dataclass
class Contestant:
    """One method on a model of its own, and what was measured of it."""

    method: Method
    model: Any
    optimizer: Any
    parameters: int
    seconds: list[float] = field(default_factory=list[float])
    losses: list[float] = field(default_factory=list[float])
    peak_bytes: int = 0


@dataclass
class Result:
    """A row of the table."""

    method: str
    parameters: int
    samples_per_s: float
    against_lora: float
    peak_gb: float | None
    first_loss: float
    last_loss: float


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--size", choices=("small", "4b"), default="small")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--quantize", choices=("none", "nf4"), default="none")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--checkpointing", action="store_true")
    options = parser.parse_args()
    contestants = [_enter(method, options) for method in options.methods]
    rows = [_make_row(number, options) for number in range(ROWS)]
    for step in range(options.steps + 2):
        for contestant in contestants:
            _take_step(contestant, rows[step % ROWS], options.device, counts=step >= 2)
    results = _compare(contestants)
    text = json.dumps([asdict(result) for result in results], indent=1)
    print(text)  # noqa: T201 - a benchmark's result
    if options.out:
        options.out.write_text(text + "\n", "utf-8")


def _enter(method: Method, options: argparse.Namespace) -> Contestant:
    torch.manual_seed(0)
    recipe = AdapterRecipe(method=method, dropout=options.dropout)
    model = _quantized(options) if options.quantize == "nf4" else _plain(options)
    model.config.use_cache = False
    adapted = adapt(model, recipe)
    if options.checkpointing:
        enable_checkpointing(adapted)
    chosen = [p for p in adapted.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(chosen, 1e-3)
    return Contestant(method, adapted.train(), optimizer, sum(p.numel() for p in chosen))


def _plain(options: argparse.Namespace) -> Any:
    dtype = torch.bfloat16 if options.device == "cuda" else torch.float32
    with torch.device(options.device):
        model: Any = Qwen3VLForConditionalGeneration(make_config(options.size))
    return model.to(dtype)


def _quantized(options: argparse.Namespace) -> Any:
    """Save random weights once and load them as `chalklens train adapter` does."""
    from tempfile import TemporaryDirectory

    from chalklens.training.adapters.frozen_model import quantization

    with TemporaryDirectory() as folder:
        _plain(options).to(torch.bfloat16).save_pretrained(folder)
        return Qwen3VLForConditionalGeneration.from_pretrained(
            folder,
            dtype=torch.bfloat16,
            device_map={"": options.device},
            quantization_config=quantization("nf4", torch.bfloat16),
        )


def make_config(size: str) -> Qwen3VLConfig:
    """The published 4B configuration, or the same architecture with 50 million parameters."""
    config: Any = published_config()
    if size == "4b":
        return config
    text, vision = config.text_config, config.vision_config
    text.vocab_size, text.hidden_size, text.intermediate_size = SMALL_VOCABULARY, 768, 2304
    text.num_hidden_layers, text.num_attention_heads, text.num_key_value_heads = 3, 6, 2
    vision.depth, vision.hidden_size, vision.intermediate_size, vision.num_heads = 3, 512, 2048, 8
    vision.out_hidden_size, vision.deepstack_visual_indexes = 768, [0, 1]
    config.image_token_id = SMALL_VOCABULARY - 1
    config.video_token_id = SMALL_VOCABULARY - 2
    config.vision_start_token_id = SMALL_VOCABULARY - 3
    config.vision_end_token_id = SMALL_VOCABULARY - 4
    return config


def _make_row(seed: int, options: argparse.Namespace) -> dict[str, torch.Tensor]:
    """A batch of one row, as the collator of `chalklens train adapter` makes it."""
    torch.manual_seed(seed)
    image = IMAGE if options.size == "4b" else SMALL_VOCABULARY - 1
    words = torch.randint(10, SMALL_VOCABULARY - 10, (TEXT_TOKENS,))
    ids = torch.cat((torch.full((PICTURE_TOKENS,), image), words))
    row = {
        "input_ids": ids,
        "labels": ids.masked_fill(ids == image, IGNORED_LABEL),
        "mm_token_type_ids": (ids == image).long(),
        "pixel_values": torch.randn(GRID[0] * GRID[1], PATCH_VALUES),
        "image_grid_thw": torch.tensor([[1, *GRID]]),
    }
    return {name: value.to(options.device) for name, value in Collator(0)([row]).items()}


def _take_step(
    contestant: Contestant, row: dict[str, torch.Tensor], device: str, *, counts: bool
) -> None:
    on_gpu = device == "cuda"
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    others = torch.cuda.memory_allocated() - _own_bytes(contestant) if on_gpu else 0
    clock = time.perf_counter if on_gpu else time.process_time
    start = clock()
    with torch.autocast(device, torch.bfloat16, enabled=on_gpu):
        loss = contestant.model(**row).loss
    loss.backward()
    contestant.optimizer.step()
    contestant.optimizer.zero_grad()
    if on_gpu:
        torch.cuda.synchronize()
    if counts:
        contestant.seconds.append(clock() - start)
        contestant.losses.append(loss.item())
        if on_gpu:
            peak = torch.cuda.max_memory_allocated() - others
            contestant.peak_bytes = max(contestant.peak_bytes, peak)


def _own_bytes(contestant: Contestant) -> int:
    weights = sum(p.numel() * p.element_size() for p in contestant.model.parameters())
    moments = [v for state in contestant.optimizer.state.values() for v in state.values()]
    return weights + sum(m.numel() * m.element_size() for m in moments if torch.is_tensor(m))


def _compare(contestants: list[Contestant]) -> list[Result]:
    medians = {c.method: statistics.median(c.seconds) for c in contestants}
    lora = medians.get("lora", next(iter(medians.values())))
    return [
        Result(
            method=c.method,
            parameters=c.parameters,
            samples_per_s=round(1 / medians[c.method], 3),
            against_lora=round(lora / medians[c.method], 3),
            peak_gb=round(c.peak_bytes / 1e9, 3) if c.peak_bytes else None,
            first_loss=round(statistics.mean(c.losses[:ROWS]), 3),
            last_loss=round(statistics.mean(c.losses[-ROWS:]), 3),
        )
        for c in contestants
    ]


if __name__ == "__main__":
    main()
