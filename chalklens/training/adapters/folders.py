"""Adapters on this machine: what is in a folder, and which folders are adapters.

How it is used: `find_adapters(root)`, `describe_adapter(folder)`: JSON and file headers, no weights.
What it leaves out: whether one fits a model (`engines/inspection.py`).
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalklens.engines.inspection import read_origin
from chalklens.engines.weight_files import read_tensors
from chalklens.errors import InputError, ModelError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MAX_DEPTH = 4
NAMES = {"LORA": "lora", "MOELORA": "moe-lora", "IA3": "ia3"}


@dataclass(frozen=True, slots=True)
class AdapterFacts:
    """What the files of an adapter say; `origin` is empty for one made elsewhere."""

    folder: Path
    method: str
    base: str
    parameters: int
    targets: tuple[str, ...]
    origin: dict[str, Any]


def find_adapters(root: Path) -> Iterator[Path]:
    """Yield the adapters in a folder and up to four levels below; those of unfinished runs too.

    Raises:
        InputError: There is no such folder.
    """
    if not root.is_dir():
        raise InputError(f"There is no folder {root}.", "Name the folder to look in.")
    for place, folders, files in os.walk(root):
        folder = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(folder.relative_to(root).parts) >= MAX_DEPTH:
            folders.clear()
        if CONFIG in files and WEIGHTS in files:
            folders.clear()
            yield folder


def describe_adapter(folder: Path) -> AdapterFacts:
    """Read one adapter.

    Raises:
        ModelError: It is none, or its files are damaged.
    """
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text("utf-8"))
        targets = config["target_modules"] or ()
        kind = str(config["peft_type"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder.name!r} is no adapter: {CONFIG} is missing or damaged.",
            "Name a folder that `chalklens train adapter` or PEFT wrote.",
            code="adapter_missing",
        ) from error
    method = "dora" if config.get("use_dora") else NAMES.get(kind, kind)
    return AdapterFacts(
        folder=folder,
        method=method,
        base=Path(str(config.get("base_model_name_or_path") or "an unnamed model")).name,
        parameters=sum(tensor.parameters for tensor in read_tensors(folder / WEIGHTS)),
        targets=(targets,) if isinstance(targets, str) else tuple(sorted(map(str, targets))),
        origin=read_origin(folder),
    )
