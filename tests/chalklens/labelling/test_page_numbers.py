"""Expressions, column arithmetic and sequences of a page."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.expressions import Expression
from chalklens.labelling.page_numbers import PageNumbers
from chalklens.types import Box, TextLine
from tests.chalklens.labelling.text_lines import column, place, rows

SIGN = st.sampled_from(["+", "-", "×", "÷"])


def expressions(*texts: str) -> list[Expression]:
    return list(PageNumbers.parse(rows(*texts)).expressions)


def only(*texts: str) -> Expression:
    [expression] = expressions(*texts)
    return expression


def operand_values(expression: Expression) -> list[Fraction | None]:
    return [operand.value for operand in expression.operands]


@given(st.lists(st.integers(0, 9999), min_size=2, max_size=5), st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_printed_is_what_is_found(numbers: list[int], data: st.DataObject) -> None:
    signs = [data.draw(SIGN) for _ in numbers[1:]]
    text = str(numbers[0]) + "".join(
        f" {sign} {n}" for sign, n in zip(signs, numbers[1:], strict=True)
    )
    found = only(f"Find {text} = ?")
    assert operand_values(found) == numbers
    assert list(found.operators) == signs
    assert found.relations == ("=",)


@given(st.lists(st.integers(0, 99), min_size=2, max_size=4), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_lines_side_by_side_are_one_equation(numbers: list[int], off: int) -> None:
    found = only(" | + | ".join(map(str, numbers)) + f" | = | {sum(numbers) + off}")
    assert operand_values(found) == numbers
    assert found.sides[0].value == sum(numbers)
    assert found.sides[1].value == sum(numbers) + off


LINES = st.lists(
    st.builds(
        TextLine,
        st.text(max_size=20) | st.text("0123456789+-×=?/ x", max_size=12),
        st.builds(Box, *[st.integers(-5, 600)] * 4),
        st.just(1.0),
    ),
    max_size=30,
)


@given(LINES)
@settings(max_examples=40, deadline=None)
def test_any_lines_are_parsed(lines: list[TextLine]) -> None:
    assert len(PageNumbers.parse(lines).fragments) == len(lines)


def test_a_page_of_many_lines_is_parsed_to_the_limit() -> None:
    lines = [place(str(i), 37 * i % 600, 7 * i % 900) for i in range(3000)]
    assert len(PageNumbers.parse(lines).fragments) == 400


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("3 + □ = 7", [[3, None], [7]]),
        ("14 - 5 = __", [[14, 5], [None]]),
        ("5 = +", [[5], [None, None]]),
        ("38 + 10 =", [[38, 10], [None]]),
        ("8 × 70 = (8 × 7) × 10", [[8, 70], [8, 7, 10]]),
        ("263 ÷ 8", [[263, 8]]),
        ("2.5 cm + 1.5 cm = 4 cm", [[Fraction(5, 2), Fraction(3, 2)], [4]]),
        ("3/8 + 2/8 = 5/8", [[Fraction(3, 8), Fraction(1, 4)], [Fraction(5, 8)]]),
    ],
)
def test_sides_hold_numbers_and_unknowns(text: str, sides: list[list[object]]) -> None:
    found = only(text)
    assert [[operand.value for operand in side.operands] for side in found.sides] == sides


def test_an_unknown_between_two_numbers_stands_for_the_sign() -> None:
    assert only("0.24 | ? | 0.4").operators == ("?",)


def test_a_lost_equals_sign_is_put_back() -> None:
    found = only("27 | + | 42 | 69")
    assert (found.relations, found.implied) == (("=",), True)


def test_a_number_that_is_not_the_result_is_not_made_one() -> None:
    assert len(only("27 | + | 42 | 70").sides) == 1


def test_a_lost_minus_is_put_back_where_only_a_difference_fits() -> None:
    found = only("8 | 7 | 1")
    assert (found.operators, found.implied) == (("-",), True)
    assert expressions("8 | 7 | 2") == []


def test_a_plus_read_as_x_is_a_plus_where_only_a_sum_fits() -> None:
    assert only("10 | x | 6 | = | 16").operators == ("+",)
    assert only("2 | x | 2 | = | 4").operators == ("×",)


@pytest.mark.parametrize(
    ("lines", "operators", "result"),
    [
        (["34", "+ 20", "+32", "+12", "98"], ("+", "+", "+"), 98),
        (["15", "- 12"], ("-",), None),
        (["100", "-100", "0"], ("-",), 0),
        (["47", "× 21", "987"], ("×",), 987),
    ],
)
def test_arithmetic_in_a_column_is_one_expression(
    lines: list[str], operators: tuple[str, ...], result: int | None
) -> None:
    page = PageNumbers.parse(column(*lines))
    [found] = [e for e in page.expressions if e.column]
    assert found.operators == operators
    assert found.sides[1].value == result
    assert not any(number.negative for number in page.numbers)


def test_a_sign_on_a_line_of_its_own_belongs_to_the_number_beside_it() -> None:
    lines = [*column("15", right=200), place("一", 140, 30), *column("12", right=200, y=30)]
    [found] = PageNumbers.parse(lines).expressions
    assert (found.operators, operand_values(found)) == (("-",), [15, 12])


def test_a_blank_addend_in_a_column_is_an_unknown() -> None:
    lines = [*column("34", right=200), place("+", 150, 30), *column("+32", "89", right=200, y=60)]
    [found] = PageNumbers.parse(lines).expressions
    assert operand_values(found) == [34, None, 32]


def test_negative_numbers_in_a_list_keep_their_sign() -> None:
    page = PageNumbers.parse(rows("46 | -78 | 61 | 0 | -62"))
    assert [number.value for number in page.numbers] == [46, -78, 61, 0, -62]
    assert page.expressions == ()


@pytest.mark.parametrize("text", ["STEP 1", "Group 3", "1. Choose a unit", "STEP2"])
def test_a_number_that_only_counts_steps_is_ordinal(text: str) -> None:
    [number] = PageNumbers.parse(rows(text)).numbers
    assert number.ordinal


def test_a_row_at_equal_steps_is_a_sequence_with_its_gaps() -> None:
    [found] = PageNumbers.parse(rows("5 | 10 | ? | 20 | 25 | 30")).sequences
    assert (found.step, found.gaps, found.upright) == (5, 1, False)


def test_numbers_below_each_other_are_an_axis() -> None:
    [found] = PageNumbers.parse(column("8", "6", "4", "2", "0")).sequences
    assert (found.step, found.upright) == (-2, True)


def test_the_box_of_an_expression_lies_within_its_line() -> None:
    found = only("Solve 3 + 4 = ? now")
    assert found.box == Box(60, 0, 150, 20)
