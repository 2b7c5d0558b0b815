"""Comparing, ordering and rounding numerals.

How it is used: importing it registers the templates. What it leaves out: comparing decimals
(`numbers_decimals`), fractions (`fractions_comparison`) and groups of things (`numbers_counting`).
"""

import random
from collections.abc import Sequence

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.figures_numbers import draw_number_line
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    lay_out,
    measure_expression,
    paragraph,
    skip,
    write_expression,
)
from chalklens.training.worksheets.labels import (
    WRITTEN,
    combine,
    number_labels,
    sign_label,
    step_label,
    zero_label,
)
from chalklens.training.worksheets.tables import draw_table
from chalklens.training.worksheets.templates import template

_PLACES = {
    10: "ten",
    100: "hundred",
    1000: "thousand",
    10_000: "ten thousand",
    100_000: "hundred thousand",
}


def choose_relation(rng: random.Random) -> str:
    """Less, Greater or Equal."""
    return rng.choice(("Less", "Greater", "Equal"))


def relation_sign(relation: str) -> str:
    """The sign of a relation."""
    return {"Less": "<", "Greater": ">", "Equal": "="}[relation]


def _choose_pair(rng: random.Random, low: int, high: int, relation: str) -> tuple[int, int]:
    first, second = sorted(rng.sample(range(low, high + 1), 2))
    if relation == "Equal":
        return first, first
    return (first, second) if relation == "Less" else (second, first)


def _comparison_area(relation: str) -> str:
    return "NumericEquality" if relation == "Equal" else "NumericInequality"


