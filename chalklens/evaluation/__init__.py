"""Metrics and the suites that produce them.

How it is used: `labels.evaluate_labels(...)`, `reading`, `refusals`, by `chalklens eval`. What it
leaves out: search (`retrieval/evaluation.py`), training.
"""
