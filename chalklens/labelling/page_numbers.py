"""All numbers, expressions, column arithmetic and sequences of one page.

How it is used: `PageNumbers.parse(lines)` with the lines of a reading, in any order. Lines of one
row that hold nothing but numbers and signs are read as one; numbers below each other with a sign
at the left are column arithmetic; four or more numbers at equal steps are a sequence (a pattern, a
scale, the axis of a graph). What it leaves out: what is drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from chalklens.labelling.expressions import (
    Expression,
    Fragment,
    NumberSequence,
    Operand,
    PlacedToken,
    Side,
    find_expressions,
    join_boxes,
    split_fragments,
    split_rows,
)
from chalklens.labelling.numbers import Number
from chalklens.types import Box, TextLine

MIN_SEQUENCE = 3
MIN_AXIS = 4
STACK_GAP_HEIGHTS = 2.5
STACK_EDGE_HEIGHTS = 0.8
SIGN_DISTANCE_HEIGHTS = 3


@dataclass(frozen=True, slots=True)
class PageNumber:
    """A number on the page. `ordinal`: it counts steps or groups. `negative`: a minus is its sign."""

    number: Number
    box: Box
    text: str
    ordinal: bool
    negative: bool = False

    @property
    def value(self) -> Fraction | None:
        """Its value with its sign."""
        value = self.number.value
        return -value if self.negative and value is not None else value


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """What `parse` found.

    Attributes:
        fragments: Every line as tokens, in the order given.
        rows: The same grouped into rows.
        numbers: Every number with its place.
        expressions: Calculations, equations, comparisons; column arithmetic last.
        sequences: Numbers at steps.
    """

    fragments: tuple[Fragment, ...]
    rows: tuple[tuple[Fragment, ...], ...]
    numbers: tuple[PageNumber, ...]
    expressions: tuple[Expression, ...]
    sequences: tuple[NumberSequence, ...]

    @classmethod
    def parse(cls, lines: Sequence[TextLine]) -> "PageNumbers":
        """Parse the lines of a page; never raises."""
        fragments = split_fragments(lines)
        rows = split_rows(fragments)
        expressions = [found for row in rows for found in _row_expressions(row)]
        columns = list(_column_expressions(rows))
        sequences = [*_row_sequences(rows), *_axes(fragments)]
        return cls(
            tuple(fragments),
            tuple(tuple(row) for row in rows),
            tuple(_numbers(fragments, rows, bool(columns))),
            (*expressions, *columns),
            tuple(sequences),
        )


def _numbers(
    fragments: Sequence[Fragment], rows: Sequence[Sequence[Fragment]], columns: bool
) -> Iterator[PageNumber]:
    listed = {id(f) for row in rows if _is_list(row) for f in row} if not columns else set[int]()
    for fragment in fragments:
        signed = id(fragment) in listed or len(fragment.tokens) > 2
        for i, item in enumerate(fragment.tokens):
            if item.token.number is None or item.token.kind != "number":
                continue
            negative = signed and i > 0 and _is_sign(fragment.tokens[i - 1], item)
            yield PageNumber(item.token.number, item.box, item.token.text, item.ordinal, negative)


def _is_sign(sign: PlacedToken, number: PlacedToken) -> bool:
    token = sign.token
    return token.text == "-" and token.leading and token.end == number.token.start


def _is_list(row: Sequence[Fragment]) -> bool:
    """Three or more numbers side by side with nothing between them."""
    bare = [f for f in row if len([t for t in f.tokens if t.token.kind != "operator"]) == 1]
    signs = {t.token.text for f in row for t in f.tokens if t.token.kind == "operator"}
    return len(bare) == len(row) >= MIN_SEQUENCE and signs <= {"-"} and all(map(_is_signed, row))


def _is_signed(fragment: Fragment) -> bool:
    """A number, with or without a sign; or an unknown."""
    last = fragment.tokens[-1].token if fragment.tokens else None
    return last is not None and last.kind in ("number", "unknown") and fragment.signs_only


def _row_expressions(row: Sequence[Fragment]) -> Iterator[Expression]:
    for run in _runs(row):
        tokens = [item for fragment in run for item in fragment.tokens]
        found = find_expressions(tokens)
        yield from found
        if not found and len(run) == len(row):
            yield from _lost_minus(run)


def _runs(row: Sequence[Fragment]) -> Iterator[list[Fragment]]:
    """Split a row into what is read together: signs side by side, or one line with words."""
    if _is_list(row) and len(row) > MIN_SEQUENCE:
        return
    run: list[Fragment] = []
    for fragment in row:
        if fragment.signs_only:
            run.append(fragment)
            continue
        if run:
            yield run
        run = []
        yield [fragment]
    if run:
        yield run


def _lost_minus(run: Sequence[Fragment]) -> Iterator[Expression]:
    """`8 | 7 | 1` is 8 - 7 = 1: the reader often loses a minus between boxes."""
    items = [item for fragment in run for item in fragment.tokens]
    values = [item.token.number.value if item.token.number else None for item in items]
    kinds = [item.token.kind for item in items]
    if not 3 <= len(items) <= 4 or set(kinds) - {"number", "unknown"} or kinds.count("number") < 2:
        return
    *left, result = values
    known = [value for value in left if value is not None]
    rest = known[0] - sum(known[1:]) if len(known) == len(left) else None
    if rest is not None and rest >= 0 and (result is None or result == rest):
        operands = tuple(Operand(item.token.number) for item in items[:-1])
        sides = (
            Side(operands, ("-",) * (len(operands) - 1), rest),
            Side((Operand(items[-1].token.number),), (), result),
        )
        text = " ".join(item.shown for item in items)
        box = join_boxes(item.box for item in items)
        yield Expression(sides, ("=",), text, box, implied=True)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A number in a column, with the sign before it; the number is None when there is only a sign."""

    sign: str
    number: Number | None
    box: Box


