"""All kinds of negatives, which of them are fitted on, and which are for testing only.

How it is used: `draw_negative("receipt", seed)` or `draw_negatives(FITTING_KINDS, 25, seed)`. The
same kind and seed give the same picture. `TEST_KINDS` are whole kinds of a character that fitting,
and every choice made on the way, has not seen. What it leaves out: drawing, which is in the family
modules (`documents`, `business`, `screens`, `charts`, `schoolwork`, `sights`).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from chalklens.training.negatives import business, charts, documents, schoolwork, screens, sights
from chalklens.training.negatives.page import Page

Artist = Callable[[random.Random], Page]

_FAMILIES: tuple[dict[str, Artist], ...] = (
    documents.KINDS,
    business.KINDS,
    screens.KINDS,
    charts.KINDS,
    schoolwork.KINDS,
    sights.KINDS,
)
KINDS: dict[str, Artist] = {name: draw for family in _FAMILIES for name, draw in family.items()}

TEST_KINDS = (
    "invoice",
    "menu",
    "comic",
    "identity_card",
    "music_score",
    "crossword",
    "email_screen",
    "phone_screen",
    "dashboard",
    "code_editor_dark",
    "scatter_chart",
    "stacked_bar_chart",
    "floor_plan",
    "chemistry_worksheet",
    "history_worksheet",
    "grammar_worksheet",
    "linear_algebra_page",
    "face_photo",
    "texture",
    "qr_ticket",
    "cursive_note",
)
FITTING_KINDS = tuple(sorted(set(KINDS) - set(TEST_KINDS)))


@dataclass(frozen=True, slots=True)
class Negative:
    """A picture that is not elementary mathematics.

    Attributes:
        kind: One of `KINDS`.
        picture: RGB.
        lines: Everything written on it, in the order of writing.
    """

    kind: str
    picture: Image.Image
    lines: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words of the lines."""
        return tuple(" ".join(self.lines).split())


def draw_negative(kind: str, seed: int) -> Negative:
    """Draw one picture of a kind."""
    rng = random.Random(f"{kind} {seed}")
    page = KINDS[kind](rng)
    return Negative(kind, page.picture.convert("RGB"), tuple(page.lines))


def draw_negatives(kinds: Sequence[str], per_kind: int, seed: int = 0) -> Iterator[Negative]:
    """Draw some pictures of each kind."""
    for kind in kinds:
        for number in range(per_kind):
            yield draw_negative(kind, seed * 100_000 + number)
