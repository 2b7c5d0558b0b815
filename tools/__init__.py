"""The MCP tools: one file each, with arguments, annotations, description and one call.

How it is used: `server/app.py` calls `make_tool(box)` of every tool file and registers the result;
`results.py` says what a result looks like. The command line shares the modules that do not import `mcp`.
What it leaves out: logic. The work is done by `chalklens.workbench`; waiting, jobs and sizes are the
business of `server/calls.py`.
"""
