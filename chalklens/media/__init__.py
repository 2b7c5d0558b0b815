"""From a reference to decoded pixels: references, containment, fetch, decode worker, limits.

How it is used: `loader.MediaLoader.load(references)`. What it leaves out: what is done with the
pixels.
"""
