"""Calculations, equations and comparisons in tokens that follow each other.

How it is used: `split_fragments(lines)` turns read lines into tokens with places, `split_rows` puts
those side by side together, `find_expressions(tokens)` finds what is calculated. Where the reader
lost or changed a sign and the numbers decide which it was (`27 + 42 69`), it is put back and the
expression says so (`implied`). `page_numbers.py` does this for a whole page.

What it leaves out: what the pictures count, number names, and algebra beyond one unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from chalklens.labelling.evaluation_order import evaluate
from chalklens.labelling.numbers import MAX_CHARACTERS, Number, Token, tokenize
from chalklens.types import Box, TextLine

MAX_LINES = 400
MAX_TERMS = 40
SAME_ROW_OVERLAP = 0.5
SIGNS = frozenset({"number", "unknown", "operator", "relation", "open", "close", "unit", "arrow"})
ORDINAL_WORDS = frozenset(
    {"step", "group", "figure", "copy", "part", "question", "problem", "page", "amount", "grade"}
    | {"decomposition", "premise", "exercise", "task", "item", "column", "addend", "level"}
)


@dataclass(frozen=True, slots=True)
class Operand:
    """A number or unknown in an expression; `blank` when nothing was printed or read there."""

    number: Number | None
    unit: str = ""
    blank: bool = False

    @property
    def value(self) -> Fraction | None:
        """Its value, None when unknown."""
        return self.number.value if self.number else None


@dataclass(frozen=True, slots=True)
class Side:
    """What stands on one side of a relation: operands with operators between them."""

    operands: tuple[Operand, ...]
    operators: tuple[str, ...]
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Expression:
    """A calculation, equation or comparison.

    Attributes:
        sides: One without a relation, two or more with relations between them.
        relations: `=`, `<`, ...; one fewer than sides.
        text: As read, signs in one spelling.
        box: Where, in pixels of the picture.
        column: Written one number below the other.
        implied: A sign the reader lost was put back.
    """

    sides: tuple[Side, ...]
    relations: tuple[str, ...]
    text: str
    box: Box
    column: bool = False
    implied: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """All operators, left to right."""
        return tuple(sign for side in self.sides for sign in side.operators)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Operands of the sides that calculate; all operands where no side does."""
        working = [side for side in self.sides if side.operators] or list(self.sides)
        return tuple(operand for side in working for operand in side.operands)

    @property
    def operand_count(self) -> int:
        """Operands of the longest side."""
        return max(len(side.operands) for side in self.sides)


@dataclass(frozen=True, slots=True)
class PlacedToken:
    """A token and where it stands; the box is interpolated within that of its line.

    `printed` is what the line has there.
    """

    token: Token
    box: Box
    line: int
    printed: str
    ordinal: bool = False

    @property
    def shown(self) -> str:
        """Signs in one spelling; a unit as it is printed, not by its full name."""
        return self.printed if self.token.kind == "unit" else self.token.text


@dataclass(frozen=True, slots=True)
class Fragment:
    """One read line as tokens. `signs_only`: nothing but numbers, units and signs."""

    tokens: tuple[PlacedToken, ...]
    line: TextLine
    signs_only: bool


@dataclass(frozen=True, slots=True)
class NumberSequence:
    """Numbers in a row or column at equal steps: a pattern, a scale or an axis.

    `step` is None when they are not at equal steps; `gaps` counts unknowns among them.
    """

    values: tuple[Fraction, ...]
    step: Fraction | None
    gaps: int
    upright: bool
    box: Box


def join_boxes(boxes: Iterable[Box]) -> Box:
    """The smallest box around some boxes."""
    all_boxes = list(boxes)
    return Box(
        min(box.x0 for box in all_boxes),
        min(box.y0 for box in all_boxes),
        max(box.x1 for box in all_boxes),
        max(box.y1 for box in all_boxes),
    )


def split_fragments(lines: Sequence[TextLine]) -> list[Fragment]:
    """Tokenize lines, at most `MAX_LINES` of them and `MAX_CHARACTERS` characters in all."""
    left, fragments = MAX_CHARACTERS, list[Fragment]()
    for i, line in enumerate(lines[:MAX_LINES]):
        text = line.text[:left]
        left -= len(text)
        tokens = tokenize(text)
        placed = [
            PlacedToken(t, _place(t, text, line.box), i, text[t.start : t.end]) for t in tokens
        ]
        signs_only = bool(tokens) and all(t.kind in SIGNS and not t.attached for t in tokens)
        fragments.append(Fragment(_mark_ordinals(placed), line, signs_only))
    return fragments


def _place(token: Token, text: str, box: Box) -> Box:
    width = (box.x1 - box.x0) / max(1, len(text))
    return Box(
        round(box.x0 + token.start * width), box.y0, round(box.x0 + token.end * width), box.y1
    )


def _mark_ordinals(placed: list[PlacedToken]) -> tuple[PlacedToken, ...]:
    """Mark numbers that count steps, groups or exercises, not things."""
    marked: list[PlacedToken] = []
    for i, item in enumerate(placed):
        before = placed[i - 1].token if i else None
        after = placed[i + 1].token if i + 1 < len(placed) else None
        enumerates = before is None and after is not None and after.text in (".", ")")
        named = before is not None and before.kind == "word" and before.text in ORDINAL_WORDS
        ordinal = item.token.kind == "number" and (item.token.attached or enumerates or named)
        marked.append(replace(item, ordinal=ordinal))
    return tuple(marked)


