"""The recipe that trains the embedded labeller's weights, from pictures to safetensors.

How it is used: `recipe.train_labeller(recipe, progress)`. What it leaves out: the pages it draws
(`training/worksheets`, `training/negatives`), using the weights (`chalklens/labelling`).
"""
