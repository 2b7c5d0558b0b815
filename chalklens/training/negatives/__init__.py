"""Pictures that are not elementary mathematics, drawn by ourselves, and the gate fitted on them.

How it is used: `catalogue.draw_negatives(kinds, each, seed)`, `gate_fitting.fit_gate(...)`. What it
leaves out: worksheets (`training/worksheets`).
"""
