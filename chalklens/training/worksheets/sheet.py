"""A worksheet whose labels follow from how it was made: words, figures, labels, and its picture.

How it is used:

    sheet = render_sheet("operations_rows", seed=7)      # drawn when `sheet.picture` is looked at
    for sheet in render_sheets(1000, seed=1): ...         # balanced over all templates

What it leaves out: which templates there are (`catalogue`), drawing (`canvas`, `flow`), the rules of
the labels (`labels`), files (`writing`).
"""

import hashlib
import random
from collections.abc import Iterator, Sequence

from PIL import Image

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.content import group_lines
from chalklens.training.worksheets.page import finish_page, start_page
from chalklens.training.worksheets.templates import TEMPLATES
from chalklens.types import Box, TextLine, TextReading

PRINTED = "printed"


class Sheet:
    """One finished worksheet.

    Attributes:
        template: Name of the function that drew it.
        seed: With it, the same sheet comes out again.
        words: What is printed, in reading order.
        figures: What is drawn.
        labels: Bare EduGraph ids.
        solution: Whether the answers are filled in.
        size_px: Width and height of the picture.
    """

    __slots__ = (
        "_canvas",
        "_picture",
        "figures",
        "labels",
        "seed",
        "size_px",
        "solution",
        "template",
        "words",
    )

    def __init__(self, template: str, seed: int, canvas: Canvas, labels: frozenset[str]) -> None:
        self.template = template
        self.seed = seed
        self.labels = labels
        self.words = canvas.words()
        self.figures = canvas.figures()
        self.solution = canvas.style.solution
        self.size_px = canvas.size_px
        self._canvas = canvas
        self._picture: Image.Image | None = None

    @property
    def picture(self) -> Image.Image:
        """The page, RGB, longest side at most 512 px; painted the first time."""
        if self._picture is None:
            self._picture = self._canvas.picture()
        return self._picture

    @property
    def text(self) -> str:
        """The visible text in reading order, one line per printed line."""
        return "\n".join(" ".join(word.text for word in line) for line in group_lines(self.words))


def read_sheet(sheet: Sheet) -> TextReading:
    """The printed words as a flawless reader would give them, in lines."""
    lines = tuple(
        TextLine(
            " ".join(word.text for word in words),
            Box(
                min(word.box[0] for word in words),
                min(word.box[1] for word in words),
                max(word.box[2] for word in words),
                max(word.box[3] for word in words),
            ),
            1.0,
        )
        for words in group_lines(sheet.words)
    )
    return TextReading(lines, PRINTED)


def render_sheet(name: str, seed: int) -> Sheet:
    """Make the sheet of a template and a seed.

    Raises:
        KeyError: There is no such template.
        UnavailableError: A font is not installed.
    """
    digest = hashlib.sha256(f"{name}:{seed}".encode()).digest()
    rng = random.Random(int.from_bytes(digest[:8], "big"))
    canvas = start_page(rng)
    labels = TEMPLATES[name](canvas, rng)
    finish_page(canvas, rng)
    return Sheet(name, seed, canvas, labels)


def render_sheets(count: int, seed: int, names: Sequence[str] = ()) -> Iterator[Sheet]:
    """Make sheets in turn from all templates (or the named ones), in an order shuffled by the seed."""
    for name, number in draw_lots(count, seed, names or catalogue.names()):
        yield render_sheet(name, number)


def draw_lots(count: int, seed: int, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield template and seed of each of the sheets that `render_sheets` makes."""
    chosen = sorted(names)
    rng = random.Random(seed)
    for index in range(count):
        if index % len(chosen) == 0:
            rng.shuffle(chosen)
        yield chosen[index % len(chosen)], rng.randrange(1 << 31)