def _cells(row: Sequence[Fragment]) -> Iterator[_Cell]:
    sign, sign_box = "", None
    for fragment in row:
        tokens = [item.token for item in fragment.tokens if item.token.kind != "unit"]
        if not fragment.signs_only or len(tokens) > 2 or not tokens:
            sign, sign_box = "", None
            continue
        first, last = tokens[0], tokens[-1]
        if last.kind == "number":
            sign = first.text if first.kind == "operator" else sign
            boxes = [box for box in (sign_box, fragment.line.box) if box]
            yield _Cell(sign, last.number, join_boxes(boxes))
            sign, sign_box = "", None
        elif first.kind == "operator" and len(tokens) == 1:
            sign, sign_box = first.text, fragment.line.box
    if sign and sign_box:
        yield _Cell(sign, None, sign_box)


def _column_expressions(rows: Sequence[Sequence[Fragment]]) -> Iterator[Expression]:
    stacks: list[list[_Cell]] = []
    for row in rows:
        for cell in _cells(row):
            stack = next((s for s in stacks if _continues(s, cell)), None)
            if stack:
                stack.append(cell)
            elif cell.number is not None and not cell.sign:
                stacks.append([cell])
    for stack in stacks:
        yield from _stack_expression(stack)


def _continues(stack: Sequence[_Cell], cell: _Cell) -> bool:
    """Whether a cell stands right below a stack: its number under the numbers, or a sign left."""
    number = next(above for above in reversed(stack) if above.number is not None)
    height = max(1, number.box.y1 - number.box.y0)
    gap = cell.box.y0 - stack[-1].box.y1
    if not -0.5 * height <= gap <= STACK_GAP_HEIGHTS * height:
        return False
    if cell.number is None:
        return -SIGN_DISTANCE_HEIGHTS * height <= cell.box.x1 - number.box.x0 <= height
    return abs(cell.box.x1 - number.box.x1) <= STACK_EDGE_HEIGHTS * height


