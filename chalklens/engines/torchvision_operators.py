"""Lets torchvision be imported beside a torch it was not compiled for.

How it is used: `declare_operators()` before the first import of transformers' processors or peft.
Qwen3-VL's processor needs torchvision, of which it uses the pure Python transforms only; yet a
torchvision whose compiled part does not load (a CUDA build beside a CPU torch) fails at import with
"operator torchvision::nms does not exist". Declaring the two operators' schemas is enough for the
import. With a torchvision that works nothing is changed.

What it leaves out: the operators themselves. Calling `torchvision.ops.nms` still fails where the
compiled part is missing; nothing here calls it.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import importlib
import logging
import sys
from typing import Any

log = logging.getLogger(__name__)

OPERATORS = ("nms", "qnms")
_declared: list[Any] = []  # a torch Library lives as long as its Python object


def declare_operators() -> bool:
    """Import torchvision, declaring its operators where they are missing; True if that was needed.

    Raises:
        ImportError: torchvision is not installed, or broken in another way.
    """
    import torch

    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise ImportError(f"torchvision cannot be imported: {error}") from error
    else:
        return False
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "DEF")
    for name in OPERATORS:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
    importlib.import_module("torchvision")
    log.info("torchvision's compiled operators do not load here; they are not needed.")
    return True
