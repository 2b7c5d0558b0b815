"""The numbers of a run: recipes by name, and single ones changed with `--set`.

How it is used: `load_recipe("coco-lora", {"epochs": "3"})` gives one `AdapterRecipe` for every stage.
Recipes are YAML files in `recipes/`: fields of `AdapterRecipe`, and `stages`, a list of fields that
differ by stage. What it leaves out: paths, which belong to a run (`run.py`).
"""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, cast, get_args

from chalklens.engines.configuration import (
    MAX_EXPERTS,
    MAX_PIXELS,
    MIN_PIXELS,
    PIXELS_PER_TOKEN,
)
from chalklens.errors import InputError

Method = Literal["lora", "moe-lora", "ia3", "dora"]
Rows = Literal["all", "pictures", "text"]
METHODS: tuple[Method, ...] = get_args(Method)
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
VISION = ("attn.qkv", "attn.proj", "linear_fc1", "linear_fc2")
DEFAULT_TARGETS: Mapping[Method, tuple[str, ...]] = {
    "lora": (*ATTENTION, *VISION),
    "moe-lora": (*ATTENTION, *VISION),
    "dora": (*ATTENTION, *VISION),
    # The three places of the IA3 paper (arXiv 2205.05638): keys, values, inside the feed-forward.
    "ia3": ("k_proj", "v_proj", "down_proj", "attn.qkv", "linear_fc2"),
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "method": METHODS,
    "rows": get_args(Rows),
    "quantize": ("none", "nf4"),
    "optimizer": ("adamw", "adamw-8bit", "paged-adamw-8bit"),
    "schedule": ("constant", "linear", "cosine"),
    "trackers": ("tensorboard", "swanlab"),
}


@dataclass(frozen=True, slots=True)
class AdapterRecipe:
    """Numbers of one stage.

    Attributes:
        method: What kind of adapter.
        stage, rows: Name of the stage, and which rows it learns: those with pictures or without.
        rank, alpha, dropout: Of LoRA, DoRA and each expert; IA3 has none of them.
        experts, top_k, balance_weight, z_weight: Of a mixture (`engines/moe_lora/config.py`).
        targets: Names of linear layers or their ends; empty takes the method's own.
        learning_rate, schedule, warmup_share, weight_decay, max_grad_norm: Of AdamW.
        epochs: Passes over the rows.
        batch, accumulation: Rows of a pass, and passes of an optimizer step.
        min_pixels, max_pixels: Of a picture or frame after resizing; 1,024 are one token.
        max_tokens: A longer row is refused, never cut.
        frames_per_second, max_frames: Taken from a video.
        quantize: `nf4` keeps the base's text layers in four bits (double quantisation).
        optimizer: `adamw-8bit` keeps its state in 8 bits (arXiv 2110.02861) through bitsandbytes;
            `paged-adamw-8bit` moves it to main memory when the GPU's is short, and needs a CUDA GPU.
        checkpointing: Compute activations twice instead of keeping them.
        save_every_steps, keep_checkpoints, log_every_steps: Steps of the optimizer.
        trackers: `tensorboard`, `swanlab`; JSON lines and plots are always written.
        seed: Of first weights, order and dropout.
        loaders: Processes that prepare rows; 0 is the training process itself.
    """

    method: Method = "lora"
    stage: str = "adapter"
    rows: Rows = "all"
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.05
    experts: int = 4
    top_k: int = 1
    balance_weight: float = 0.01
    z_weight: float = 0.001
    targets: tuple[str, ...] = ()
    learning_rate: float = 1e-4
    schedule: str = "linear"
    warmup_share: float = 0.0
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    epochs: float = 5.0
    batch: int = 1
    accumulation: int = 8
    min_pixels: int = 64 * PIXELS_PER_TOKEN
    max_pixels: int = 512 * PIXELS_PER_TOKEN
    max_tokens: int = 4096
    frames_per_second: float = 2.0
    max_frames: int = 32
    quantize: str = "none"
    optimizer: str = "adamw"
    checkpointing: bool = True
    save_every_steps: int = 100
    keep_checkpoints: int = 2
    log_every_steps: int = 10
    trackers: tuple[str, ...] = ()
    seed: int = 0
    loaders: int = 0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            InputError: One of them is out of range or not among its choices.
        """
        for name, allowed in CHOICES.items():
            given: Any = getattr(self, name)
            for value in cast("tuple[Any, ...]", given if name == "trackers" else (given,)):
                if value not in allowed:
                    raise InputError(f"{name} cannot be {value!r}.", f"Use {', '.join(allowed)}.")
        self._check_numbers()
        if not MIN_PIXELS <= self.min_pixels <= self.max_pixels <= MAX_PIXELS:
            raise InputError(
                f"A picture cannot have {self.min_pixels} to {self.max_pixels} pixels.",
                f"Qwen3-VL takes {MIN_PIXELS} to {MAX_PIXELS}.",
            )
        if not 0 <= self.dropout < 1 or not 0 <= self.warmup_share < 1:
            raise InputError("dropout and warmup_share are shares from 0 to below 1.")

    def _check_numbers(self) -> None:
        for name in FIELDS:
            value = getattr(self, name)
            if not isinstance(value, int | float):
                continue
            if not 0 <= value < math.inf or (value == 0 and name in POSITIVE):
                least = "above zero" if name in POSITIVE else "zero or more"
                raise InputError(f"{name} must be {least}.", f"Leave out --set {name}=... .")
        if self.seed > MAX_SEED:
            raise InputError(f"seed must be at most {MAX_SEED}.", "Leave out --set seed=... .")
        if self.method == "moe-lora" and not self.top_k <= self.experts <= MAX_EXPERTS:
            raise InputError(
                f"A token cannot use {self.top_k} of {self.experts} experts.",
                f"Set experts to at most {MAX_EXPERTS}, and top_k to at most experts.",
            )

    @property
    def wanted_targets(self) -> tuple[str, ...]:
        """The targets, the method's own if none are named."""
        return self.targets or DEFAULT_TARGETS[self.method]


