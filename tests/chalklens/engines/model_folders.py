"""Model folders for tests that look at files only: right names, right headers, no real weights.

How it is used: `write_model(folder)` makes a folder that `inspect_model` accepts; tests then damage
it. Weight files are sparse: a tensor may claim any size without taking disk space.
"""

import json
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LAYER = "model.language_model.layers.0.self_attn"
TENSORS: dict[str, tuple[int, ...]] = {
    "model.language_model.embed_tokens.weight": (100, 8),
    f"{LAYER}.q_proj.weight": (16, 8),
    f"{LAYER}.v_proj.weight": (8, 8),
    "model.visual.blocks.0.attn.qkv.weight": (24, 8),
    "lm_head.weight": (100, 8),
}
CONFIG: dict[str, Any] = {
    "model_type": "qwen3_vl",
    "text_config": {"num_hidden_layers": 1, "num_key_value_heads": 2, "head_dim": 4},
}


def write_weights(path: Path, tensors: Mapping[str, tuple[int, ...]]) -> Path:
    """Write a safetensors file of zeros in float32."""
    header: dict[str, Any] = {}
    end = 0
    for name, shape in tensors.items():
        size = 4
        for side in shape:
            size *= side
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    table = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(table)) + table)
    os.truncate(path, 8 + len(table) + end)
    return path


def write_model(
    folder: Path, tensors: Mapping[str, tuple[int, ...]] = TENSORS, **config: Any
) -> Path:
    """Write a complete model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **config}))
    for name in ("processor_config.json", "tokenizer_config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    write_weights(folder / "model.safetensors", tensors)
    return folder


def write_adapter(folder: Path, tensors: Mapping[str, tuple[int, ...]], **config: Any) -> Path:
    """Write an adapter folder."""
    folder.mkdir(parents=True, exist_ok=True)
    described = {"peft_type": "LORA", "target_modules": ["q_proj"], **config}
    (folder / "adapter_config.json").write_text(json.dumps(described))
    write_weights(folder / "adapter_model.safetensors", tensors)
    return folder
