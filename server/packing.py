"""A result made small enough for every client: long lists are cut, the whole goes to an artifact.

How it is used: `pack_result(result, keep)` where `keep` stores bytes and returns their URI.

The bound: Claude Code cuts tool results at 25,000 tokens and Claude Desktop refuses 1 MiB. JSON full
of short numbers has about 1.5 bytes per token, so 36,000 bytes stay below both, with the text copy
counted once, as no host shows a model both copies at full length.

What it leaves out: which lists matter less; each result model says so in `cut_order`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent

from tools.results import CutOrder, ToolResult

MAX_RESULT_BYTES = 36_000
Place = tuple[dict[str, Any], str]


def pack_result(
    result: ToolResult, keep: Callable[[bytes], str], max_bytes: int = MAX_RESULT_BYTES
) -> CallToolResult:
    """Return structured content and the same as JSON text, both within `max_bytes`.

    A result of which nothing can be left out goes as it is, e.g. a job's, which was packed before.
    """
    document = result.model_dump(mode="json", exclude_none=True)
    text = to_json(document)
    links: list[ContentBlock] = []
    can_shorten = any(_find_group(document, group) for group in result.cut_order)
    if len(whole := text.encode()) > max_bytes and can_shorten:
        uri = keep(whole)
        document |= {"truncated": True, "artifact": uri}
        shorten(document, result.cut_order, max_bytes)
        text = to_json(document)
        links.append(
            ResourceLink(
                type="resource_link",
                uri=uri,
                name="complete result",
                mime_type="application/json",
                size=len(whole),
            )
        )
    content: list[ContentBlock] = [TextContent(type="text", text=text), *links]
    return CallToolResult(content=content, structured_content=document)


def to_json(document: Any) -> str:
    """Write compact JSON; characters beyond ASCII stay as they are."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def shorten(document: dict[str, Any], cut_order: CutOrder, max_bytes: int) -> None:
    """Halve lists and texts in place, the longest of a group first, until the document fits.

    Args:
        document: JSON object.
        cut_order: Groups of paths like `pictures.*.evidence`; a group is used up before the next.
        max_bytes: Of its JSON in UTF-8.
    """
    for group in cut_order:
        while _measure(document) > max_bytes:
            places = _find_group(document, group)
            if not places:
                break
            _halve_longest(places)


def _halve_longest(places: Sequence[Place]) -> None:
    """Halve what is at least half as long as the longest: a few rounds are enough for any number."""
    sizes = [_measure(node[key]) for node, key in places]
    for (node, key), size in zip(places, sizes, strict=True):
        if size * 2 >= max(sizes):
            node[key] = _first_half(node[key])


def _find_group(document: dict[str, Any], group: Sequence[str]) -> list[Place]:
    """Where the paths of a group lead to something that can be shortened."""
    return [place for path in group for place in _find(document, path.split("."))]


def _find(node: Any, keys: Sequence[str]) -> Iterator[Place]:
    """Where a path leads to something that is not empty: the object and the key in it."""
    head, *rest = keys
    if head == "*":
        for child in cast("list[Any]", node):
            yield from _find(child, rest)
    elif value := node.get(head):
        if rest:
            yield from _find(value, rest)
        else:
            yield node, head


def _measure(value: Any) -> int:
    return len(to_json(value).encode())


def _first_half(value: Any) -> Any:
    if isinstance(value, dict):
        members = list(cast("dict[str, Any]", value).items())
        return dict(members[: len(members) // 2])
    return value[: len(value) // 2]
