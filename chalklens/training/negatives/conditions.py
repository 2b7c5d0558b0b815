"""How pictures reach a user's machine: turned, inverted, pale, photographed, small, tinted.

How it is used: `alter_picture(picture, rng)` picks one of `CONDITIONS`; the result is RGB, its size
may differ. Used on real sheets, so that the gate does not take a clean white page for mathematics
and a photographed one for something else. What it leaves out: what the reader makes of the result.
"""

import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

Condition = Callable[[Image.Image, random.Random], Image.Image]
QUARTER_TURNS = (
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
)
MIN_SIDE_PX = 48


def turn_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """By one, two or three right angles."""
    return picture.transpose(rng.choice(QUARTER_TURNS))


def invert_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Light on dark, as in night modes."""
    return ImageOps.invert(picture)


def fade_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Little contrast, as of a weak copy."""
    faded = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.15, 0.5))
    return ImageEnhance.Brightness(faded).enhance(rng.uniform(0.8, 1.2))


def shrink_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """As small as a preview."""
    share = rng.uniform(0.25, 0.5)
    width, height = (max(MIN_SIDE_PX, round(side * share)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BILINEAR)


def tint_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Coloured paper."""
    paper = Image.new("RGB", picture.size, tuple(rng.randint(190, 255) for _ in range(3)))
    return Image.blend(picture, paper, 0.5)


def photograph_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """From an angle, in uneven light, with grain, on a table."""
    table = tuple(rng.randint(20, 200) for _ in range(3))
    framed = ImageOps.expand(picture, rng.randint(4, 40), table)
    width, height = framed.size
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    quad = [
        c + rng.uniform(-0.06, 0.06) * s
        for corner in corners
        for c, s in zip(corner, (width, height), strict=True)
    ]
    bent = framed.transform((width, height), Image.Transform.QUAD, quad, fillcolor=table)
    return _shade(bent.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.8))), rng)


def _shade(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Light from one side, warm or cold, with grain."""
    pixels = np.asarray(picture, np.float32)
    height, width = pixels.shape[:2]
    across = np.linspace(rng.uniform(0.55, 1), rng.uniform(0.55, 1), width)[None, :, None]
    down = np.linspace(rng.uniform(0.75, 1), rng.uniform(0.75, 1), height)[:, None, None]
    warmth = np.asarray([1, rng.uniform(0.92, 1), rng.uniform(0.8, 1)])
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(1, 7), pixels.shape)
    return Image.fromarray(
        np.clip(pixels * across * down * warmth + grain, 0, 255).astype(np.uint8)
    )


CONDITIONS: dict[str, Condition] = {
    "turned": turn_picture,
    "inverted": invert_picture,
    "faded": fade_picture,
    "shrunk": shrink_picture,
    "tinted": tint_picture,
    "photographed": photograph_picture,
}
FREQUENCIES = {"turned": 1, "inverted": 1, "faded": 1, "shrunk": 1, "tinted": 2, "photographed": 4}


def alter_picture(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Apply one condition, photographs most often."""
    name = rng.choices(list(FREQUENCIES), list(FREQUENCIES.values()))[0]
    return CONDITIONS[name](picture.convert("RGB"), rng)
