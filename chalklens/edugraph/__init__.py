"""The EduGraph ontology and the label sets made of it."""