def split_rows(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Group fragments that stand side by side, top to bottom, each row left to right."""
    rows: list[list[Fragment]] = []
    ordered = sorted(fragments, key=lambda f: (f.line.box.y0 + f.line.box.y1, f.line.box.x0))
    for fragment in ordered:
        if rows and _overlap(rows[-1][0].line.box, fragment.line.box):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return [sorted(row, key=lambda f: f.line.box.x0) for row in rows]


def _overlap(a: Box, b: Box) -> bool:
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared > SAME_ROW_OVERLAP * max(1, min(a.y1 - a.y0, b.y1 - b.y0))


class _Builder:
    """Builds expressions from tokens that follow each other; `finish` returns them."""

    def __init__(self) -> None:
        self.found: list[Expression] = []
        self._reset()

    def _reset(self) -> None:
        self._terms: list[list[Operand | str]] = [[]]
        self._relations: list[str] = []
        self._tokens: list[PlacedToken] = []
        self._expects_operand = True
        self._implied = False

    def add(self, item: PlacedToken, following: PlacedToken | None) -> None:
        """Take the next token."""
        token = item.token
        if len(self._tokens) >= MAX_TERMS:
            self.flush()
        match token.kind:
            case "number" | "unknown":
                self._add_operand(item, following)
            case "operator":
                self._add_operator(token.text)
            case "relation":
                self._add_relation(token.text)
            case "open" | "close":
                self._add_bracket(token.text)
            case "unit":
                self._add_unit(token.text)
            case _:
                self.flush()
                return
        self._tokens.append(item)

    def _add_operand(self, item: PlacedToken, following: PlacedToken | None) -> None:
        operand = Operand(item.token.number)
        if not self._expects_operand:
            between = operand.number is None and following and following.token.kind == "number"
            if between and not self._side_operators():
                self._terms[-1].append("?")
                self._expects_operand = True
                return
            if self._is_result(operand):
                self._implied = True
                self._terms.append([])
                self._relations.append("=")
            else:
                self.flush()
        self._terms[-1].append(operand)
        self._expects_operand = False

    def _side_operators(self) -> list[str]:
        return [t for t in self._terms[-1] if isinstance(t, str) and t not in "()[]"]

    def _is_result(self, operand: Operand) -> bool:
        """Whether an operand right after a finished calculation can only be its result."""
        if not self._side_operators() or self._relations:
            return False
        return operand.value is None or operand.value == evaluate_terms(self._terms[-1])

    def _add_operator(self, sign: str) -> None:
        if self._expects_operand:
            if not self._terms[-1] and not self._relations:
                return  # a sign before the first operand
            self._terms[-1].append(Operand(None, blank=True))
        self._terms[-1].append(sign)
        self._expects_operand = True

    def _add_relation(self, sign: str) -> None:
        if self._expects_operand:
            if not self._terms[-1] and not self._relations:
                return
            self._terms[-1].append(Operand(None, blank=True))
        self._relations.append(sign)
        self._terms.append([])
        self._expects_operand = True

    def _add_bracket(self, bracket: str) -> None:
        if bracket in "([" and not self._expects_operand:
            self.flush()
        self._terms[-1].append("(" if bracket in "([" else ")")

    def _add_unit(self, unit: str) -> None:
        if self._terms[-1] and isinstance(last := self._terms[-1][-1], Operand) and not last.unit:
            self._terms[-1][-1] = Operand(last.number, unit, last.blank)

    def flush(self) -> None:
        """End the expression at hand; keep it when it is one."""
        if self._expects_operand and (self._terms[-1] or self._relations):
            self._terms[-1].append(Operand(None, blank=True))
        sides = [_make_side(terms) for terms in self._terms]
        operators = any(side.operators for side in sides)
        numbers = sum(o.number is not None for side in sides for o in side.operands)
        if self._tokens and numbers and (operators or len(sides) > 1):
            sides, corrected = _correct_sign(sides)
            text = " ".join(item.shown for item in self._tokens)
            box = join_boxes(item.box for item in self._tokens)
            relations = tuple(self._relations)
            self.found.append(
                Expression(tuple(sides), relations, text, box, implied=self._implied or corrected)
            )
        self._reset()


def evaluate_terms(terms: Sequence["Operand | str"]) -> Fraction | None:
    """Value of operands, operators and brackets in a row; None when it has none."""
    return evaluate([term if isinstance(term, str) else term.value for term in terms])


def _make_side(terms: Sequence["Operand | str"]) -> Side:
    operands = tuple(term for term in terms if isinstance(term, Operand))
    operators = tuple(term for term in terms if isinstance(term, str) and term not in "()")
    return Side(operands, operators, evaluate_terms(terms))


def _correct_sign(sides: list[Side]) -> tuple[list[Side], bool]:
    """Readers take + for x: where only a sum gives the printed result, it was a +."""
    first, last = sides[0], sides[-1]
    values = [operand.value for operand in first.operands]
    if len(sides) != 2 or first.operators != ("×",) or last.operators or None in values:
        return sides, False
    total = sum((value for value in values if value is not None), Fraction(0))
    if last.value in (None, first.value) or last.value != total:
        return sides, False
    return [Side(first.operands, ("+",), total), last], True


def find_expressions(tokens: Sequence[PlacedToken]) -> list[Expression]:
    """Return the expressions in tokens that follow each other."""
    builder = _Builder()
    for i, item in enumerate(tokens):
        if item.ordinal:
            builder.flush()
            continue
        builder.add(item, tokens[i + 1] if i + 1 < len(tokens) else None)
    builder.flush()
    return builder.found
