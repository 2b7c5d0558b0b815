# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A model with its adapter folded in, as a folder that any engine loads; and as GGUF.

How it is used: `merge_adapter(model, adapter, out)`; `check_converter(model, converter)`, then
`export_gguf(merged, out, converter)`. Weights are written as safetensors in the base's own number format. What it leaves out: mixtures of experts, whose
choice by token no single matrix holds; quantised bases, which lose twice (merge into the original).
"""

import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from chalklens.engines.inspection import inspect_adapter, inspect_model
from chalklens.errors import ModelError, UnavailableError
from chalklens.training.adapters.folders import describe_adapter
from chalklens.training.adapters.run_folder import publish

CONVERTER = "convert_hf_to_gguf.py"
CONVERTER_VARIABLE = "CHALKLENS_GGUF_CONVERTER"
GGUF_LIMIT_S = 3600
MISSING_MODULE = re.compile(r"No module named '([\w-]+)")


def merge_adapter(model: Path, adapter: Path, out: Path) -> Path:
    """Write the base with the adapter's changes.

    Raises:
        ModelError: The adapter does not fit the base, or cannot be merged.
    """
    facts = inspect_model(model)
    inspect_adapter(adapter, facts)
    if describe_adapter(adapter).method == "moe-lora":
        raise ModelError(
            "A mixture of LoRA experts cannot be merged into its model: each token chooses its own.",
            "Load it beside the model (--adapter), or train with --method lora.",
            code="adapter_unsupported",
        )
    publish(out, lambda folder: _write_merged(model, adapter, folder))
    return out


def check_converter(model: Path, converter: Path | None) -> None:
    """Let the converter write the model's vocabulary: what it lacks shows before anything is merged.

    Raises:
        UnavailableError: There is no converter, or it cannot convert this model.
    """
    script = find_converter(converter)
    with TemporaryDirectory() as folder:
        _convert(script, model, ["--outfile", str(Path(folder) / "vocabulary"), "--vocab-only"])


def export_gguf(model: Path, out: Path, converter: Path | None, outtype: str) -> list[Path]:
    """Write a text GGUF and the mmproj GGUF of the vision tower with llama.cpp's converter.

    Both appear in `out` once both are whole.

    Raises:
        UnavailableError: There is no converter, or it failed.
    """
    script = find_converter(converter)
    out.mkdir(parents=True, exist_ok=True)
    text, vision = f"{model.name}-{outtype}.gguf", f"mmproj-{model.name}-{outtype}.gguf"
    with TemporaryDirectory(dir=out, prefix=".gguf-") as folder:
        for name, extra in ((text, []), (vision, ["--mmproj"])):
            target = str(Path(folder) / name)
            _convert(script, model, ["--outfile", target, "--outtype", outtype, *extra])
        return [(Path(folder) / name).replace(out / name) for name in (text, vision)]


def find_converter(named: Path | None) -> Path:
    """The converter named on the command line, in the environment, or on the PATH.

    Raises:
        UnavailableError: There is none.
    """
    places = (named, os.environ.get(CONVERTER_VARIABLE), shutil.which(CONVERTER))
    for place in places:
        if place and Path(place).is_file():
            return Path(place)
    raise UnavailableError(
        f"llama.cpp's {CONVERTER} was not found.",
        "Get llama.cpp (github.com/ggml-org/llama.cpp), install its requirements, and name the "
        f"file: --converter PATH or {CONVERTER_VARIABLE}.",
    )


def _convert(script: Path, model: Path, arguments: list[str]) -> None:
    command = [sys.executable, str(script), str(model), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=GGUF_LIMIT_S, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise UnavailableError(f"llama.cpp's converter failed: {said[-1][:300]}", _advise(said[-1]))


def _advise(said: str) -> str:
    if missing := MISSING_MODULE.search(said):
        return f"Install what it needs beside chalklens: `pip install {missing[1]}`."
    if "pre-tokenizer" in said:
        return "It converts models with a published tokenizer, like Qwen's; this one has its own."
    return "See that it is of a llama.cpp that knows Qwen3-VL (October 2025 or later)."


def _write_merged(model: Path, adapter: Path, folder: Path) -> None:
    from chalklens.engines.torchvision_operators import declare_operators

    declare_operators()
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    from chalklens.engines.loading import CODE_SAFE

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    base = AutoModelForImageTextToText.from_pretrained(model, dtype="auto", **CODE_SAFE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
        merged = PeftModel.from_pretrained(base, str(adapter)).merge_and_unload(safe_merge=True)
    merged.save_pretrained(folder)
    AutoProcessor.from_pretrained(model, **CODE_SAFE).save_pretrained(folder)
