"""The value of a calculation."""

import operator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.evaluation_order import Term, evaluate

SIGNS = {"+": operator.add, "-": operator.sub, "×": operator.mul}
WHOLE = st.integers(0, 1000).map(Fraction)


def terms(text: str) -> list[Term]:
    return [Fraction(t) if t.isdigit() else None if t == "?" else t for t in text.split()]


@given(st.lists(st.tuples(WHOLE, st.sampled_from(sorted(SIGNS))), max_size=6), WHOLE)
@settings(max_examples=100, deadline=None)
def test_the_value_is_that_of_python(pairs: list[tuple[Fraction, str]], last: Fraction) -> None:
    parts = [part for pair in pairs for part in pair] + [last]
    spelled = " ".join(str(part) for part in parts).replace("×", "*")
    assert evaluate(parts) == eval(spelled)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12 - 2 - 3", "7"), ("2 + 3 × 4", "14"), ("( 2 + 3 ) × 4", "20"), ("7 ÷ 2", "7/2")],
)
def test_brackets_and_multiplication_come_first(text: str, value: str) -> None:
    assert evaluate(terms(text)) == Fraction(value)


@pytest.mark.parametrize("text", ["3 + ?", "1 ÷ 0", "( 1", "1 )", "1 1", "+ 1", "1 +", "", "1 ? 2"])
def test_what_has_no_value_is_none(text: str) -> None:
    assert evaluate(terms(text)) is None


def test_nesting_and_size_are_bounded() -> None:
    assert evaluate(terms("( " * 60 + "1 " + ") " * 60)) is None
    assert evaluate(terms(" × ".join(["999999999999999"] * 10))) is None
