"""The value of a calculation: brackets first, then × and ÷, then + and -.

How it is used: `evaluate([12, "-", 2, "×", 3])` -> 6 as an exact fraction. None stands for an
unknown, in and out. By precedence climbing (Richards and Whitby-Strevens, BCPL, 1979), bounded in
depth. What it leaves out: signs before a number, powers.
"""

from collections.abc import Sequence
from fractions import Fraction

Term = Fraction | str | None

_PRECEDENCE = {"+": 1, "-": 1, "×": 2, "÷": 2}
MAX_DEPTH = 20
MAX_DIGITS = 40


class _NoValueError(Exception):
    """The calculation has no value: an unknown, a division by zero, unpaired brackets."""


def evaluate(terms: Sequence[Term]) -> Fraction | None:
    """Return the value, None when there is none."""
    try:
        value, end = _evaluate(terms, 0, 1, MAX_DEPTH)
    except _NoValueError:
        return None
    return value if end == len(terms) else None


def _evaluate(terms: Sequence[Term], at: int, lowest: int, depth: int) -> tuple[Fraction, int]:
    value, at = _operand(terms, at, depth)
    while at < len(terms):
        rank = _PRECEDENCE.get(str(terms[at]), 0)
        if rank < lowest:
            break
        right, end = _evaluate(terms, at + 1, rank + 1, depth - 1)
        value, at = _apply(str(terms[at]), value, right), end
    return value, at


def _operand(terms: Sequence[Term], at: int, depth: int) -> tuple[Fraction, int]:
    if at >= len(terms) or depth <= 0:
        raise _NoValueError
    term = terms[at]
    if term == "(":
        value, at = _evaluate(terms, at + 1, 1, depth - 1)
        if at >= len(terms) or terms[at] != ")":
            raise _NoValueError
        return value, at + 1
    if not isinstance(term, Fraction):
        raise _NoValueError
    return term, at + 1


def _apply(sign: str, left: Fraction, right: Fraction) -> Fraction:
    if sign == "÷" and not right:
        raise _NoValueError
    match sign:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "×":
            value = left * right
        case _:
            value = left / right
    if abs(value.numerator) >= 10**MAX_DIGITS or value.denominator >= 10**MAX_DIGITS:
        raise _NoValueError
    return value
