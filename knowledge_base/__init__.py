"""Data only: the EduGraph ontology, guides and examples. Origins are in SOURCES.md."""

from importlib.resources import files

ROOT = files(__name__)
