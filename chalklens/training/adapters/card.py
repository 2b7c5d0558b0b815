"""What is written beside an adapter: where it comes from, as JSON and as a model card.

How it is used: `describe_origin(...)` -> `adapter_origin.json`, `write_card(origin)` -> README.md. The
fingerprint of the base is what `engines/inspection.py` compares before it loads the adapter. What it
leaves out: the weights (PEFT).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chalklens.engines.inspection import ModelFacts
from chalklens.engines.weight_files import fingerprint
from chalklens.training.adapters.recipe import AdapterRecipe

PACKAGES = ("torch", "transformers", "peft")


def describe_origin(
    model: Path,
    facts: ModelFacts,
    stages: Sequence[AdapterRecipe],
    figures: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything needed to repeat a training.

    Args:
        model: Folder of the base.
        facts: What `inspect_model` read there.
        stages: The recipe.
        figures: What came out: parameters, losses, rows, sha256 of the data.
    """
    return {
        "method": stages[-1].method,
        "base": {"name": model.resolve().name, "fingerprint": fingerprint(facts.files)},
        "stages": [asdict(stage) for stage in stages],
        "figures": dict(figures),
        "packages": {name: version(name) for name in PACKAGES},
    }


def write_card(name: str, origin: Mapping[str, Any]) -> str:
    """The model card as Markdown."""
    base, figures, last = origin["base"], origin["figures"], origin["stages"][-1]
    lines = [
        "---",
        "library_name: peft",
        "tags: [qwen3-vl, chalklens]",
        "---",
        f"# {name}",
        "",
        f"An adapter ({origin['method']}) for the Qwen3-VL `{base['name']}`, trained with "
        "`chalklens train adapter`.",
        "",
        f"- Base weights: fingerprint `{base['fingerprint']}`; others are refused.",
        f"- Trained parameters: {figures['parameters']:,}",
        f"- Rows: {figures['train_rows']} to learn from, {figures['val_rows']} to measure on; "
        f"data sha256 `{figures['data_sha256'][:16]}`",
        f"- Loss: {_show(figures.get('train_loss'))} in training, "
        f"{_show(figures.get('val_loss'))} on validation rows",
        f"- Pictures: {last['min_pixels']} to {last['max_pixels']} pixels",
        f"- Packages: {', '.join(f'{k} {v}' for k, v in origin['packages'].items())}",
        "",
        "Load it: `chalklens serve --model BASE --adapter FOLDER`. All numbers of the recipe are in "
        "`adapter_origin.json`. What the base must not be used for, the adapter must not either; how "
        "good its answers are has to be measured on your own data (`chalklens eval`).",
        "",
    ]
    return "\n".join(lines)


def _show(loss: float | None) -> str:
    return "not measured" if loss is None else f"{loss:.4f}"
