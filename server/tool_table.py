"""The README's table of tools, made from the server itself.

How it is used: `render_tool_table(create_server(Settings()))` returns Markdown; `just docs` writes it
between the marks in README.md and a test compares. What it leaves out: files.
"""

import asyncio
from typing import Any

from mcp.server import MCPServer
from mcp.types import Tool

HEAD = "| tool | purpose | arguments |\n|---|---|---|\n"


def render_tool_table(mcp: MCPServer[Any]) -> str:
    """Return a Markdown table, one row per tool in the server's order.

    Call it outside an event loop.
    """
    return HEAD + "".join(map(_render_row, asyncio.run(mcp.list_tools())))


def _render_row(tool: Tool) -> str:
    purpose = (tool.description or "").partition(". ")[0].rstrip(".")
    required = tool.input_schema.get("required", ())
    names = (
        f"`{name}`" if name in required else f"`{name}?`"
        for name in tool.input_schema.get("properties", {})
    )
    return f"| `{tool.name}` | {purpose} | {', '.join(names)} |\n"
