"""JSON from models: held to a schema by grammar where the engine can, read carefully everywhere.

How it is used: `read_object(generation)` for the object, then `texts`, `flag`, `number` for its
members; whatever is missing or of the wrong type is left out or bounded, never trusted. What it
leaves out: what to do without an object; each agent has a safe default and says so in the trace.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from chalklens.types import Generation, JsonObject

_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")


class UnusableAnswer(Exception):
    """A model's answer that holds no object; the message says why, in a few words."""


def closed_object(properties: JsonObject) -> dict[str, Any]:
    """Return the schema of an object that has exactly these members."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items: JsonObject, least: int, most: int) -> dict[str, Any]:
    """Return the schema of a bounded list."""
    return {"type": "array", "items": dict(items), "minItems": least, "maxItems": most}


def read_object(generation: Generation) -> dict[str, Any]:
    """Return the object of an answer, from a code fence too.

    Raises:
        UnusableAnswer: There is none.
    """
    text = _FENCE.sub("", generation.text)
    if not text.strip():
        raise UnusableAnswer("the model returned nothing")
    try:
        found: object = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise UnusableAnswer(_describe_break(generation)) from None
    if not isinstance(found, dict):
        raise UnusableAnswer("the model's JSON is no object")
    return cast("dict[str, Any]", found)


def _describe_break(generation: Generation) -> str:
    if generation.finish_reason == "loop":
        return "the model repeated itself without end"
    if generation.finish_reason == "length":
        return f"the model was cut off at {generation.tokens} tokens"
    return "the model's JSON is broken"


def members(found: JsonObject, key: str) -> list[Any]:
    """Return a list member; empty when it is missing or no list."""
    value = found.get(key)
    return cast("list[Any]", value) if isinstance(value, list) else []


def texts(found: JsonObject, key: str, most: int, max_chars: int) -> tuple[str, ...]:
    """Return the distinct strings of a list member that say something, bounded."""
    lines = (" ".join(item.split())[:max_chars] for item in members(found, key) if _is_text(item))
    return tuple(dict.fromkeys(line for line in lines if line))[:most]


def objects(found: JsonObject, key: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list member."""
    return (cast("dict[str, Any]", m) for m in members(found, key) if isinstance(m, dict))


def text(found: JsonObject, key: str, max_chars: int) -> str:
    """Return a string member, stripped and bounded; empty when it is missing or no string."""
    value = found.get(key)
    return value.strip()[:max_chars].rstrip() if isinstance(value, str) else ""


def flag(found: JsonObject, key: str, default: bool) -> bool:
    """Return a Boolean member."""
    value = found.get(key)
    return value if isinstance(value, bool) else default


def whole_number(value: object) -> int | None:
    """Return an integer, of a float or a string of digits too; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
