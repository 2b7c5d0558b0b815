"""How what ships trained was trained, as recipes that anyone can repeat.

How it is used: `chalklens train ...` runs a recipe: `labeller`, `small_vl` or `adapters`; they
share `data`, `negatives` and `worksheets`, and none knows another. What it leaves out: measuring
what came out (`chalklens/evaluation`).
"""
