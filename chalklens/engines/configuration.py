"""What an engine is told when it is made.

How it is used: `server/settings.py` fills an `EngineConfig` from options and environment and hands
it to `registry.create_engine`. What it leaves out: per-request numbers (`parameters.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Quantization = Literal["none", "nf4"]

PIXELS_PER_TOKEN = 32 * 32
"""One visual token of Qwen3-VL covers 32 x 32 pixels (patch 16, merge 2; model config)."""
MIN_PIXELS = 4 * PIXELS_PER_TOKEN
MAX_PIXELS = 16_384 * PIXELS_PER_TOKEN
MAX_EXPERTS = 64
"""Of one layer in a mixture of LoRA experts."""
MAX_REQUEST_PIXELS = 16_384 * PIXELS_PER_TOKEN


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """One local engine.

    Attributes:
        model: `auto`, `none`, a name from the catalogue, a Hugging Face id, `modelscope:ORG/NAME`
            or a folder.
        adapter: Folder of one adapter (LoRA, a mixture of LoRA experts, IA3), empty for none.
        quantize: `nf4` keeps the text layers in 4 bits through bitsandbytes.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        dtype: `auto`, `bfloat16`, `float16`, `float32`.
        min_pixels, max_pixels: Bounds for one picture after resizing, clamped to what Qwen3-VL
            takes (4 to 16,384 visual tokens). 256 x 256 and 2048 x 2048 by default.
        threads: CPU threads; 0 takes the physical cores, at most 8.
        max_batch: Answers generated side by side.
        max_waiting, max_waiting_per_principal: Places in the queue.
        wait_limit_s: Longest wait for a turn once the model is loaded.
        load_limit_s: Longest time a model may take to load.
        idle_unload_s: Seconds without work after which the memory is given back; 0 never does.
        model_folders: Further folders whose subfolders may hold models.
    """

    model: str = "auto"
    adapter: str = ""
    quantize: Quantization = "none"
    device: str = "auto"
    dtype: str = "auto"
    min_pixels: int = 256 * 256
    max_pixels: int = 2048 * 2048
    threads: int = 0
    max_batch: int = 4
    max_waiting: int = 32
    max_waiting_per_principal: int = 8
    wait_limit_s: float = 60.0
    load_limit_s: float = 900.0
    idle_unload_s: float = 1800.0
    model_folders: Sequence[Path] = field(default_factory=tuple[Path, ...])

    def __post_init__(self) -> None:
        """Clamp the pixel numbers: a caller can lower them, never lift them over the limits."""
        highest = min(max(self.max_pixels, MIN_PIXELS), MAX_PIXELS)
        object.__setattr__(self, "max_pixels", highest)
        object.__setattr__(self, "min_pixels", min(max(self.min_pixels, MIN_PIXELS), highest))
