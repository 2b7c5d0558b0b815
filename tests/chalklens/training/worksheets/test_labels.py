"""The rules that turn numbers and operations into labels."""

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.training.worksheets.labels import (
    combine,
    digit_label,
    merge_items,
    number_labels,
    operation_labels,
    range_label,
)

PLAIN = {"ArabicNumerals", "Base10", "NumbersWithoutNegatives", "TwoOperands"}


@pytest.mark.parametrize(
    ("numbers", "label"),
    [
        ((1, 5), "NumbersSmaller5"),
        ((6, 10), "NumbersSmaller10"),
        ((11,), "NumbersSmaller20"),
        ((-95, 20), "NumbersSmaller100"),
        ((101, 120), "NumbersSmaller120"),
        ((1001,), "NumbersSmaller1000000"),
    ],
)
def test_the_range_is_the_tightest_one(numbers: tuple[int, ...], label: str) -> None:
    assert range_label(numbers) == label


def test_a_number_over_the_largest_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than 20"):
        range_label((21,), bounds=(10, 20))


def test_the_result_counts_for_the_range() -> None:
    assert operation_labels("+", (7, 8), 15) == PLAIN | {
        "Addition",
        "NumbersSmaller20",
        "NumbersWithoutZero",
    }


def test_products_are_never_labelled_with_less_than_a_hundred() -> None:
    assert "NumbersSmaller100" in operation_labels("×", (2, 3), 6)


def test_a_zero_anywhere_is_said() -> None:
    assert "NumbersWithZero" in operation_labels("−", (5, 5), 0)
    assert number_labels((0, -3)) == {
        "NumbersSmaller5",
        "NumbersWithNegatives",
        "NumbersWithZero",
    }


def test_tens_are_multiples_of_ten_in_differences_and_products() -> None:
    assert "MultiplesOf10" in operation_labels("−", (90, 20), 70)
    assert "MultiplesOf10" in operation_labels("×", (3, 40), 120)
    assert "MultiplesOf10" not in operation_labels("−", (90, 21), 69)


def test_a_page_takes_the_widest_range_of_its_items() -> None:
    merged = merge_items([operation_labels("+", (1, 2), 3), operation_labels("+", (0, 9), 9)])
    assert {label for label in merged if "Numbers" in label} == {
        "NumbersSmaller10",
        "NumbersWithZero",
        "NumbersWithoutNegatives",
    }


def test_larger_than_ten_holds_for_a_page_only_when_it_holds_for_all() -> None:
    all_large = [operation_labels("+", (10, 20), 30), operation_labels("+", (11, 50), 61)]
    assert "NumbersLarger10" in merge_items(all_large)
    assert "NumbersLarger10" not in merge_items([*all_large, operation_labels("+", (9, 30), 39)])


def test_digits_are_counted() -> None:
    assert digit_label(7, "Divisor") == "SingleDigitDivisor"
    assert digit_label(9771, "Dividend") == "FourDigitDividend"


def test_what_the_rules_give_exists(ontology: Ontology) -> None:
    for sign in "+−×÷":
        for operands, result in (((40, 20), 60), ((20, 40, 30), 90), ((20, 10, 10, 10), 50)):
            assert all(label in ontology for label in operation_labels(sign, operands, result))


def test_single_ids_and_sets_are_combined() -> None:
    assert combine("Addition", ("A", "B"), frozenset(("B",))) == {"Addition", "A", "B"}
