"""The JSON Schema of an answer with labels, to constrain an engine by grammar.

How it is used: `GenerateRequest(..., json_schema=label_json_schema(vocabulary))` with the
`Vocabulary` or `Ontology` whose ids the model was trained on; the answer then parses without a
rejected term. What it leaves out: dimensions are independent, so contradicting labels are possible.
"""

from typing import Any, Final, Protocol

from chalklens.edugraph.concept import DIMENSIONS, Dimension

# Both forms occur in what the published model was trained on; the grammar lets it keep its own.
KEY_FORMS: Final = (("Area", "Scope", "Ability"), ("Areas", "Scopes", "Abilities"))
UNSUPPORTED_MATERIAL: Final = "UnsupportedMaterial"
MAX_LABELS_PER_DIMENSION: Final = 16  # the richest page of the training data has 9


class IdSource(Protocol):
    """An ontology or an older vocabulary."""

    def ids(self, dimension: Dimension) -> tuple[str, ...]:
        """All ids of one dimension, sorted."""
        ...


def label_json_schema(source: IdSource) -> dict[str, Any]:
    """The schema: an object with three lists of ids, or `{"Error": "UnsupportedMaterial"}`.

    Returns:
        A JSON Schema (2020-12) with one enumeration per dimension under `$defs`.
    """
    definitions = {
        dimension: {
            "type": "array",
            "items": {"type": "string", "enum": list(source.ids(dimension))},
            "maxItems": MAX_LABELS_PER_DIMENSION,
        }
        for dimension in DIMENSIONS
    }
    unsupported = {"Error": {"type": "string", "const": UNSUPPORTED_MATERIAL}}
    return {
        "anyOf": [*(_labels(keys) for keys in KEY_FORMS), _closed_object(unsupported)],
        "$defs": definitions,
    }


def _labels(keys: tuple[str, ...]) -> dict[str, Any]:
    pairs = zip(keys, DIMENSIONS, strict=True)
    return _closed_object({key: {"$ref": f"#/$defs/{dimension}"} for key, dimension in pairs})


def _closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
