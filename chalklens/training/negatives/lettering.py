"""Typefaces for drawn negatives, by style, from registry packages only.

How it is used: `pick_typeface(rng, "serif")` names one, `load_typeface(name, size_px, text)` loads
it, or a wider one where it may lack a character of the text. The same seed gives the same picture
on every machine. The faces are under the SIL Open Font License 1.1; Caladea is under Apache-2.0.

What it leaves out: scripts that these faces lack (Chinese, Arabic), and faces of equal width: code
and receipts are set in a proportional face, which the reader reads the same way.
"""

import random
from functools import lru_cache

from PIL import ImageFont

from chalklens.training.font_files import find_font_file

Typeface = ImageFont.FreeTypeFont

PACKAGES = {
    "SourceSansPro": "font_source_sans_pro",
    "SourceSerifPro": "font_source_serif_pro",
    "Manrope": "font_manrope",
    "Caladea": "font_caladea",
    "FredokaOne": "font_fredoka_one",
}
WIDE = "SourceSansPro-Regular"  # has Greek, Cyrillic and signs of mathematics
STYLES = {
    "sans": (WIDE, "SourceSansPro-It", "Manrope-Regular", "Manrope-Medium", "FredokaOne-Regular"),
    "sans-bold": ("SourceSansPro-Bold", "SourceSansPro-Black", "Manrope-ExtraBold"),
    "serif": ("SourceSerifPro-Regular", "SourceSerifPro-It", "Caladea-Regular", "Caladea-Italic"),
    "serif-bold": ("SourceSerifPro-Bold", "SourceSerifPro-Black", "Caladea-Bold"),
    "italic": ("SourceSerifPro-It", "Caladea-Italic", "SourceSansPro-LightIt"),
    "code": ("SourceSansPro-Light", "SourceSansPro-Semibold", "Manrope-Light"),
    "wide": (WIDE, "SourceSerifPro-Regular", "SourceSansPro-Semibold"),
}
MIN_SIZE_PX, MAX_SIZE_PX = 6, 200


def pick_typeface(rng: random.Random, style: str = "any") -> str:
    """Name a face of a style; "any" is running text of some kind."""
    return rng.choice(STYLES[rng.choice(("sans", "serif")) if style == "any" else style])


def load_typeface(name: str, size_px: int, text: str = "") -> Typeface:
    """Load a face for a text.

    Raises:
        UnavailableError: Its package is not installed.
    """
    covers = text.isascii() or name.startswith("Source")
    return _load(name if covers else WIDE, max(MIN_SIZE_PX, min(MAX_SIZE_PX, size_px)))


@lru_cache(maxsize=512)
def _load(name: str, size_px: int) -> Typeface:
    package = PACKAGES[name.partition("-")[0]]
    file = find_font_file(package, f"{name}.ttf")
    return ImageFont.truetype(file, size_px, layout_engine=ImageFont.Layout.BASIC)
