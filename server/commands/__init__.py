"""One module per command of `chalklens`; each imports what it needs when it runs.

How it is used: `cli.py` registers them. What it leaves out: anything that a tool needs too
(`tools/`).
"""
