"""Facts about the numbers of a page: their size, forms, sign, zero, fractions, units, times.

How it is used: `measure_numbers(page)` -> one value from 0 to 1 per name. Sizes are thermometer
codes (`max_above_20` is 1 when the largest number is above 20), because a range label is true from
a bound on. They are measured twice: for what is calculated with (`core_`; results that are not
printed count too), and for all numbers but those that only count steps, groups or exercises.

What it leaves out: numbers in words.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import log2

from chalklens.labelling.expressions import Expression
from chalklens.labelling.numbers import Number
from chalklens.labelling.page_numbers import PageNumbers
from chalklens.labelling.units import UNIT_KINDS

MAX_BOUNDS = (5, 10, 20, 100, 120, 1_000, 10_000, 100_000)
MIN_BOUNDS = (5, 10, 20, 100, 1_000)
SHARE_BOUNDS = (10, 100)
DENOMINATORS = (10, 100)
NAMED_UNITS = ("hour", "minute", "$", "¢")
MEASURES = sorted(set(UNIT_KINDS.values()) - {"percent"})
MANY = 64

Facts = dict[str, float]


def measure_numbers(page: PageNumbers) -> Facts:
    """Return the facts, always under the same names."""
    content = [n for n in page.numbers if not n.ordinal]
    values = [n.value for n in content if n.value is not None]
    core = list(core_values(page)) or values
    numbers = [n.number for n in content]
    return (
        _range_facts("all", values)
        | _range_facts("core", core)
        | _kind_facts(values, numbers)
        | _operand_facts(page.expressions)
        | _fraction_facts(numbers)
        | _unit_facts(page)
    )


def core_values(page: PageNumbers) -> Iterable[Fraction]:
    """Values that are calculated with, and the results, printed or not."""
    for expression in page.expressions:
        for side in expression.sides:
            yield from (o.value for o in side.operands if o.value is not None)
            if side.value is not None:
                yield side.value


def scale_count(count: int, many: int = MANY) -> float:
    """A count as 0 to 1, by its logarithm; `many` and more are 1."""
    return min(1.0, log2(1 + count) / log2(1 + many))


def share(count: int, total: int) -> float:
    """Part of a total; nothing of nothing is 0."""
    return count / total if total else 0.0


def _range_facts(prefix: str, values: Sequence[Fraction]) -> Facts:
    sizes = [abs(value) for value in values]
    largest = max(sizes, default=Fraction(-1))
    smallest = min((size for size in sizes if size), default=Fraction(0))
    facts = {f"{prefix}_max_above_{bound}": float(largest > bound) for bound in MAX_BOUNDS}
    facts |= {f"{prefix}_min_from_{bound}": float(smallest >= bound) for bound in MIN_BOUNDS}
    return facts | {
        f"{prefix}_zero": float(0 in values),
        f"{prefix}_negative": float(any(value < 0 for value in values)),
    }


def _kind_facts(values: Sequence[Fraction], numbers: Sequence[Number]) -> Facts:
    total = len(numbers)
    places = [n.decimal_places for n in numbers if n.form == "decimal"]
    whole = [int(v) for v in values if v.denominator == 1]
    facts = {
        f"share_to_{bound}": share(sum(abs(v) <= bound for v in values), len(values))
        for bound in SHARE_BOUNDS
    }
    return facts | {
        "number_count": scale_count(total),
        "zero_share": share(values.count(Fraction(0)), len(values)),
        "distinct_share": share(len(set(values)), len(values)),
        "integers_only": float(bool(numbers) and all(n.form == "integer" for n in numbers)),
        "decimals": float(bool(places)),
        "decimal_places_1": float(1 in places),
        "decimal_places_2": float(2 in places),
        "thousands_grouped": float(any(n.grouped for n in numbers)),
        "even_share": share(sum(v % 2 == 0 for v in whole), len(whole)),
        "multiples_of_10_share": share(sum(v % 10 == 0 and v != 0 for v in whole), len(whole)),
        "single_digits": scale_count(sum(0 <= v < 10 for v in whole)),
    }


def _operand_facts(expressions: Sequence[Expression]) -> Facts:
    """Digits of the largest and the smallest operand, as labels of operand size count them."""
    operands = [o.value for e in expressions if e.operators for o in e.operands]
    sizes = [abs(int(v)) for v in operands if v is not None and v.denominator == 1]
    largest, smallest = len(str(max(sizes, default=0))), len(str(min(sizes, default=0)))
    facts = {f"largest_operand_digits_{n}": float(bool(sizes) and largest == n) for n in (1, 2, 3)}
    facts["largest_operand_digits_4"] = float(largest >= 4)
    tens = [size for size in sizes if size]
    return facts | {
        "smallest_operand_digits_1": float(bool(sizes) and smallest == 1),
        "smallest_operand_digits_2": float(smallest == 2),
        "operand_zero": float(0 in sizes),
        "operands_tens": float(bool(tens) and all(size % 10 == 0 for size in tens)),
        "operand_multiple_of_10": float(any(size % 10 == 0 for size in tens)),
    }


def _fraction_facts(numbers: Sequence[Number]) -> Facts:
    forms = [n for n in numbers if n.form in ("fraction", "mixed")]
    full = [(n.numerator, n.denominator) for n in forms if n.numerator and n.denominator]
    bottoms = {n.denominator for n in forms if n.denominator}
    plain = {
        (a, b)
        for n in forms
        if n.form == "fraction"
        for a, b in [(n.numerator, n.denominator)]
        if a and b
    }
    facts = {f"denominator_{bound}": float(bound in bottoms) for bound in DENOMINATORS}
    return facts | {
        "fraction_share": share(len(forms), len(numbers)),
        "fractions": scale_count(len(forms), 16),
        "mixed_numbers": float(any(n.form == "mixed" for n in forms)),
        "unit_fraction_share": share(sum(a == 1 for a, _ in full), len(full)),
        "proper_fraction_share": share(sum(a < b for a, b in full), len(full)),
        "improper_fractions": float(any(a > b for a, b in plain)),
        "common_denominator": float(len(plain) > 1 and len({b for _, b in plain}) == 1),
        "common_numerator": float(len(plain) > 1 and len({a for a, _ in plain}) == 1),
        "unknown_in_fraction": float(any(n.value is None for n in forms)),
    }


def _unit_facts(page: PageNumbers) -> Facts:
    items = [item.token for fragment in page.fragments for item in fragment.tokens]
    units = {token.text for token in items if token.kind == "unit"}
    kinds = {UNIT_KINDS[unit] for unit in units if unit in UNIT_KINDS}
    times = [token for token in items if token.kind == "time" and token.number]
    minutes = [
        int(60 * t.number.value) % 60 for t in times if t.number and t.number.value is not None
    ]
    facts = {f"unit_{unit}": float(unit in units) for unit in NAMED_UNITS}
    facts |= {f"units_{kind}": float(kind in kinds) for kind in MEASURES}
    return facts | {
        "unit_count": scale_count(sum(t.kind == "unit" for t in items)),
        "clock_times": scale_count(len(times), 8),
        "clock_half_hours": float(bool(minutes) and all(m % 30 == 0 for m in minutes)),
        "clock_five_minutes": float(bool(minutes) and all(m % 5 == 0 for m in minutes)),
    }
