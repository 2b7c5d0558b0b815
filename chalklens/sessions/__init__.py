"""What happened in a client session: every tool call recorded, and the session kept as Markdown.

`recorder.py` writes calls down without holding up the server, `store.py` is the SQLite file they lie
in, `archive.py` reads them and saves summaries, `document.py` renders those. Nothing here knows MCP:
who calls, and what belongs to one session, is decided in `server/recording.py`.

How it is used: `recorder.py` and `archive.py`, by `server/recording.py`. What it leaves out: the
pictures themselves.
"""
