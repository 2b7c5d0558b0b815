# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The model that is adapted: loaded once, frozen, in four bits if asked.

How it is used: `check_hardware(recipe, device)` before anything, `load_model(folder, recipe, device)`.
Unlike peft's `prepare_model_for_kbit_training` nothing is turned into float32: that would double the
memory of what is not quantised. What it leaves out: the adapter (`methods.py`).
"""

import importlib.util
import os
from pathlib import Path
from typing import Any

import torch

from chalklens.engines.loading import CODE_SAFE
from chalklens.engines.torchvision_operators import declare_operators
from chalklens.errors import UnavailableError
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.devices import choose_device, uses_bfloat16


def pick_device(name: str) -> torch.device:
    """The device of this process: under `accelerate launch` each has a GPU of its own."""
    device = choose_device(name)
    if device.type == "cuda" and "LOCAL_RANK" in os.environ:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return device


def check_hardware(recipe: AdapterRecipe, device: torch.device) -> None:
    """Refuse what this machine cannot do.

    Raises:
        UnavailableError: bitsandbytes or a CUDA GPU is missing, or FSDP is set up in a way that
            cannot train an adapter.
    """
    _check_sharding(recipe)
    needs = {"--set quantize=nf4": recipe.quantize == "nf4"}
    needs[f"--set optimizer={recipe.optimizer}"] = recipe.optimizer != "adamw"
    asked = [name for name, wanted in needs.items() if wanted]
    if asked and importlib.util.find_spec("bitsandbytes") is None:
        raise UnavailableError(
            f"{' and '.join(asked)} needs bitsandbytes, which is not installed.",
            "Install it (`pip install bitsandbytes`), or leave the setting out.",
        )
    if recipe.optimizer.startswith("paged-") and device.type != "cuda":
        raise UnavailableError(
            f"The optimizer {recipe.optimizer} moves its state out of a CUDA GPU; this run is on "
            f"{device.type}.",
            "Take --set optimizer=adamw-8bit, or use --device cuda.",
        )


def _check_sharding(recipe: AdapterRecipe) -> None:
    """Look at what `accelerate launch` has set: FSDP 2 keeps parameters apart, FSDP 1 melts them."""
    if os.environ.get("ACCELERATE_USE_FSDP", "").lower() != "true":
        return
    if os.environ.get("FSDP_VERSION", "1") != "2":
        raise UnavailableError(
            "FSDP's first version cannot train a few weights of a frozen model.",
            "Set fsdp_version: 2 in the file for accelerate launch --config_file.",
        )
    if recipe.quantize != "none":
        raise UnavailableError(
            f"FSDP cannot share out a model that is quantised ({recipe.quantize}).",
            "Leave out --set quantize, or train without FSDP, a whole model on each GPU.",
        )


def load_processor(folder: Path) -> Any:
    """Load tokenizer, picture and video settings and chat template; padding on the right."""
    declare_operators()
    from transformers import AutoProcessor

    _be_quiet()
    processor = AutoProcessor.from_pretrained(folder, **CODE_SAFE)
    processor.tokenizer.padding_side = "right"
    return processor


def load_model(folder: Path, recipe: AdapterRecipe, device: torch.device) -> Any:
    """Load the model: bfloat16 where the device computes with it, else float32."""
    declare_operators()
    from transformers import AutoModelForImageTextToText

    _be_quiet()
    dtype = torch.bfloat16 if uses_bfloat16(device) else torch.float32
    model = AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=dtype,
        device_map={"": str(device)},
        attn_implementation="sdpa",
        use_safetensors=True,
        quantization_config=quantization(recipe.quantize, dtype),
        **CODE_SAFE,
    )
    model.config.use_cache = False
    return model


def quantization(quantize: str, dtype: torch.dtype) -> Any:
    """QLoRA's settings (arXiv 2305.14314) for the text layers; None for a model as it is."""
    if quantize == "none":
        return None
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=["visual", "lm_head"],
    )


def enable_checkpointing(adapted: Any) -> None:
    """Compute activations twice instead of keeping them, in the kind that adapters and DDP need."""
    model = adapted.get_base_model()
    way = {"use_reentrant": False}
    if hasattr(model, "activation_checkpointing_enable"):  # transformers 5.24
        model.activation_checkpointing_enable(way)
    else:
        model.gradient_checkpointing_enable(way)


def _be_quiet() -> None:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
