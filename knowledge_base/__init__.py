"""Data only: the EduGraph ontology and, later, the default documents. Origins are in SOURCES.md."""

from importlib.resources import files

ROOT = files(__name__)
