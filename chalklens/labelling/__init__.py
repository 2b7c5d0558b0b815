"""Two labellers behind one protocol: by a vision-language model, and embedded in the package.

How it is used: `selection.SelectingLabeller` chooses between them; `worker.py` runs the embedded
one. What it leaves out: how its weights were found (`training/labeller`).
"""
