"""The MCP side of chalklens: the only place where parts are put together."""
