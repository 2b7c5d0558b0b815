"""Question in, ranked passages out: the user's documents read, cut, indexed, searched and followed.

How it is used: `knowledge.Knowledge` is what server and tools talk to; `service.py` says what it can do.
What it leaves out: answers (`chalklens/agents`), and nothing is imported here.
"""
