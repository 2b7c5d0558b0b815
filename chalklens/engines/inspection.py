"""What is refused before a model is loaded, and what its files say about it.

How it is used: `inspect_model(folder)` and `inspect_adapter(folder, facts)` in the server process:
JSON and file headers are read, no weights, no torch. What it leaves out: whether the model fits
into memory (`memory.py`, in the worker, which knows the device).

Refused: remote code, pickled weights, other architectures, damaged or missing files, adapters that
match no module. PEFT itself ignores a target that matches nothing as long as another one does, so
each target is checked on its own.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from chalklens.engines.weight_files import TensorFact, fingerprint, read_tensors
from chalklens.errors import ModelError

MODEL_TYPES = ("qwen3_vl", "qwen3_vl_moe")
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
MAX_JSON_BYTES = 4 << 20
# `auto_map` and friends name Python code; the last two name files loaded beside the weights.
CODE_KEYS = frozenset(
    {"auto_map", "trust_remote_code", "custom_pipelines", "transformers_weights", "extra_files"}
)
CONFIG_FILES = (
    "config.json",
    "generation_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "tokenizer_config.json",
    "chat_template.json",
    "adapter_config.json",
)
# Each group: one of these must be there.
PROCESSOR_FILES = (
    ("processor_config.json", "preprocessor_config.json"),
    ("tokenizer.json", "vocab.json"),
    ("tokenizer_config.json",),
)
ADAPTER_TYPES = ("LORA", "MOELORA", "IA3")
"""LoRA (with DoRA), the mixture of LoRA experts of `moe_lora`, and IA3, by their PEFT names."""
ORIGIN_FILE = "adapter_origin.json"
ADAPTER_SUFFIX = re.compile(r"\.(?:lora_(A|B)\.weight|moelora_(A|B|router)|(ia3)_l)$")
INPUT_PARTS = ("A", "router")
"""Parts whose columns are a layer's inputs; the rows of `B` are its outputs."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the files of a model say.

    Attributes:
        parameters: Values in all tensors; `layer_parameters` of them in the text layers, which is
            what NF4 shrinks.
        weight_bytes: Size of all tensors on disk.
        cache_values_per_token: Keys and values kept for one token, in numbers.
        shapes: Module name -> shape of its weight.
    """

    model_type: str
    parameters: int
    layer_parameters: int
    weight_bytes: int
    cache_values_per_token: int
    files: tuple[Path, ...]
    shapes: Mapping[str, tuple[int, ...]]


def inspect_model(folder: Path) -> ModelFacts:
    """Check a model folder and describe it.

    Raises:
        ModelError: With one of the codes `model_missing`, `model_incomplete`, `remote_code`,
            `pickled_weights`, `unsupported_model`, `broken_weights`.
    """
    if not folder.is_dir():
        raise ModelError(
            f"There is no model folder {folder.name!r}.",
            "Name a folder: `chalklens models show NAME` tells that of a model which is here, "
            "`chalklens models pull qwen3-vl-4b` downloads one.",
            code="model_missing",
        )
    config = _read_configs(folder)
    _check_type(config)
    for group in PROCESSOR_FILES:
        if not any((folder / name).is_file() for name in group):
            raise _incomplete(folder, " or ".join(group))
    files = _weight_files(folder)
    return _describe(config, files, [t for path in files for t in read_tensors(path)])


def inspect_adapter(folder: Path, facts: ModelFacts) -> None:
    """Check that an adapter is safe to load and belongs to this model.

    Raises:
        ModelError: With one of the codes `adapter_missing`, `pickled_weights`, `remote_code`,
            `adapter_unsupported`, `adapter_mismatch`, `broken_weights`.
    """
    if not (folder / "adapter_config.json").is_file():
        raise ModelError(
            f"There is no adapter in {folder.name!r}: adapter_config.json is missing.",
            "Give the folder that PEFT's save_pretrained wrote.",
            code="adapter_missing",
        )
    config = _read_configs(folder)
    weights = folder / "adapter_model.safetensors"
    if not weights.is_file():
        raise _pickled(folder) if _has_pickle(folder) else _incomplete(folder, weights.name)
    if config.get("peft_type") not in ADAPTER_TYPES:
        raise ModelError(
            f"The adapter is of type {config.get('peft_type')!r}; only {', '.join(ADAPTER_TYPES)} "
            "can be loaded.",
            "Train it as one of these: `chalklens train adapter --help`.",
            code="adapter_unsupported",
        )
    _check_base(folder, facts)
    _check_targets(config, facts.shapes)
    _check_tensors(read_tensors(weights), facts.shapes)


def unmatched_targets(targets: object, modules: Iterable[str]) -> list[str]:
    """Return the targets that match no module, by PEFT's own rules.

    A string is a regular expression for the whole name (`all-linear` always matches); in a list
    each entry is a name or the end of one.
    """
    names = list(modules)
    if isinstance(targets, str):
        found = targets == "all-linear" or any(re.fullmatch(targets, name) for name in names)
        return [] if found else [targets]
    listed = [str(t) for t in cast("list[object]", targets or [])]
    return [t for t in listed if not any(f".{name}".endswith(f".{t}") for name in names)]


def read_origin(folder: Path) -> dict[str, Any]:
    """What `chalklens train adapter` noted about an adapter; empty for one made elsewhere."""
    path = folder / ORIGIN_FILE
    return _read_json(path) if path.is_file() else {}


def read_trained_pixels(folder: Path) -> tuple[int, int] | None:
    """The least and the most pixels of the pictures an adapter has learnt from; None if not noted."""
    stages = read_origin(folder).get("stages")
    return (int(stages[-1]["min_pixels"]), int(stages[-1]["max_pixels"])) if stages else None


def _check_base(folder: Path, facts: ModelFacts) -> None:
    trained_on = read_origin(folder).get("base", {})
    expected = trained_on.get("fingerprint")
    if expected and expected != (found := fingerprint(facts.files)):
        raise ModelError(
            f"The adapter was trained on other weights: {trained_on.get('name')} ({expected}); "
            f"these are {found}.",
            "Use the model it was trained on, in the same files.",
            code="adapter_mismatch",
        )


def _read_configs(folder: Path) -> dict[str, Any]:
    """Return config.json or adapter_config.json after looking for code keys in all of them."""
    main: dict[str, Any] = {}
    for name in CONFIG_FILES:
        path = folder / name
        if not path.is_file():
            continue
        content = _read_json(path)
        if key := _code_key(content):
            raise ModelError(
                f"The model is refused: {name} has the key {key!r}, which runs or loads code of "
                "its own.",
                "Use a model that transformers supports without remote code.",
                code="remote_code",
            )
        if name in ("config.json", "adapter_config.json"):
            main = content
    return main


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError("too big")
        content: object = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _incomplete(path.parent, f"a readable {path.name}") from error
    if not isinstance(content, dict):
        raise _incomplete(path.parent, f"a readable {path.name}")
    return cast("dict[str, Any]", content)


def _code_key(content: object) -> str | None:
    """Find a key, at any depth, that makes transformers load code or further files."""
    if isinstance(content, dict):
        entries = cast("dict[str, object]", content)
        # Saved configs may hold the key with nothing in it.
        named = next((key for key in entries if key in CODE_KEYS and entries[key]), None)
        return named or next((k for v in entries.values() if (k := _code_key(v))), None)
    if isinstance(content, list):
        return next((k for v in cast("list[object]", content) if (k := _code_key(v))), None)
    return None


def _check_type(config: Mapping[str, Any]) -> None:
    if config.get("model_type") not in MODEL_TYPES:
        raise ModelError(
            f"The model is of type {config.get('model_type')!r}; the local engine runs "
            f"{' and '.join(MODEL_TYPES)} only.",
            "Use a Qwen3-VL model: `chalklens models pull qwen3-vl-4b`.",
            code="unsupported_model",
        )


def _weight_files(folder: Path) -> tuple[Path, ...]:
    index = folder / "model.safetensors.index.json"
    single = folder / "model.safetensors"
    if single.is_file():
        return (single,)
    if not index.is_file():
        raise _pickled(folder) if _has_pickle(folder) else _incomplete(folder, single.name)
    names = {str(name) for name in _read_json(index).get("weight_map", {}).values()}
    for name in sorted(names):
        if Path(name).name != name or not (folder / name).is_file():
            raise _incomplete(folder, name)
    return tuple(folder / name for name in sorted(names))


def _describe(
    config: Mapping[str, Any], files: tuple[Path, ...], tensors: list[TensorFact]
) -> ModelFacts:
    text = config.get("text_config", {})
    heads = text.get("num_key_value_heads") or text.get("num_attention_heads", 1)
    layers = [t for t in tensors if ".layers." in t.name and len(t.shape) > 1]
    return ModelFacts(
        model_type=config["model_type"],
        parameters=sum(t.parameters for t in tensors),
        layer_parameters=sum(t.parameters for t in layers),
        weight_bytes=sum(t.size_bytes for t in tensors),
        cache_values_per_token=2
        * heads
        * text.get("num_hidden_layers", 1)
        * text.get("head_dim", 128),
        files=files,
        shapes={t.name.removesuffix(".weight"): t.shape for t in tensors},
    )


def _check_targets(config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    matrices = [name for name, shape in shapes.items() if len(shape) > 1]
    if missing := unmatched_targets(config.get("target_modules"), matrices):
        raise ModelError(
            f"The adapter does not fit the model: no module is called {', '.join(missing)}.",
            "Retrain it with targets that exist, e.g. q_proj, v_proj, attn.qkv, mlp.linear_fc1.",
            code="adapter_mismatch",
        )


def _check_tensors(tensors: Iterable[TensorFact], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Compare an adapter's matrices with the weights they change."""
    for tensor in tensors:
        found = ADAPTER_SUFFIX.search(tensor.name)
        if not found:
            continue
        module = ADAPTER_SUFFIX.sub("", tensor.name).removeprefix("base_model.model.")
        shape = shapes.get(module)
        if shape is None or not _fits(found.group(found.lastindex or 0), tensor.shape, shape):
            raise ModelError(
                f"The adapter was trained for another model: {module} "
                + ("does not exist here." if shape is None else "has another size here."),
                "Use the model named in the adapter's adapter_config.json.",
                code="adapter_mismatch",
            )


def _fits(part: str | None, tensor: tuple[int, ...], weight: tuple[int, ...]) -> bool:
    """Whether a part of an adapter has the sides of its (out, in) weight."""
    if len(weight) != 2:
        return True
    if part == "ia3":
        return max(tensor) in weight
    side = 1 if part in INPUT_PARTS else 0
    return tensor[side] == weight[side]


def _has_pickle(folder: Path) -> bool:
    return any(path.suffix in PICKLED for path in folder.iterdir())


def _pickled(folder: Path) -> ModelError:
    return ModelError(
        f"The weights in {folder.name!r} are pickled, which can run code when loaded.",
        "Use a repository with safetensors files, or convert them once on a machine you trust.",
        code="pickled_weights",
    )


def _incomplete(folder: Path, missing: str) -> ModelError:
    return ModelError(
        f"The model in {folder.name!r} is incomplete: {missing} is missing or unreadable.",
        "Download it again: `chalklens models pull NAME` fetches only what is missing.",
        code="model_incomplete",
    )
