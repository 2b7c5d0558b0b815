"""Data only: the EduGraph ontology, guides and examples. Origins are in SOURCES.md.

How it is used: `ROOT / "edugraph" / "edugraph.ttl"`. What it leaves out: reading it.
"""

from importlib.resources import files

ROOT = files(__name__)
