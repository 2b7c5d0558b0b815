"""What we are compared with: the smallest server the MCP SDK can make, one tool, over stdio.

How it is used: `startup.py` starts it beside ours. What it leaves out: everything.
"""

from mcp.server import MCPServer

mcp = MCPServer("bare")


@mcp.tool()
def echo(text: str) -> str:
    """Return the text."""
    return text


if __name__ == "__main__":
    mcp.run("stdio")
