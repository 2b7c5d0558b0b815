"""Reading order: rows from top to bottom, each from left to right.

How it is used: `sort_lines(lines)`. Two boxes share a row when they overlap vertically by more than
half of the lower one's height. What it leaves out: columns of running text; worksheets and screens
are read row by row.
"""

from collections.abc import Iterable

from chalklens.types import TextLine

SAME_ROW_OVERLAP = 0.5


def _overlaps(first: TextLine, second: TextLine) -> bool:
    a, b = first.box, second.box
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared > SAME_ROW_OVERLAP * max(1, min(a.y1 - a.y0, b.y1 - b.y0))


def sort_lines(lines: Iterable[TextLine]) -> list[TextLine]:
    """Return the lines in reading order."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda item: (item.box.y0 + item.box.y1, item.box.x0)):
        if rows and _overlaps(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda item: item.box.x0)]
