"""The rules by which labels follow from numbers, operations and wordings, in one place.

How it is used by a template:

    combine(operation_labels("+", (7, 8), 15), "ProcedureExecution")

The rules were read off the training pages of the labelled corpus (which label sets occur for which
numbers) and say what those pages do, not what the ontology would allow: e.g. a range label counts the
result, and is the tightest one. What it leaves out: rules that only one template needs.
"""

from collections.abc import Iterable, Sequence

AREA_OF = {"+": "Addition", "−": "Subtraction", "×": "Multiplication", "÷": "Division"}
SIGNS = tuple(AREA_OF)
WRITTEN = frozenset(("ArabicNumerals", "Base10"))

_BOUNDS = (5, 10, 20, 100, 120, 1000, 1_000_000)
_LEAST = {"×": 100, "÷": 100}  # products and quotients are never labelled with less
_OPERANDS = {2: "TwoOperands", 3: "ThreeOperands", 4: "FourOperands"}
_DIGITS = {1: "SingleDigit", 2: "TwoDigit", 3: "ThreeDigit", 4: "FourDigit"}


def combine(*parts: str | Iterable[str]) -> frozenset[str]:
    """One label set from single ids and sets."""
    sets = ({part} if isinstance(part, str) else frozenset(part) for part in parts)
    return frozenset[str]().union(*sets)


def range_label(numbers: Iterable[float], *, bounds: Sequence[int] = _BOUNDS) -> str:
    """The tightest `NumbersSmaller...` that all numbers keep, by absolute value.

    Raises:
        ValueError: A number is larger than the largest bound.
    """
    largest = max(abs(number) for number in numbers)
    for bound in bounds:
        if largest <= bound:
            return f"NumbersSmaller{bound}"
    raise ValueError(f"{largest} is larger than {bounds[-1]}")


def zero_label(numbers: Iterable[float]) -> str:
    """Whether zero is among the numbers."""
    return "NumbersWithZero" if 0 in numbers else "NumbersWithoutZero"


def sign_label(numbers: Iterable[float]) -> str:
    """Whether a negative number is among the numbers."""
    return "NumbersWithNegatives" if min(numbers) < 0 else "NumbersWithoutNegatives"


def number_labels(numbers: Sequence[float], *, bounds: Sequence[int] = _BOUNDS) -> frozenset[str]:
    """Range, sign and zero of a set of numbers."""
    return frozenset(
        (range_label(numbers, bounds=bounds), sign_label(numbers), zero_label(numbers))
    )


def operation_numbers(
    sign: str, operands: Sequence[int], result: int, *, least: int = 5
) -> frozenset[str]:
    """Range, zero and notation of an exercise, results included, without the count of operands."""
    numbers = (*operands, result)
    least = max(least, _LEAST.get(sign, 5))
    bounds = [bound for bound in _BOUNDS if bound >= least and bound != 120]
    labels = WRITTEN | number_labels(numbers, bounds=bounds)
    if is_larger_ten(sign, operands, result):
        labels |= {"NumbersLarger10"}
    if is_multiple_ten(sign, operands):
        labels |= {"MultiplesOf10"}
    return labels


def operation_labels(sign: str, operands: Sequence[int], result: int) -> frozenset[str]:
    """Area and numbers of an exercise such as 3 + 4 = 7, without the ability."""
    return combine(
        AREA_OF[sign], operation_numbers(sign, operands, result), operand_label(operands)
    )


def merge_items(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    """The labels of a page with several exercises: the widest range, zero where any has it."""
    merged = frozenset[str]().union(*sets)
    ranges = [f"NumbersSmaller{bound}" for bound in _BOUNDS if f"NumbersSmaller{bound}" in merged]
    merged -= set(ranges[:-1])
    if "NumbersWithZero" in merged:
        merged -= {"NumbersWithoutZero"}
    for partial in ("NumbersLarger10", "MultiplesOf10"):
        if not all(partial in labels for labels in sets):
            merged -= {partial}
    return merged


def operand_label(operands: Sequence[object]) -> str:
    """`TwoOperands` to `FourOperands`."""
    return _OPERANDS[len(operands)]


def is_larger_ten(sign: str, operands: Sequence[int], result: int) -> bool:
    """Sums of two-digit numbers within 100 are labelled as numbers from ten on."""
    return sign == "+" and min(operands) >= 10 and 20 < result <= 100


def is_multiple_ten(sign: str, operands: Sequence[int]) -> bool:
    """Both numbers of a difference, one factor of a product are multiples of ten."""
    multiples = sum(operand % 10 == 0 and operand != 0 for operand in operands)
    needed = 1 if sign == "×" else len(operands)
    return sign in "−×" and multiples >= needed and max(operands) >= 20


def digit_label(number: int, role: str) -> str:
    """E.g. `TwoDigitLargestOperand`; roles: LargestOperand, SmallestOperand, Dividend, Divisor."""
    return f"{_DIGITS[len(str(number))]}{role}"


def step_label(step: int) -> str:
    """`StepsOf1` to `StepsOf100000`."""
    return f"StepsOf{step}"
