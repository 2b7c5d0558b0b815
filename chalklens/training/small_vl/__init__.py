"""The recipe that trains a small Qwen3-VL of 5 to 12 million parameters on labelled worksheets.

How it is used: `recipe.train_small_vl(recipe, progress)`. What it leaves out: running the model
(`chalklens/engines`).
"""
