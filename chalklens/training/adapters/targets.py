"""Which layers an adapter changes, checked name by name before anything is loaded.

How it is used: `resolve_targets(names, facts.shapes)` with what `inspect_model` read from the weight
files. PEFT ignores a target that matches nothing as long as another one does. What it leaves out: a
mixture-of-experts base, whose experts are no linear layers.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from chalklens.engines.inspection import unmatched_targets
from chalklens.errors import InputError

NEAR = 4
TABLES = ("embed_tokens", "pos_embed", "lm_head")
"""Two-dimensional weights that are no linear layer inside the model."""

Shapes = Mapping[str, tuple[int, ...]]


def resolve_targets(targets: Sequence[str], shapes: Shapes) -> dict[str, tuple[int, int]]:
    """Return the linear layers that the targets name, with (out, in).

    Raises:
        InputError: A target matches nothing, or something that is not linear; near names are told.
    """
    linear = {
        name: (shape[0], shape[1])
        for name, shape in shapes.items()
        if len(shape) == 2 and not name.endswith(TABLES)
    }
    if missing := unmatched_targets(list(targets), linear):
        raise InputError(
            f"No linear layer of the model is called {', '.join(missing)}.",
            f"Near names: {', '.join(_near(missing, linear))}.",
        )
    for name, shape in shapes.items():
        if len(shape) > 2 and _matches(name, targets):
            raise InputError(
                f"The targets also name {name}, which is no linear layer.",
                "Write the target longer, e.g. attn.proj instead of proj.",
            )
    return {name: sides for name, sides in linear.items() if _matches(name, targets)}


def _matches(name: str, targets: Iterable[str]) -> bool:
    return any(f".{name}".endswith(f".{target}") for target in targets)


def _near(missing: Iterable[str], linear: Iterable[str]) -> list[str]:
    ends = {end for name in linear for end in (name.split(".")[-1], ".".join(name.split(".")[-2:]))}
    found = [near for name in missing for near in difflib.get_close_matches(name, ends, NEAR, 0.3)]
    return list(dict.fromkeys(found)) or sorted(ends)[: 2 * NEAR]
