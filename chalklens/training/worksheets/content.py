"""What stands on a sheet: printed words and drawn figures, each with its box.

How it is used: a `Canvas` records both while a template draws, a `Sheet` hands them on; `group_lines`
puts words into printed lines. What it leaves out: drawing (`canvas`), labels (`labels`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

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
