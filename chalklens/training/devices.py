# pyright: reportUnknownMemberType=false
"""What a training computes on, and with which numbers.

How it is used: `device = choose_device("auto")`; `torch.autocast(device.type, torch.bfloat16,
enabled=uses_bfloat16(device))`. Weights stay in float32. What it leaves out: several GPUs, and models
that are only asked (`engines/loading.py`).
"""

import torch

from chalklens.errors import InputError


def choose_device(name: str) -> torch.device:
    """`auto` takes a GPU when there is one.

    Raises:
        InputError: Not a device, or one that is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError):  # the latter: torch without CUDA
        raise InputError(
            f"There is no device {name!r} to train on.", "Use --device auto, cpu or cuda."
        ) from None


def uses_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself.

    A processor that only imitates it needs eight times as long as with float32 (a convolution on an
    AMD EPYC of the third generation: 9.7 instead of 1.1 s).
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
