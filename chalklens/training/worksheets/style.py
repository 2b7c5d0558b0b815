"""How a sheet looks: fonts, colours, sizes, chosen at random and independent of what it asks.

How it is used: `choose_style(random)` once per sheet; `load_font(face, size)` when it is drawn. What
it leaves out: layout (`canvas`, `flow`) and content (the template modules).

The fonts come from registry packages (SIL Open Font License 1.1; Caladea Apache-2.0), so that one
seed gives one picture on every machine.
"""

import random
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from chalklens.training.font_files import find_font_file

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

# Package, regular and bold file.
_FAMILIES = (
    ("font_source_sans_pro", "SourceSansPro-Regular.ttf", "SourceSansPro-Bold.ttf"),
    ("font_source_sans_pro", "SourceSansPro-Semibold.ttf", "SourceSansPro-Black.ttf"),
    ("font_source_serif_pro", "SourceSerifPro-Regular.ttf", "SourceSerifPro-Bold.ttf"),
    ("font_manrope", "Manrope-Regular.ttf", "Manrope-Bold.ttf"),
    ("font_manrope", "Manrope-Medium.ttf", "Manrope-ExtraBold.ttf"),
    ("font_hanken_grotesk", "HankenGrotesk-Regular.otf", "HankenGrotesk-Bold.otf"),
    ("font_hanken_grotesk", "HankenGrotesk-Medium.otf", "HankenGrotesk-SemiBold.otf"),
    ("font_caladea", "Caladea-Regular.ttf", "Caladea-Bold.ttf"),
    ("font_fredoka_one", "FredokaOne-Regular.ttf", "FredokaOne-Regular.ttf"),
)
# Has the arrows, fractions and marks that other families lack.
_FALLBACK = ("font_source_sans_pro", "SourceSansPro-Semibold.ttf")
_REFERENCE_PX = 64  # widths are measured once at this size and scaled

_INKS: tuple[Colour, ...] = (
    (0, 0, 0),
    (20, 20, 20),
    (17, 24, 39),
    (30, 41, 59),
    (51, 51, 51),
    (31, 41, 55),
)
_ACCENTS: tuple[Colour, ...] = (
    (37, 99, 235), (29, 78, 216), (220, 38, 38), (22, 163, 74), (234, 88, 12), (124, 58, 237),
    (13, 148, 136), (190, 24, 93), (202, 138, 4), (71, 85, 105), (2, 132, 199), (101, 163, 13),
)  # fmt: skip
_PAPERS: tuple[Colour, ...] = (WHITE,) * 9 + (
    (250, 250, 249),
    (248, 250, 252),
    (255, 251, 235),
    (240, 249, 255),
)


@dataclass(frozen=True, slots=True)
class Face:
    """One font file: the package that carries it and its name there."""

    package: str
    file: str


@dataclass(frozen=True, slots=True)
class Style:
    """The looks of one sheet; lengths in page units (about one pixel of the finished picture).

    Attributes:
        regular, bold: Fonts of the running text and of headings.
        size: Height of the running text.
        ink, accent, paper: Colours of text, of figures and answers, of the page.
        palette: Further figure colours, the accent first.
        stroke: Width of drawn lines.
        corner: Radius of box corners; 0 for sharp ones.
        centred: Headings and items stand in the middle rather than on the left.
        blank: How a place for an answer looks.
        slashed: Fractions are written 3/4 rather than stacked.
        solution: Answers are filled in.
    """

    regular: Face
    bold: Face
    size: float
    ink: Colour
    accent: Colour
    paper: Colour
    palette: tuple[Colour, ...]
    stroke: float
    corner: float
    centred: bool
    blank: str
    slashed: bool
    solution: bool


BLANKS = ("box", "box", "box", "line", "line", "question", "gap")


def choose_style(rng: random.Random) -> Style:
    """Pick the looks of one sheet."""
    package, regular, bold = rng.choice(_FAMILIES)
    palette = tuple(rng.sample(_ACCENTS, 6))
    ink = rng.choice(_INKS)
    return Style(
        regular=Face(package, regular),
        bold=Face(package, bold),
        size=rng.uniform(15, 21),
        ink=ink,
        accent=palette[0] if rng.random() < 0.75 else ink,
        paper=rng.choice(_PAPERS),
        palette=palette,
        stroke=rng.choice((1.0, 1.5, 1.5, 2.0, 2.5)),
        corner=rng.choice((0.0, 0.0, 4.0, 8.0)),
        centred=rng.random() < 0.5,
        blank=rng.choice(BLANKS),
        slashed=rng.random() < 0.5,
        solution=rng.random() < 0.27,  # the corpus has 27 % of solution pages
    )


def soften(colour: Colour, share: float = 0.82) -> Colour:
    """Mix a colour with white; `share` is the part of white, 0 to 1."""
    red, green, blue = (round(c + (255 - c) * share) for c in colour)
    return red, green, blue


def measure_text(face: Face, size: float, text: str) -> float:
    """Width of a text in page units."""
    words = [word for word in text.split(" ") if word]
    width = sum(_reference_width(_face_for(face, word), word) for word in words)
    return (width + text.count(" ") * _space_width(face)) * size / _REFERENCE_PX


def load_font(face: Face, size: float, text: str = "") -> ImageFont.FreeTypeFont:
    """The font at a size in pixels; another family where this one lacks a character of the text."""
    return _load(_face_for(face, text), round(size * 2) / 2)


@lru_cache(512)
def _load(face: Face, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        find_font_file(face.package, face.file), size, layout_engine=ImageFont.Layout.BASIC
    )


@lru_cache(1 << 15)
def _reference_width(face: Face, text: str) -> float:
    return _load(face, _REFERENCE_PX).getlength(text)


@lru_cache(64)
def _space_width(face: Face) -> float:
    # Small type is hinted to whole pixels, which makes words up to 5 % wider than measured here.
    return _reference_width(face, " ") * 1.25


@lru_cache(4096)
def _lacks(face: Face, character: str) -> bool:
    # A font draws the same box for every character it has not.
    return _paint(face, character) == _paint(face, "\ue999")


def _paint(face: Face, character: str) -> bytes:
    image = Image.new("L", (_REFERENCE_PX * 2, _REFERENCE_PX * 2))
    ImageDraw.Draw(image).text((10, 10), character, fill=255, font=_load(face, _REFERENCE_PX))
    return image.tobytes()


@lru_cache(1 << 15)
def _face_for(face: Face, text: str) -> Face:
    lacking = any(_lacks(face, character) for character in set(text) if ord(character) > 126)
    return Face(*_FALLBACK) if lacking else face
