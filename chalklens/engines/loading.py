"""Loads a Qwen3-VL in the worker: device, number format, quantisation, one adapter.

How it is used: `load_model(spec)`; the parent has inspected the files before. What it leaves out:
generating (`generator.py`), downloading (nothing here touches the network).
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportAttributeAccessIssue=false

import gc
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from chalklens.engines.memory import (
    MemoryNeed,
    available_ram_bytes,
    check_fit,
    choose_cpu_dtype,
)
from chalklens.engines.reuse import Reuse
from chalklens.engines.torchvision_operators import declare_operators
from chalklens.errors import ChalklensError, ModelError

MAX_THREADS = 8
CODE_SAFE = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to generate, with what belongs to it.

    `base` is the model without its adapter's wrapping; `think_end_id` is the token that ends a thinking
    model's thoughts, None for other models.
    """

    model: Any
    base: Any
    reuse: Reuse
    processor: Any
    device: torch.device
    dtype: str
    min_pixels: int
    max_pixels: int
    stop_ids: tuple[int, ...]
    pad_id: int
    vocabulary: int
    context_tokens: int
    think_end_id: int | None

    @property
    def tokenizer(self) -> Any:
        """The processor's tokenizer."""
        return self.processor.tokenizer


def load_model(spec: Mapping[str, Any]) -> LoadedModel:
    """Load what `LocalEngine` describes.

    Raises:
        ModelError: It does not fit, a package is missing, or the files cannot be loaded.
    """
    try:
        return _load(spec)
    except ChalklensError:
        raise
    except torch.OutOfMemoryError as error:
        raise ModelError(
            "The model does not fit into the GPU's memory.",
            "Use `--quantize nf4`, a smaller model or `--device cpu`.",
            code="does_not_fit",
        ) from error
    except Exception as error:
        reason = str(error).replace(spec["folder"], "the model folder").splitlines() or [""]
        raise ModelError(
            f"The model cannot be loaded: {type(error).__name__}: {reason[0][:300]}",
            "`chalklens models show NAME` checks the files; pull it again if they are damaged.",
            code="load_failed",
        ) from error
    finally:
        gc.collect()


def _load(spec: Mapping[str, Any]) -> LoadedModel:
    declare_operators()
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(spec["threads"] or min(torch.get_num_threads(), MAX_THREADS))
    device = _choose_device(spec["device"])
    need = MemoryNeed(
        spec["parameters"],
        spec["layer_parameters"],
        spec["cache_values_per_token"],
        spec["max_pixels"],
    )
    free = _free_bytes(device)
    dtype = _choose_dtype(spec["dtype"], device, need, free)
    check_fit(need, dtype, spec["quantize"], free)
    processor = AutoProcessor.from_pretrained(spec["folder"], **CODE_SAFE)
    processor.tokenizer.padding_side = "left"
    model = AutoModelForImageTextToText.from_pretrained(
        spec["folder"],
        dtype=getattr(torch, dtype),
        device_map={"": str(device)},
        attn_implementation="sdpa",
        use_safetensors=True,
        quantization_config=_quantization(spec["quantize"], dtype),
        **CODE_SAFE,
    ).eval()
    stop_ids, pad_id = _end_tokens(model, processor.tokenizer)
    text_config = model.config.text_config
    adapted = _with_adapter(model, spec["adapter"])
    return LoadedModel(
        model=adapted,
        base=model,
        reuse=Reuse(model, _free_bytes(device)),
        processor=processor,
        device=device,
        dtype=dtype,
        min_pixels=spec["min_pixels"],
        max_pixels=_bound_pixels(spec["max_pixels"], processor),
        stop_ids=stop_ids,
        pad_id=pad_id,
        vocabulary=text_config.vocab_size,
        context_tokens=text_config.max_position_embeddings,
        think_end_id=_think_end_id(processor),
    )


def _choose_device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ModelError(
            "The device cuda was asked for, and torch finds no CUDA GPU.",
            "Use `--device auto`, or install a CUDA build of torch.",
            code="no_device",
        )
    return torch.device(name)


def _free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return available_ram_bytes()


def _choose_dtype(asked: str, device: torch.device, need: MemoryNeed, free_bytes: int) -> str:
    if asked != "auto":
        return asked
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    if device.type == "mps":
        return "float16"
    capabilities = torch.cpu.get_capabilities()
    fast = bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
    return choose_cpu_dtype(need, free_bytes, fast_bfloat16=fast)


def _quantization(quantize: str, dtype: str) -> Any:
    """Text layers in NF4; the vision tower and the output layer stay as they are."""
    if quantize == "none":
        return None
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=getattr(torch, dtype),
        llm_int8_skip_modules=["visual", "lm_head"],
    )


def _with_adapter(model: Any, folder: str) -> Any:
    """Put one adapter on the model, and refuse one that fits only in part."""
    if not folder:
        return model
    from peft import PeftModel

    from chalklens.engines.moe_lora.registration import register_moe_lora

    register_moe_lora()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adapted = PeftModel.from_pretrained(model, folder, is_trainable=False)
    if any("missing adapter keys" in str(warning.message) for warning in caught):
        raise ModelError(
            f"The adapter {Path(folder).name} does not fit the model: some of its layers have no "
            "weights.",
            "Use the model it was trained on.",
            code="adapter_mismatch",
        )
    return adapted.eval()


def _end_tokens(model: Any, tokenizer: Any) -> tuple[tuple[int, ...], int]:
    """Return the ids that end a turn and the padding id."""
    ends = model.generation_config.eos_token_id
    listed = ends if isinstance(ends, list) else [ends]
    known = [token for token in (*listed, tokenizer.eos_token_id) if token is not None]
    pad = tokenizer.pad_token_id
    return tuple(dict.fromkeys(known)), known[0] if pad is None else pad


def _think_end_id(processor: Any) -> int | None:
    """Find out whether the chat template opens a thought by itself, as Thinking models' do."""
    turn = [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]
    prompt = processor.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    if not prompt.rstrip().endswith("<think>"):
        return None
    token = processor.tokenizer.convert_tokens_to_ids("</think>")
    return token if isinstance(token, int) else None


def _bound_pixels(max_pixels: int, processor: Any) -> int:
    """The fewer of what we allow and what the model was made for (Qwen3-VL's `longest_edge`)."""
    size = processor.image_processor.size
    return min(max_pixels, size["longest_edge"] or max_pixels)
