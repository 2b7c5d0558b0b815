"""JSON and JSON Lines: one line per value with the way to it, `author.name: Ada`.

How it is used: `load_json(text, limits)`, `load_json_lines(text, limits)`. Records (the items of an
outer list, or the lines) are separated by an empty line. What is not valid JSON, or nested too deep to
be parsed, is loaded as the plain text it is.

What it leaves out: schemas, references, types.
"""

import json
from collections.abc import Iterator
from typing import Any, cast

from retrieval.loaders.cleaning import clean_text
from retrieval.loaders.draft import Draft, DraftBuilder, check_count
from retrieval.loaders.limits import LoadLimits

PATH_CHARS = 200
_UNREADABLE = (ValueError, RecursionError)


def load_json(text: str, limits: LoadLimits) -> Draft:
    """Return the values of a JSON file.

    Raises:
        MediaError: Over a limit.
    """
    try:
        value: Any = json.loads(text)
    except _UNREADABLE:
        builder = DraftBuilder(limits)
        builder.add(text)
        return builder.finish()
    records = cast("list[Any]", value) if isinstance(value, list) else [value]
    return _join((_write_value(record) for record in records), limits)


def load_json_lines(text: str, limits: LoadLimits) -> Draft:
    """Return the values of a file with one JSON record per line.

    Raises:
        MediaError: Over a limit.
    """
    lines = (line for line in clean_text(text).split("\n") if line.strip())
    return _join((_write_line(line) for line in lines), limits)


def _join(records: Iterator[str], limits: LoadLimits) -> Draft:
    builder = DraftBuilder(limits)
    for number, record in enumerate(records, start=1):
        check_count(number, limits.rows, "records")
        builder.add(record)
    return builder.finish()


def _write_line(line: str) -> str:
    try:
        return _write_value(json.loads(line))
    except _UNREADABLE:
        return line


def _write_value(value: Any) -> str:
    return "\n".join(_list_values(value))


def _list_values(value: Any) -> Iterator[str]:
    """Lines for all scalars in order; nested as deep as the parser allows, so without recursion."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, found = waiting.pop()
        if isinstance(found, dict):
            items = cast("dict[str, Any]", found).items()
            waiting += reversed([(_extend(path, key), item) for key, item in items])
        elif isinstance(found, list):
            waiting += _unfold(path, cast("list[Any]", found))
        elif found is not None and found != "":
            shown = json.dumps(found) if isinstance(found, bool) else str(found)
            yield f"{path}: {shown}" if path else shown


def _extend(path: str, key: str) -> str:
    """The way to a value, the last part of it where it is long."""
    return (f"{path}.{key}" if path else key)[-PATH_CHARS:]


def _unfold(path: str, items: list[Any]) -> Iterator[tuple[str, Any]]:
    """Scalars go on one line, anything else one by one, the last first."""
    if all(not isinstance(item, dict | list) for item in items):
        yield path, ", ".join(str(item) for item in items if item is not None)
        return
    yield from reversed([(path, item) for item in items])
