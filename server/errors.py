"""Failures as tool results that a model can act on.

How it is used: `ChalklensServer.call_tool` (`server/app.py`) catches what a tool raised and returns
`failed_result(explain_call(...))`. Text and structured content each say it all, because some hosts show
only one of them; the structured one is valid under every tool's output schema.

What it leaves out: protocol errors (the SDK's). What is not a `ChalklensError` is a bug: it goes to
the log with its traceback, and the client learns only that it happened.
"""

import contextlib
import logging
from collections.abc import Generator, Mapping
from typing import Any

from mcp.server.mcpserver.exceptions import (
    ResourceError,
    ResourceNotFoundError,
    ToolError,
    UnexpectedToolError,
)
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, TextContent
from pydantic import ValidationError

from chalklens.errors import ChalklensError, InputError
from tools.cleaning import clean_text
from tools.results import Failure, ToolResult

log = logging.getLogger(__name__)

MAX_PROBLEMS = 5
MAX_NAME_CHARS = 80


def failed_result(failure: Failure) -> CallToolResult:
    """Return a failed tool result."""
    document = ToolResult(status="failed", error=failure).model_dump(exclude_none=True)
    text = f"{failure.message} {failure.hint}".strip()
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=document, is_error=True
    )


def explain_call(error: ToolError, name: str, tools: Mapping[str, Tool]) -> Failure:
    """Say why a call through the SDK failed and what helps."""
    if name not in tools:
        return _explain_unknown_tool(name, tools)
    cause = error.__cause__
    if isinstance(cause, ValidationError) and not isinstance(error, UnexpectedToolError):
        return _explain_arguments(cause, tools[name])
    return explain(cause or error, name)


def explain(error: BaseException, name: str) -> Failure:
    """Say why `name` failed and what helps; a bug is logged and only named."""
    if isinstance(error, ChalklensError):
        return Failure(code=error.code, message=error.message, hint=error.hint)
    log.error("%s failed unexpectedly", name, exc_info=error)
    return Failure(
        code="internal",
        message=f"{name} failed because of a bug in the server.",
        hint="Details are in the server's log (stderr). Other calls still work.",
    )


def _explain_unknown_tool(name: str, tools: Mapping[str, Tool]) -> Failure:
    return Failure(
        code="unknown_tool",
        message=f"There is no tool {_quote(name)} here.",
        hint=f"Tools: {', '.join(tools)}.",
    )


def _explain_arguments(error: ValidationError, tool: Tool) -> Failure:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    told = [_tell_problem(problem) for problem in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        told.append(f"and {len(problems) - MAX_PROBLEMS} more problems")
    properties: dict[str, Any] = tool.parameters.get("properties", {})
    parts = dict.fromkeys(str(p["loc"][0]) for p in problems[:MAX_PROBLEMS] if len(p["loc"]) > 1)
    nested = {name: members for name in parts if (members := _find_members(properties, name))}
    hints = [f"It takes: {_list_names(tool.parameters)}."]
    hints += [f"{name} takes: {_list_names(members)}." for name, members in nested.items()]
    return Failure(
        code="invalid_arguments",
        message=f"{tool.name} cannot be called like this: {'; '.join(told)}.",
        hint=" ".join(hints),
    )


def _find_members(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the schema of an argument that is an object, or of the objects in a list of them."""
    schema: dict[str, Any] = properties.get(name, {})
    for found in (schema, schema.get("items", {})):
        if "properties" in found:
            return found
    return {}


def _list_names(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    names = schema.get("properties", {})
    return ", ".join(f"{name} (required)" if name in required else name for name in names)


def _tell_problem(problem: Any) -> str:
    where = _quote(".".join(str(part) for part in problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"{where} is not an argument"
    if problem["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {clean_text(problem['msg'][0].lower() + problem['msg'][1:])}"


def _quote(name: str) -> str:
    short = name if len(name) <= MAX_NAME_CHARS else name[:MAX_NAME_CHARS] + "..."
    return f"`{clean_text(short)}`"


@contextlib.contextmanager
def explained_reading() -> Generator[None, None, None]:
    """Turn what the reader of a resource can act on into errors of the protocol."""
    try:
        yield
    except InputError as error:
        raise ResourceNotFoundError(clean_text(str(error))) from None
    except ChalklensError as error:
        raise ResourceError(clean_text(str(error))) from None
