"""Whether an answer keeps to the JSON Schema it was asked for.

How it is used: `find_schema_break(text, request)`, where no grammar of ours made the answer: by the
engine of an endpoint, and by the fake. What it leaves out: making answers keep to it (`grammar.py`).
"""

import json

from chalklens.types import GenerateRequest


def find_schema_break(text: str, request: GenerateRequest) -> str:
    """Say how an answer breaks the request's JSON Schema; empty when it keeps to it."""
    import jsonschema  # needed for this check only

    if request.json_schema is None:
        return ""
    try:
        jsonschema.validate(json.loads(text), request.json_schema)  # pyright: ignore[reportUnknownMemberType, reportArgumentType]
    except json.JSONDecodeError:
        return "it is no JSON"
    except jsonschema.ValidationError as error:
        return error.message[:200]
    return ""