POSITIVE = (
    "rank", "alpha", "experts", "top_k", "learning_rate", "max_grad_norm", "epochs", "batch",
    "accumulation", "max_tokens", "frames_per_second", "max_frames", "save_every_steps",
    "keep_checkpoints", "log_every_steps",
)  # fmt: skip
MAX_SEED = 2**32 - 1
"""What numpy takes."""
FIELDS = {item.name: item for item in dataclasses.fields(AdapterRecipe)}


KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a word",
}


def recipe_names() -> list[str]:
    """Names of the recipes that come with the package."""
    folder = _folder()
    return sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith("yaml"))


def load_recipe(name: str | None, changes: Mapping[str, str]) -> tuple[AdapterRecipe, ...]:
    """Return the stages of a recipe, with some of their numbers changed in all of them.

    Raises:
        InputError: There is no such recipe, field or value.
    """
    content = _read(name) if name else {}
    stages = cast("list[dict[str, Any]]", content.pop("stages", [{}]))
    changed = {key: _parse(key, value) for key, value in changes.items()}
    return tuple(_build({**content, **stage, **changed}) for stage in stages)


def parse_settings(settings: list[str]) -> dict[str, str]:
    """Split `key=value` of the command line.

    Raises:
        InputError: One has no `=`.
    """
    pairs = [setting.partition("=") for setting in settings]
    for key, sign, _ in pairs:
        if not sign:
            raise InputError(f"--set {key} has no value.", "Write --set epochs=3.")
    return {key.strip().replace("-", "_"): value.strip() for key, _, value in pairs}


def _read(name: str) -> dict[str, Any]:
    import yaml

    if name not in recipe_names():
        raise InputError(f"There is no recipe {name!r}.", f"Use {', '.join(recipe_names())}.")
    text = (_folder() / f"{name}.yaml").read_text("utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


def _build(values: Mapping[str, Any]) -> AdapterRecipe:
    lists: dict[str, Any] = {
        key: tuple(cast("list[Any]", value))
        for key, value in values.items()
        if isinstance(value, list)
    }
    numbers: dict[str, Any] = {**values, **lists}
    return AdapterRecipe(**numbers)


def _folder() -> Traversable:
    return files("chalklens.training.adapters") / "recipes"


def _parse(key: str, text: str) -> Any:
    """Read a value as its field's default says."""
    if key not in FIELDS:
        near = difflib.get_close_matches(key, FIELDS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(FIELDS)}."
        raise InputError(f"A recipe has no number called {key!r}.", hint)
    default: Any = FIELDS[key].default
    try:
        if isinstance(default, tuple):
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        return type(default)(text)
    except (ValueError, KeyError):
        kind = KINDS[type(FIELDS[key].default)]
        raise InputError(f"{key} cannot be {text!r}.", f"Give {kind}, like {default}.") from None
