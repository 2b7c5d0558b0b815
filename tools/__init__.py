"""One module per MCP tool: its arguments, its description, one call into `chalklens`."""
