"""The MCP side of chalklens: the only place where parts are put together.

How it is used: `app.create_server(settings)`, or `cli.py` for the command line; `parts.py` serves
both. What it leaves out: what tools and commands do.
"""
