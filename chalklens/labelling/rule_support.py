"""Evidence for labels that are rules: the numbers, units and expressions on the page behind them.

How it is used: `find_support("TwoOperands", reading)` -> the spans that speak for the label, at most
`MAX_SPANS`, in reading order; nothing for labels that are no rule over what is printed, and nothing
when the page shows nothing of the kind (`supports(label)` says whether a rule is known at all).
`EvidenceFinder(reading)` reads the page once for many labels. What it leaves out: evidence against a
label, and regions without text.

The rules follow the definitions of ontology 0.21.0: NumbersSmaller10 means an absolute value of at
most 10, NumbersLarger10 of at least 10.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from chalklens.labelling.expressions import Expression, PlacedToken
from chalklens.labelling.page_numbers import PageNumber, PageNumbers
from chalklens.labelling.units import UNIT_KINDS
from chalklens.types import Span, TextReading

MAX_SPANS = 8


Rule = Callable[[PageNumbers], Iterable[Span]]


class EvidenceFinder:
    """The rules on one page."""

    def __init__(self, reading: TextReading) -> None:
        """Parse the page."""
        self._page = PageNumbers.parse(reading.lines)

    def find(self, label: str) -> tuple[Span, ...]:
        """Return the spans that support a label, none for a label without a rule."""
        rule = _rule(label)
        return tuple(dict.fromkeys(rule(self._page)))[:MAX_SPANS] if rule else ()


def supports(label: str) -> bool:
    """Whether there is a rule for a label."""
    return _rule(label) is not None


def find_support(label: str, reading: TextReading) -> tuple[Span, ...]:
    """Return the spans that support one label on a page."""
    return EvidenceFinder(reading).find(label)


def _rule(label: str) -> Rule | None:
    bound = re.fullmatch(r"Numbers(Smaller|Larger)(\d{1,9})", label)
    if bound:
        return _range_rule(bound[1] == "Smaller", int(bound[2]))
    return RULES.get(label)


def _number_span(number: PageNumber) -> Span:
    return Span(f"-{number.text}" if number.negative else number.text, number.box)


def _range_rule(smaller: bool, bound: int) -> Rule:
    """The numbers nearest to the bound, if all keep to it."""

    def find(page: PageNumbers) -> Iterable[Span]:
        numbers = [n for n in page.numbers if not n.ordinal and n.value is not None]
        sized = [(abs(n.value), n) for n in numbers if n.value is not None]
        if smaller:
            kept = [(size, n) for size, n in sized if size <= bound]
            edge = max((size for size, _ in kept), default=None)
        else:
            kept = [(size, n) for size, n in sized if size >= bound]
            edge = min((size for size, _ in kept), default=None)
        return [_number_span(n) for size, n in kept if size == edge]

    return find


def _numbers(keep: Callable[[PageNumber], bool]) -> Rule:
    def find(page: PageNumbers) -> Iterable[Span]:
        return [_number_span(n) for n in page.numbers if not n.ordinal and keep(n)]

    return find


def _expressions(keep: Callable[[Expression], bool]) -> Rule:
    def find(page: PageNumbers) -> Iterable[Span]:
        return [Span(e.text, e.box) for e in page.expressions if keep(e)]

    return find


def _tokens(keep: Callable[[PlacedToken], bool]) -> Rule:
    """Single tokens; a unit is shown with the number before it."""

    def find(page: PageNumbers) -> Iterable[Span]:
        for fragment in page.fragments:
            for item in fragment.tokens:
                if keep(item):
                    yield Span(item.printed, item.box)

    return find


def _operator(sign: str) -> Rule:
    return _expressions(lambda e: sign in e.operators)


def _operands(count: int) -> Rule:
    return _expressions(lambda e: bool(e.operators) and e.operand_count == count)


def _units(*kinds: str) -> Rule:
    return _tokens(
        lambda item: (
            item.token.kind == "unit" and UNIT_KINDS.get(item.token.text, "").startswith(kinds)
        )
    )


def _unit(*units: str) -> Rule:
    return _tokens(lambda item: item.token.kind == "unit" and item.token.text in units)


def _relation(sign: str) -> Rule:
    return _expressions(lambda e: sign in e.relations)


def _steps(step: int) -> Rule:
    def find(page: PageNumbers) -> Iterable[Span]:
        for sequence in page.sequences:
            if sequence.step is not None and abs(sequence.step) == step:
                yield Span(", ".join(map(str, sequence.values)), sequence.box)

    return find


def _is_fraction(number: PageNumber) -> bool:
    return number.number.form in ("fraction", "mixed")


def _is_unit_fraction(number: PageNumber) -> bool:
    return number.number.form == "fraction" and number.number.numerator == 1


def _is_proper(number: PageNumber) -> bool:
    return _is_fraction(number) and number.value is not None and 0 < number.value < 1


def _is_improper(number: PageNumber) -> bool:
    return number.number.form == "fraction" and number.value is not None and number.value >= 1


def _any(number: PageNumber) -> bool:
    return number.value is not None


def _whole(number: PageNumber) -> bool:
    return number.number.form == "integer"


RULES: Final[dict[str, Rule]] = {
    "NumbersWithZero": _numbers(lambda n: n.value == 0),
    "NumbersWithoutZero": _numbers(lambda n: bool(n.value)),
    "NumbersWithNegatives": _numbers(lambda n: n.negative),
    "NumbersWithoutNegatives": _numbers(lambda n: _any(n) and not n.negative),
    "IntegerNumbers": _numbers(_whole),
    "ArabicNumerals": _numbers(_any),
    "Base10": _numbers(_any),
    "DecimalNumbers": _numbers(lambda n: n.number.form == "decimal"),
    "DecimalNotation": _numbers(lambda n: n.number.form == "decimal"),
    "FractionNumbers": _numbers(_is_fraction),
    "FractionNotation": _numbers(_is_fraction),
    "UnitFractions": _numbers(_is_unit_fraction),
    "NonUnitFractions": _numbers(lambda n: _is_fraction(n) and not _is_unit_fraction(n)),
    "ProperFractions": _numbers(_is_proper),
    "ImproperFractions": _numbers(_is_improper),
    "MixedNumbers": _numbers(lambda n: n.number.form == "mixed"),
    "MultiplesOf10": _numbers(lambda n: bool(n.value) and n.value % 10 == 0),
    "MultiplesOf100": _numbers(lambda n: bool(n.value) and n.value % 100 == 0),
    "Addition": _operator("+"),
    "Subtraction": _operator("-"),
    "Multiplication": _operator("×"),
    "Division": _operator("÷"),
    "TwoOperands": _operands(2),
    "ThreeOperands": _operands(3),
    "FourOperands": _operands(4),
    "Equation": _relation("="),
    "Equal": _relation("="),
    "Less": _relation("<"),
    "Greater": _relation(">"),
    "LengthMeasurement": _units("length"),
    "WeightMeasurement": _units("mass"),
    "VolumeMeasurement": _units("volume"),
    "TimeMeasurement": _units("time"),
    "MeasuringWithUnits": _units("length", "mass", "volume", "time", "temperature"),
    "AngleMeasurement": _units("angle"),
    "DegreeScale": _units("angle"),
    "Dollar": _unit("$", "¢"),
    "DigitalClock": _tokens(lambda item: item.token.kind == "time"),
    "MeasuringTime": _tokens(lambda item: item.token.kind == "time"),
    "MillimeterScale": _unit("millimeter"),
    "CentimeterScale": _unit("centimeter"),
    "MeterScale": _unit("meter"),
    "KilometerScale": _unit("kilometer"),
    "InchScale": _unit("inch"),
    "FootScale": _unit("foot"),
    "GramScale": _unit("gram"),
    "KilogramScale": _unit("kilogram"),
    "OunceScale": _unit("ounce"),
    "PoundScale": _unit("pound"),
    "LiterScale": _unit("liter"),
    "MilliliterScale": _unit("milliliter"),
    "SecondIntervals": _unit("second"),
    "MinuteIntervals": _unit("minute"),
    "HourIntervals": _unit("hour"),
    "StepsOf1": _steps(1),
    "StepsOf2": _steps(2),
    "StepsOf5": _steps(5),
    "StepsOf10": _steps(10),
    "StepsOf100": _steps(100),
}
"""Rule of each label that is one over what is printed; the ranges are made from their names."""
