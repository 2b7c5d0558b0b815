"""From an annotated function to a tool that takes its own arguments and no others.

How it is used: `define_tool(read_text, title=..., description=..., open_world=False)` at the end of
each tool file. What it leaves out: registration and switches (`server/app.py`).

Two things differ from the SDK's own tools: unknown arguments are refused instead of dropped, so
that a misspelt one is noticed; and schemas are simplified, because every client pays for them in
tokens.
"""

from collections.abc import Awaitable, Callable
from types import CodeType
from typing import Any, cast

from mcp.server.mcpserver.resolve import build_resolver_plans, find_resolved_parameters
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import create_model

# Reading a signature and writing its schemas takes most of the time that a server takes to build.
# Every toolbox has functions of its own, closures of the same few pieces of code.
_read: dict[CodeType, Tool] = {}


def define_tool(
    function: Callable[..., Awaitable[CallToolResult]],
    *,
    title: str,
    description: str,
    open_world: bool,
    read_only: bool = True,
    destructive: bool = False,
) -> Tool:
    """Make a tool of an async function annotated `-> Annotated[CallToolResult, ResultModel]`.

    Args:
        function: Its name is the tool's name. What its annotations say depends on its code alone, not
            on what it closes over, except for arguments that are resolved.
        title: For people.
        description: For models: when to use it and when not.
        open_world: It may reach the network.
        read_only: It changes nothing. Tools that do are left out by `--read-only`.
        destructive: It may take something away; said only of tools that change something.
    """
    annotations = ToolAnnotations(
        read_only_hint=read_only,
        destructive_hint=None if read_only else destructive,
        open_world_hint=open_world,
    )
    tool = _read.get(function.__code__)
    if tool is None:
        tool = _read[function.__code__] = _read_signature(function)
    told = {"title": title, "description": description, "annotations": annotations}
    return tool.model_copy(update={"fn": function, **_resolve(function, tool), **told})


def _resolve(function: Callable[..., Awaitable[CallToolResult]], tool: Tool) -> dict[str, Any]:
    """How this very function's arguments are resolved: by functions that it closes over."""
    if not tool.resolved_params:
        return {}
    found = find_resolved_parameters(function)
    names = {field.alias or name for name, field in tool.fn_metadata.arg_model.model_fields.items()}
    return {"resolved_params": found, "resolver_plans": build_resolver_plans(found, names)}


def _read_signature(function: Callable[..., Awaitable[CallToolResult]]) -> Tool:
    tool = Tool.from_function(function)
    loose = tool.fn_metadata.arg_model
    strict = create_model(loose.__name__, __base__=loose, __cls_kwargs__={"extra": "forbid"})
    tool.fn_metadata.arg_model = strict
    tool.parameters = simplify(inline_definitions(strict.model_json_schema(by_alias=True)))
    tool.fn_metadata.output_schema = simplify(
        tool.fn_metadata.output_schema, defaults=False, model_docs=False
    )
    return tool


def inline_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema whose objects stand where they are used.

    Several hosts do not follow `$ref` in the arguments of a tool. Definitions must not be recursive.
    """
    definitions: dict[str, Any] = schema.pop("$defs", {})
    return cast("dict[str, Any]", _inline(schema, definitions))


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = cast("dict[str, Any]", node)
    if reference := members.get("$ref"):
        target = definitions[str(reference).rsplit("/", 1)[-1]]
        members = target | {key: value for key, value in members.items() if key != "$ref"}
    return {key: _inline(value, definitions) for key, value in members.items()}


def simplify(schema: Any, *, defaults: bool = True, model_docs: bool = True) -> Any:
    """Return a JSON Schema that says the same to a model in fewer tokens.

    Titles and null defaults go; `X or null` becomes `X`, because an absent value says the same.
    Properties that are named like a keyword stay.

    Args:
        schema: As pydantic makes it.
        defaults: Keep the other defaults.
        model_docs: Keep the descriptions of whole objects, which are docstrings.
    """
    if isinstance(schema, list):
        items = cast("list[Any]", schema)
        return [simplify(item, defaults=defaults, model_docs=model_docs) for item in items]
    if not isinstance(schema, dict):
        return schema
    members = cast("dict[str, Any]", schema)
    dropped = ["title", *([] if defaults else ["default"])]
    if not model_docs and "properties" in members:
        dropped.append("description")
    kept = {
        key: simplify(value, defaults=defaults, model_docs=model_docs)
        for key, value in members.items()
        if isinstance(value, dict) or not (key in dropped or (key == "default" and value is None))
    }
    return _without_null(kept)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) != 1:
        return schema
    return options[0] | {key: value for key, value in schema.items() if key != "anyOf"}