@template
def numbers_compare_pairs(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write <, > or = between two numerals."""
    low, high = rng.choice(((0, 10), (1, 10), (101, 1000), (1001, 999_999)))
    relation = choose_relation(rng) if low else rng.choice(("Less", "Greater"))
    count = 1 if rng.random() < 0.55 else rng.randint(2, 8)
    pairs = [_choose_pair(rng, low, high, relation) for _ in range(count)]
    if low == 0:  # one of them is zero, so that the label says what is there
        pairs[0] = (0, pairs[0][1]) if relation == "Less" else (pairs[0][0], 0)
    introduce(
        canvas,
        rng,
        (
            "Compare the [two |]numbers using <, >, or =.",
            "[Write|Put in] <, > or =.",
            "Which sign [belongs|goes] [between the numbers|in the circle]?",
            "[Compare.|Compare the values.] Use <, > or =.",
            "Is the first number less than, greater than or equal to the second one?",
            "[Make|Complete] a true [comparison|statement] with <, > or =.",
            "[Fill in|Choose] the [right|correct] sign: <, > or =.",
            "[Decide which number is greater|Compare], then write the [symbol|sign].",
        ),
        titles=("[Compare|Comparing] numbers", "Greater, less, equal", "Number comparison"),
        silence_chance=0.25,
    )
    size = canvas.style.size * rng.uniform(1.1, 1.6)
    items = [
        (f"{a:,} ", Blank(relation_sign(relation), look=_visible(canvas)), f" {b:,}")
        for a, b in pairs
    ]
    width = max(measure_expression(canvas, parts, size) for parts in items)
    cells = lay_out(canvas, rng, count, width, size * 1.9)
    for cell, parts in zip(cells, items, strict=False):
        write_expression(canvas, cell.middle[0], cell.middle[1], parts, size=size, anchor="m")
    numbers = [n for pair in pairs[: len(cells)] for n in pair]
    if low > 1000:
        scopes = combine(
            "NumbersLarger1000",
            "NumbersSmaller1000000",
            "NumbersWithoutNegatives",
            "NumbersWithoutZero",
        )
        return combine("NumericComparison", relation, WRITTEN, scopes, "ProcedureExecution")
    scopes = number_labels([*numbers, high], bounds=(10, 20, 100, 1000))
    if low > 100:
        scopes |= {"NumbersLarger100"}
    return combine(_comparison_area(relation), relation, WRITTEN, scopes, "ProcedureExecution")


@template
def numbers_compare_places(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Compare two-digit numbers by their tens and ones."""
    relation = choose_relation(rng)
    first, second = _choose_pair(rng, 11, 99, relation)
    introduce(
        canvas,
        rng,
        (
            "Compare the tens first[|. If they are equal, compare the ones|, then the ones].",
            "Use tens and ones to [compare|tell which number is greater].",
            "Look at the digits: [which number has more tens|compare the tens and then the ones].",
            "How do the tens and ones tell you which number is greater?",
            "[Fill in|Complete] the tens and ones. Then [compare|write <, > or =].",
            "Use place value to compare[| the two numbers].",
            "Split both numbers into tens and ones and compare [them|place by place].",
            "Which place decides? Compare by place value.",
        ),
        titles=("Compare [by|with] place value", "Tens first", "Tens and ones"),
    )
    rows: list[list[str | Blank]] = [["Number", "Tens", "Ones"]]
    rows += [[str(n), Blank(str(n // 10)), Blank(str(n % 10))] for n in (first, second)]
    draw_table(canvas, rng, rows, header=True, kind="place_value_chart")
    cell = lay_out(canvas, rng, 1, 130, canvas.style.size * 2)[0]
    parts = (f"{first} ", Blank(relation_sign(relation), look=_visible(canvas)), f" {second}")
    write_expression(canvas, *cell.middle, parts, size=canvas.style.size * 1.3, anchor="m")
    scopes = (
        "NumbersLarger10",
        "NumbersSmaller100",
        "NumbersWithoutNegatives",
        "NumbersWithoutZero",
    )
    return combine(
        _comparison_area(relation),
        "PlaceValue",
        relation,
        WRITTEN,
        scopes,
        "ProcedureUnderstanding",
    )


def _ask_order(order: tuple[str, str, str]) -> tuple[str, ...]:
    return (
        f"Arrange the numbers in {order[0]} order.",
        f"[Order|Put|Sort] the numbers [from |]{order[1]}.",
        f"Write the numbers from {order[2]}.",
        f"[Sort|Order] [these numbers|the numbers|the cards] in {order[0]} order.",
        f"Start with the {order[2].split()[0]} number and write them in order.",
        f"Line up the numbers from {order[1]}.",
        f"Rewrite the list so that it goes from {order[2]}.",
        f"Which comes first? Order the numbers from {order[1]}.",
    )


@template
def numbers_order(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Put numbers in order."""
    ascending = rng.random() < 0.5
    negative, zero = rng.random() < 0.45, rng.random() < 0.4
    numbers = rng.sample([n for n in range(-99 if negative else 1, 100) if n], rng.randint(4, 6))
    if negative:
        numbers[0] = -abs(numbers[0])
    if zero:
        numbers[1] = 0
    numbers = list(dict.fromkeys(numbers))
    rng.shuffle(numbers)
    order = (
        ("ascending", "least to greatest", "smallest to largest")
        if ascending
        else ("descending", "greatest to least", "largest to smallest")
    )
    introduce(
        canvas,
        rng,
        _ask_order(order),
        titles=("Ordering numbers", "Number order", f"{order[0].title()} order", "Put in order"),
    )
    size = canvas.style.size * rng.uniform(1.0, 1.5)
    separator = rng.choice(("   ", ", ", "     "))
    paragraph(
        canvas, separator.join(map(str, numbers)), size=size
    ) if separator == ", " else _spread(canvas, numbers, size)
    skip(canvas, 6)
    arranged = sorted(numbers, reverse=not ascending)
    if rng.random() < 0.7 or canvas.style.solution:
        parts: list[str | Blank] = []
        for number in arranged:
            if parts:
                parts.append(" < " if ascending else " > ")
            parts.append(Blank(str(number), look="line"))
        small = min(
            canvas.style.size,
            canvas.style.size * (canvas.right - canvas.left) / measure_expression(canvas, parts),
        )
        cell = lay_out(canvas, rng, 1, 100, small * 2)[0]
        write_expression(canvas, canvas.left, cell.middle[1], parts, size=small)
    scopes = combine("NumbersSmaller100", sign_label(numbers), zero_label(numbers))
    return combine(
        "NumericOrder",
        f"{'Ascending' if ascending else 'Descending'}Order",
        scopes,
        "ProcedureExecution",
    )


@template
def numbers_round(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Round to a place, with or without a number line."""
    limit = rng.choice((1000, 1_000_000))
    step = rng.choice((10, 100)) if limit == 1000 else rng.choice(tuple(_PLACES))
    drawn = rng.random() < 0.55
    count = 1 if drawn else rng.randint(1, 8)
    numbers = [rng.randint(101 if limit == 1000 else 100_001, limit - step) for _ in range(count)]
    place = _PLACES[step]
    introduce(
        canvas,
        rng,
        (
            f"Round [{numbers[0]:,}|the number] to the nearest {place}."
            if count == 1
            else f"Round each number to the nearest {place}.",
            f"Round to the nearest {place}.",
            f"[Which|What] is the nearest {place}?",
            f"What [do you get|is the result] when you round to the nearest {place}?",
            f"[Find|Write] the {place} that is closest[| to the number].",
            f"Round [up or down|off] to the nearest {place}.",
            f"Give the number[|s] rounded to the nearest {place}.",
            f"Between which two {place}s does it lie? Round to the nearest one.",
        ),
        titles=(
            "Rounding",
            f"Round to the nearest {place}",
            "Rounding [on a number line|numbers]",
            f"Nearest {place}",
        ),
    )
    if drawn:
        _draw_rounding(canvas, rng, numbers[0], step)
    size = canvas.style.size * rng.uniform(1.0, 1.3)
    arrow = rng.choice((" → ", " ≈ ", " rounds to "))
    items = [
        (f"{n:,}{arrow}", Blank(f"{(n + step // 2) // step * step:,}", digits=4)) for n in numbers
    ]
    width = max(measure_expression(canvas, parts, size) for parts in items)
    for cell, parts in zip(lay_out(canvas, rng, count, width, size * 1.9), items, strict=False):
        write_expression(canvas, cell.x0, cell.middle[1], parts, size=size)
    scopes = (f"NumbersSmaller{limit}", "NumbersWithoutNegatives", step_label(step))
    return combine("IntegerRounding", WRITTEN, scopes, "ProcedureExecution")


def _draw_rounding(canvas: Canvas, rng: random.Random, number: int, step: int) -> None:
    low = number // step * step
    marks = {float(n): f"{n:,}" for n in (low, low + step // 2, low + step)}
    line = draw_number_line(canvas, rng, low, low + step, 10, marks, above=34)
    x = line.x(number)
    canvas.disc(x, line.y, 4, fill=canvas.style.accent)
    canvas.text(
        x,
        line.y - 20,
        f"{number:,}",
        bold=True,
        colour=canvas.style.accent,
        anchor="m",
        size=canvas.style.size * 0.9,
    )


def _spread(canvas: Canvas, numbers: Sequence[int], size: float) -> None:
    step = (canvas.right - canvas.left) / len(numbers)
    y = canvas.y + size * 0.8
    for index, number in enumerate(numbers):
        canvas.text(canvas.left + (index + 0.5) * step, y, str(number), size=size, anchor="m")
    canvas.y = y + size


def _visible(canvas: Canvas) -> str:
    """An answer place between two numbers must be seen."""
    return "box" if canvas.style.blank == "gap" else ""
