"""A worksheet whose labels follow from how it was made: words, figures, labels, and its picture.

How it is used:

    sheet = render_sheet("operations_rows", seed=7)      # drawn when `sheet.picture` is looked at
    for sheet in render_sheets(1000, seed=1): ...         # balanced over all templates

A template is a function that draws on a canvas and returns the labels of what it drew; `@template`
in a family module (`numbers_*`, `operations_*`, `geometry_*` ...) puts it into `TEMPLATES`, under the
name of the function. `catalogue` imports the families.

What it leaves out: drawing (`canvas`, `flow`), the rules of the labels (`labels`), files (`writing`).
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from chalklens.training.worksheets.canvas import Canvas

FIGURE_KINDS = frozenset(
    (
        "clock", "digital_clock", "coin", "bill", "bar_graph", "line_plot", "pictograph", "tally",
        "number_line", "fraction_bar", "fraction_circle", "ten_frame", "base_ten_blocks",
        "dot_array", "object_group", "square_array", "polygon", "circle", "solid", "angle",
        "symmetry", "ruler", "thermometer", "beaker", "scale_balance", "grid_map", "number_bond",
        "column_arithmetic", "answer_box", "table", "calendar", "pattern_row", "handwriting_guide",
        "area_model", "bar_model", "place_value_chart", "line_segment", "point", "protractor",
        "everyday_object", "hundred_grid", "writing_lines",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A printed word. `box` is x0, y0, x1, y1 in pixels of the picture."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """Something drawn. `kind` is one of `FIGURE_KINDS`; `box` as of a word."""

    kind: str
    box: tuple[int, int, int, int]


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

    def __init__(self, template: str, seed: int, canvas: "Canvas", labels: frozenset[str]) -> None:
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


Template = Callable[["Canvas", random.Random], frozenset[str]]
TEMPLATES: dict[str, Template] = {}


def template(function: Template) -> Template:
    """Register a template under its function's name."""
    name = function.__name__
    if name in TEMPLATES and TEMPLATES[name].__module__ != function.__module__:
        raise ValueError(f"two templates are called {name}")
    TEMPLATES[name] = function
    return function


def render_sheet(name: str, seed: int) -> Sheet:
    """Make the sheet of a template and a seed.

    Raises:
        KeyError: There is no such template; import `catalogue` for all of them.
        UnavailableError: A font is not installed.
    """
    from chalklens.training.worksheets.page import finish_page, start_page

    digest = hashlib.sha256(f"{name}:{seed}".encode()).digest()
    rng = random.Random(int.from_bytes(digest[:8], "big"))
    canvas = start_page(rng)
    labels = TEMPLATES[name](canvas, rng)
    finish_page(canvas, rng)
    return Sheet(name, seed, canvas, labels)


def render_sheets(count: int, seed: int, names: Sequence[str] = ()) -> Iterator[Sheet]:
    """Make sheets in turn from all templates (or the named ones), in an order shuffled by the seed."""
    from chalklens.training.worksheets import catalogue

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


def order_words(words: Iterable[Word]) -> tuple[Word, ...]:
    """Sort words as they are read: line by line from the top, each from the left."""
    return tuple(word for line in group_lines(words) for word in line)


def group_lines(words: Iterable[Word]) -> list[list[Word]]:
    """Put words into lines: those whose middles lie within half a word's height of each other."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.box[1] + w.box[3], w.box[0])):
        if lines and _on_one_line(lines[-1][0], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w.box[0]) for line in lines]


def _on_one_line(first: Word, second: Word) -> bool:
    reach = min(first.box[3] - first.box[1], second.box[3] - second.box[1])
    return (second.box[1] + second.box[3]) - (first.box[1] + first.box[3]) < reach
