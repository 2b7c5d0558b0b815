"""The EduGraph ontology and the label sets made of it.

How it is used: `ontology.Ontology.load()`, `labels.parse_labels(...)`. What it leaves out: deciding
which labels a sheet has (`chalklens/labelling`); the ontology itself lies in `knowledge_base`.
"""