def _stack_expression(stack: Sequence[_Cell]) -> Iterator[Expression]:
    signed = [i for i, cell in enumerate(stack) if cell.sign]
    box = join_boxes(cell.box for cell in stack)
    values = [cell.number.value if cell.number else None for cell in stack]
    text = " ".join(f"{c.sign}{'' if v is None else v}" for c, v in zip(stack, values, strict=True))
    if not signed:
        if len(values) == 3 and None not in values and values[0] - values[1] == values[2]:  # type: ignore[operator]
            yield _column(stack[:2], stack[2], ("-",), text, box, implied=True)
        return
    end = signed[-1] + 1
    result = stack[end] if end < len(stack) else None
    first = signed[0] - 1
    signs = tuple(cell.sign or "+" for cell in stack[first + 1 : end])
    yield _column(stack[first:end], result, signs, text, box)


def _column(
    cells: Sequence[_Cell],
    result: _Cell | None,
    signs: tuple[str, ...],
    text: str,
    box: Box,
    implied: bool = False,
) -> Expression:
    operands = tuple(Operand(cell.number, blank=cell.number is None) for cell in cells)
    value = _total([operand.value for operand in operands], signs)
    answer = Operand(result.number if result else None, blank=result is None)
    sides = (Side(operands, signs, value), Side((answer,), (), answer.value))
    return Expression(sides, ("=",), text, box, column=True, implied=implied)


def _total(values: Sequence[Fraction | None], signs: Sequence[str]) -> Fraction | None:
    if None in values or not set(signs) <= {"+", "-", "×"}:
        return None
    known = [value for value in values if value is not None]
    total = known[0]
    for sign, value in zip(signs, known[1:], strict=True):
        total = total * value if sign == "×" else total + (value if sign == "+" else -value)
    return total


def _row_sequences(rows: Sequence[Sequence[Fragment]]) -> Iterator[NumberSequence]:
    for row in rows:
        run: list[Fragment] = []
        for fragment in [*row, None]:
            if fragment is not None and _one_term(fragment):
                run.append(fragment)
                continue
            if fragment is not None and _only_arrow(fragment):
                continue
            if len(run) >= MIN_SEQUENCE:
                yield _sequence(run, upright=False)
            run = []


def _only_arrow(fragment: Fragment) -> bool:
    return all(item.token.kind == "arrow" for item in fragment.tokens)


def _one_term(fragment: Fragment) -> bool:
    kinds = [item.token.kind for item in fragment.tokens if item.token.kind != "unit"]
    return fragment.signs_only and (
        kinds in (["number"], ["unknown"])
        or (kinds == ["operator", "number"] and _is_signed(fragment))
    )


def _axes(fragments: Sequence[Fragment]) -> Iterator[NumberSequence]:
    terms = [f for f in fragments if _one_term(f)]
    stacks: list[list[Fragment]] = []
    for fragment in sorted(terms, key=lambda f: f.line.box.y0):
        box = fragment.line.box
        stack = next(
            (s for s in stacks if abs(s[-1].line.box.x1 - box.x1) <= box.y1 - box.y0), None
        )
        if stack:
            stack.append(fragment)
        else:
            stacks.append([fragment])
    yield from (_sequence(stack, upright=True) for stack in stacks if len(stack) >= MIN_AXIS)


def _sequence(run: Sequence[Fragment], *, upright: bool) -> NumberSequence:
    values = tuple(_term_value(fragment) for fragment in run)
    known = tuple(value for value in values if value is not None)
    steps = [b - a for a, b in pairwise(values) if a is not None and b is not None]
    usual = max(set(steps), key=steps.count, default=None)
    step = usual if usual and steps.count(usual) >= max(2, 0.7 * len(steps)) else None
    box = join_boxes(fragment.line.box for fragment in run)
    return NumberSequence(known, step, len(values) - len(known), upright, box)


def _term_value(fragment: Fragment) -> Fraction | None:
    number = next((item.token.number for item in fragment.tokens if item.token.number), None)
    value = number.value if number else None
    minus = fragment.tokens[0].token.text == "-"
    return -value if minus and value is not None else value
