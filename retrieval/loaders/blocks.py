"""Blocks of text and rows of tables on their way into a draft, for formats that nest them.

How it is used: a parser calls `add` for each paragraph or heading, and `open_row`, `open_cell`,
`close_cell`, `close_row` around table cells. A row whose cells are short becomes one line,
`| a | b |`; a row that lays out a page (headings or long text in a cell) becomes its blocks, in order.

What it leaves out: widths, spans and borders.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from retrieval.loaders.draft import Block

_TICKS = re.compile("`+")
ROW_CHARS = 600
MAX_ROW_DEPTH = 50


@dataclass(slots=True)
class _Row:
    """A row that is open: its cells so far, and whether the last one is still open."""

    cells: list[list[Block]]
    in_cell: bool = False


class BlockFlow:
    """Takes blocks in reading order and hands them on, rows made into lines.

    Args:
        accept: Where they go, such as `DraftBuilder.add_block`.
    """

    def __init__(self, accept: Callable[[Block], None]) -> None:
        self._accept = accept
        self._rows: list[_Row] = []
        self._too_deep = 0
        self._after_row = False

    @property
    def in_cell(self) -> bool:
        """Whether blocks go into a table cell now."""
        return bool(self._rows) and self._rows[-1].in_cell

    def add(self, block: Block) -> None:
        """Add a block to the open cell, or hand it on."""
        if self.in_cell:
            self._rows[-1].cells[-1].append(block)
        else:
            self._accept(block)
            self._after_row = False

    def open_row(self) -> None:
        """Begin a table row; tables nested deeper than 50 lose their rows, not their text."""
        if len(self._rows) >= MAX_ROW_DEPTH:
            self._too_deep += 1
            return
        self._rows.append(_Row([]))

    def open_cell(self) -> None:
        """Begin a cell of the open row."""
        if self._rows and not self._too_deep:
            self._rows[-1].cells.append([])
            self._rows[-1].in_cell = True

    def close_cell(self) -> None:
        """End the open cell."""
        if self._rows and not self._too_deep:
            self._rows[-1].in_cell = False

    def close_row(self) -> None:
        """End the open row and pass on what it holds."""
        if self._too_deep:
            self._too_deep -= 1
            return
        if not self._rows:
            return
        cells = self._rows.pop().cells
        if line := _join_row(cells):
            self.add(Block(line, gap=1 if self._after_row else 2))
            self._after_row = True
            return
        for cell in cells:
            for block in cell:
                self.add(block)

    def close(self) -> None:
        """End what is still open."""
        self._too_deep = 0
        while self._rows:
            self.close_row()


def _join_row(cells: list[list[Block]]) -> str:
    """A row as one line; empty when it is not one that fits."""
    blocks = [block for cell in cells for block in cell]
    is_plain = all(not block.level and not block.is_code for block in blocks)
    characters = sum(len(block.text) for block in blocks)
    if len(cells) < 2 or not is_plain or not 0 < characters <= ROW_CHARS:
        return ""
    return write_row(" ".join(" ".join(block.text.split()) for block in cell) for cell in cells)


def write_row(cells: Iterable[str]) -> str:
    """Return cells as one line that Markdown shows as a table row."""
    shown = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(shown)} |"


def write_code(text: str) -> str:
    """Return lines of code between fences that are longer than any run of ticks inside."""
    longest = max(map(len, _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"
