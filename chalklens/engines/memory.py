"""Whether a model fits, told before it is loaded instead of by the kernel's out-of-memory killer.

How it is used: `choose_dtype` and `check_fit` in the worker, with the figures `inspection.py` read
from the files. What it leaves out: the exact peak. The estimate is weights + keys and values for
one picture and a long answer + a fixed working set; it errs by some hundred megabytes.
"""

from dataclasses import dataclass
from pathlib import Path

from chalklens.engines.configuration import PIXELS_PER_TOKEN
from chalklens.engines.parameters import MAX_NEW_TOKENS
from chalklens.errors import ModelError

BYTES_PER_VALUE = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0}
NF4_BYTES_PER_VALUE = 0.5625
"""Four bits and one float32 scale for each block of 64 (bitsandbytes' default)."""
WORKING_BYTES = 512 << 20
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Figures of one model, as counts of values; see `inspection.ModelFacts`."""

    parameters: int
    layer_parameters: int
    cache_values_per_token: int
    max_pixels: int

    def estimate(self, dtype: str, quantize: str) -> int:
        """Bytes needed to load the model and answer about one picture."""
        size = BYTES_PER_VALUE[dtype]
        layer_size = NF4_BYTES_PER_VALUE if quantize == "nf4" else size
        others = self.parameters - self.layer_parameters
        tokens = self.max_pixels // PIXELS_PER_TOKEN + MAX_NEW_TOKENS
        cache = self.cache_values_per_token * tokens * size
        return int(self.layer_parameters * layer_size + others * size + cache) + WORKING_BYTES


def available_ram_bytes() -> int:
    """Memory that can be had without swapping, within the limit of the control group."""
    import psutil

    available = int(psutil.virtual_memory().available)
    try:
        limit = int((CGROUP / "memory.max").read_text("utf-8"))
        used = int((CGROUP / "memory.current").read_text("utf-8"))
    except (OSError, ValueError):  # no such limit: "max", another system
        return available
    return min(available, limit - used)


def choose_cpu_dtype(need: MemoryNeed, available_bytes: int, *, fast_bfloat16: bool) -> str:
    """Take bfloat16 where the CPU computes with it, or where only that fits; else float32."""
    if fast_bfloat16 or need.estimate("float32", "none") > available_bytes:
        return "bfloat16"
    return "float32"


def check_fit(need: MemoryNeed, dtype: str, quantize: str, available_bytes: int) -> None:
    """Refuse a model that is too big.

    Raises:
        ModelError: It does not fit (code `does_not_fit`), with the figures and a way out.
    """
    needed = need.estimate(dtype, quantize)
    if needed <= available_bytes:
        return
    advice = "Take a smaller model (`chalklens models list`) or end other programs."
    small = need.estimate(dtype, "nf4")
    if quantize == "none" and small <= available_bytes:
        advice = f"Use `--quantize nf4`: about {small / 1e9:.1f} GB."
    raise ModelError(
        f"The model does not fit: it needs about {needed / 1e9:.1f} GB in {dtype}"
        f"{' with nf4' if quantize == 'nf4' else ''}, and {available_bytes / 1e9:.1f} GB are free.",
        advice,
        code="does_not_fit",
    )
