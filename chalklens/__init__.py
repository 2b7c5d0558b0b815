"""What the tools stand on: media, reading, engines, EduGraph, labelling. Knows nothing of MCP."""
