"""Facts about where the text of a page stands: rows, columns, grids, stacked digits, empty space.

How it is used: `measure_layout(page)` -> one value from 0 to 1 per name. Everything is relative to
the rectangle that the text itself spans, so that size and margins of the picture play no part.
What it leaves out: what is drawn.
"""

from collections.abc import Sequence
from itertools import pairwise

from chalklens.labelling.expressions import Fragment, join_boxes
from chalklens.labelling.number_facts import Facts, scale_count, share
from chalklens.labelling.page_numbers import PageNumbers
from chalklens.types import Box

SHORT_CHARACTERS = 4
MAX_NEIGHBOURS = 24
DRAWN = frozenset("★☆■□●○△▲◆◇▪•口品")


def measure_layout(page: PageNumbers) -> Facts:
    """Return the facts, always under the same names."""
    boxes = [fragment.line.box for fragment in page.fragments]
    texts = [fragment.line.text for fragment in page.fragments]
    total = len(boxes)
    return (
        {
            "lines": scale_count(total),
            "lines_per_row": min(1.0, share(total, len(page.rows)) / 8),
            "short_lines": share(sum(len(t) <= SHORT_CHARACTERS for t in texts), total),
            "number_lines": share(sum(f.signs_only for f in page.fragments), total),
            "drawn_lines": scale_count(sum(map(_is_drawn, texts)), 8),
            "no_text": float(not total),
        }
        | _space_facts(boxes)
        | _grid_facts(page.rows)
        | _stack_facts(page.fragments)
    )


def _is_drawn(text: str) -> bool:
    """What a reader makes of rows of symbols: ★★★, 0000, QQQQ."""
    text = text.strip()
    repeated = len(text) >= 3 and len(set(text)) == 1 and not text.strip("0QOo★")
    return repeated or (bool(text) and not set(text) - DRAWN)


def _space_facts(boxes: Sequence[Box]) -> Facts:
    names = ("text_cover", "largest_gap", "line_height", "wide_lines", "aspect")
    if not boxes:
        return dict.fromkeys(names, 0.0)
    extent = join_boxes(boxes)
    width, height = max(1, extent.x1 - extent.x0), max(1, extent.y1 - extent.y0)
    area = sum((b.x1 - b.x0) * (b.y1 - b.y0) for b in boxes)
    heights = sorted(b.y1 - b.y0 for b in boxes)
    middle = max(1, heights[len(heights) // 2])
    wide = sum(b.x1 - b.x0 > 0.6 * width for b in boxes)
    values = (
        area / (width * height),
        _largest_gap(boxes) / height,
        middle / height,
        share(wide, len(boxes)),
        height / (2 * width),
    )
    return dict(zip(names, (min(1.0, max(0.0, v)) for v in values), strict=True))


def _largest_gap(boxes: Sequence[Box]) -> int:
    """The highest strip without text between the first and the last line, in pixels."""
    reached, largest = min(b.y0 for b in boxes), 0
    for box in sorted(boxes, key=lambda b: b.y0):
        largest = max(largest, box.y0 - reached)
        reached = max(reached, box.y1)
    return largest


def _grid_facts(rows: Sequence[Sequence[Fragment]]) -> Facts:
    """How many neighbouring rows have the same columns."""
    alike = [
        len(a) for a, b in pairwise(rows) if len(a) == len(b) >= 2 and all(map(_same_column, a, b))
    ]
    numeric = [row for row in rows if len(row) >= 3 and all(f.signs_only for f in row)]
    return {
        "grid_rows": scale_count(len(alike), 8),
        "number_rows": scale_count(len(numeric), 8),
        "rows_of_one": share(sum(len(row) == 1 for row in rows), len(rows)),
    }


def _same_column(a: Fragment, b: Fragment) -> bool:
    height = max(1, min(a.line.box.y1 - a.line.box.y0, b.line.box.y1 - b.line.box.y0))
    centre_a, centre_b = a.line.box.x0 + a.line.box.x1, b.line.box.x0 + b.line.box.x1
    return abs(centre_a - centre_b) <= 2 * height


def _stack_facts(fragments: Sequence[Fragment]) -> Facts:
    """Numbers right above numbers: fractions with a bar, digits in place-value columns."""
    bare = [f for f in fragments if _is_bare(f)]
    digits = sum(len(f.tokens[0].token.text) == 1 for f in bare)
    return {
        "stacked_numbers": scale_count(_count_stacked(bare), 16),
        "bare_numbers": scale_count(len(bare)),
        "bare_digit_share": share(digits, len(bare)),
    }


def _is_bare(fragment: Fragment) -> bool:
    return len(fragment.tokens) == 1 and fragment.tokens[0].token.kind in ("number", "unknown")


def _count_stacked(bare: Sequence[Fragment]) -> int:
    """Pairs of which one is right above the other, no further apart than a line is high."""
    ordered = sorted(bare, key=lambda f: f.line.box.y0)
    found = 0
    for i, top in enumerate(ordered):
        height = max(1, top.line.box.y1 - top.line.box.y0)
        for bottom in ordered[i + 1 : i + 1 + MAX_NEIGHBOURS]:
            gap = bottom.line.box.y0 - top.line.box.y1
            if gap > height:
                break
            found += gap >= -0.5 * height and _same_column(top, bottom)
    return found
