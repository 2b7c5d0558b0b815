"""A page as a tiny grey picture: enough to recognise a layout that was seen before. Worker side.

How it is used: `make_thumbnail(picture)` -> float32 (`PIXELS`,), centred, of length 1, so that the
product of two is their correlation. What it leaves out: anything smaller than a sixteenth of a page.
"""

import numpy as np
from numpy.typing import NDArray

from chalklens.types import Picture

SIDE_PX = 32
PIXELS = SIDE_PX * SIDE_PX
FLAT = 1e-3  # a blank page has no direction: its thumbnail stays near zero


def shrink(picture: Picture) -> NDArray[np.uint8]:
    """Shrink a picture to 32 x 32 grey pixels, whatever its shape; (1024,)."""
    from PIL import Image

    size = (picture.pixels_width_px, picture.pixels_height_px)
    grey = Image.frombytes("RGB", size, picture.pixels).convert("L")
    small = grey.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
    return np.asarray(small, np.uint8).ravel()


def make_thumbnail(picture: Picture) -> NDArray[np.float32]:
    """Shrink, centre and scale."""
    values = shrink(picture).astype(np.float32) / 255
    centred = values - values.mean()
    return centred / max(float(np.linalg.norm(centred)), FLAT)
