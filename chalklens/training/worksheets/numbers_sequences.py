"""Sequences of numerals: counting on, in steps, backwards, neighbours, ten more and ten less.

How it is used: importing it registers the templates. What it leaves out: patterns with a stated rule
(`operations_patterns`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_numbers import ARRANGEMENTS, draw_things
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    lay_out,
    paragraph,
    write_blank,
    write_equation,
    write_expression,
)
from chalklens.training.worksheets.labels import (
    WRITTEN,
    combine,
    number_labels,
    range_label,
    step_label,
)
from chalklens.training.worksheets.objects import THINGS
from chalklens.training.worksheets.tables import draw_table
from chalklens.training.worksheets.templates import template


@dataclass(frozen=True, slots=True)
class CountingRow:
    """Numbers in equal steps, and what the corpus says of such a row."""

    numbers: tuple[int, ...]
    step: int
    scopes: frozenset[str]


def _choose_steps(rng: random.Random, length: int) -> CountingRow:
    step, limit = rng.choice(
        (
            (1, 10),
            (1, 20),
            (1, 100),
            (1, 120),
            (1, 1000),
            (10, 100),
            (5, 1000),
            (10, 1000),
            (100, 1000),
        )
    )
    length = min(length, limit // step - (1 if step == 100 else 0))
    low = 6 if limit <= 20 else 1
    length = min(length, (limit - low) // step + 1)
    if (step, limit) == (10, 100):
        start = 10 * rng.randint(1, 11 - length)
    else:
        lowest = {120: 101 - length + 1, 1000: 101}.get(limit, low)
        lowest = max(low, min(lowest, limit - step * (length - 1)))
        start = rng.randint(lowest, limit - step * (length - 1))
    numbers = tuple(start + step * i for i in range(length))
    return CountingRow(numbers, step, _sequence_scopes(numbers, step))


def _sequence_scopes(numbers: Sequence[int], step: int) -> frozenset[str]:
    range_ = range_label(numbers, bounds=(10, 20, 100, 120, 1000))
    scopes = combine(range_, "After", WRITTEN, step_label(step))
    if max(numbers) <= 120:
        scopes |= {"NumbersWithoutNegatives"}
    if max(numbers) <= 100:
        scopes |= {"NumbersWithoutZero"}
    if max(numbers) <= 20 and min(numbers) > 5:
        scopes |= {"NumbersLarger5"}
    if step == 10 and max(numbers) <= 100:
        scopes |= {"MultiplesOf10"}
    return scopes


def _write_row(
    canvas: Canvas, rng: random.Random, cells: Sequence[str | Blank], *, size: float
) -> None:
    """Write a row of numbers as boxes, on a track, or divided by commas."""
    look = rng.choice(("boxes", "plain", "circles", "commas"))
    width = max(canvas.measure("0" * _digits(cells), size, bold=True) + size, size * 1.9)
    gap = 4 if look == "boxes" else 9
    room = canvas.right - canvas.left
    per_line = max(1, int((room + gap) / (width + gap)))
    for start in range(0, len(cells), per_line):
        part = cells[start : start + per_line]
        used = len(part) * (width + gap) - gap
        x = (canvas.width - used) / 2 if canvas.style.centred else canvas.left
        for index, cell in enumerate(part):
            box = Area(x, canvas.y, x + width, canvas.y + size * 1.8)
            last = start + index == len(cells) - 1
            _write_number(canvas, box, cell, look, size, last=last)
            x += width + gap
        canvas.y += size * 1.8 + 10


def _write_number(
    canvas: Canvas, box: Area, cell: str | Blank, look: str, size: float, *, last: bool
) -> None:
    if look == "boxes":
        canvas.rectangle(box, radius=canvas.style.corner)
    elif look == "circles":
        canvas.ellipse(box, outline=canvas.style.accent)
    if isinstance(cell, Blank):
        framed = look in ("boxes", "circles")
        blank = Blank(
            cell.answer, look="gap" if framed else ("box" if canvas.style.blank == "gap" else "")
        )
        write_blank(canvas, box.inset(3), blank, size=size)
    else:
        comma = "" if last or look != "commas" else ","
        canvas.text(*box.middle, cell + comma, size=size, anchor="m")


def _digits(cells: Sequence[str | Blank]) -> int:
    return max(len(cell.answer if isinstance(cell, Blank) else cell) for cell in cells)


@template
def numbers_sequence_gap(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A counting sequence with missing numbers."""
    sequence = _choose_steps(rng, rng.randint(3, 9))
    numbers = sequence.numbers
    gaps = set(
        rng.sample(range(len(numbers)), min(rng.choice((1, 1, 1, 2)), max(1, len(numbers) - 2)))
    )
    by = "" if sequence.step == 1 else f" by {sequence.step}s"
    introduce(
        canvas,
        rng,
        (
            "Fill in the missing number[|s].",
            "Which number is missing[| in the row]?",
            f"Count{by}. [Write|Fill in] the missing number[|s].",
            f"[Continue|Complete] the [counting row|number row|sequence|count]{by}.",
            f"Count on{by} and [write|find] the numbers that are [left out|hidden].",
            "[Write|Put] the number that [comes next|belongs in the gap].",
            f"Keep counting{by}: what goes in the empty [box|place|space]?",
            "Some numbers are missing. Write them in [order|the right place].",
        ),
        titles=(
            "Counting on",
            f"Count{by}",
            "Number [row|track|sequence]s",
            "[Counting|Skip counting] [practice|sequence]",
        ),
    )
    cells = [Blank(str(n)) if i in gaps else str(n) for i, n in enumerate(numbers)]
    _write_row(canvas, rng, cells, size=canvas.style.size * rng.uniform(1.0, 1.4))
    return combine("NumerationWithIntegers", sequence.scopes, "ProcedureExecution")


@template
def numbers_neighbours(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """The number right after (or one more than) a number."""
    limit = rng.choice((10, 20, 100))
    count = 1 if rng.random() < 0.4 else rng.randint(2, 8)
    numbers = [rng.randint(6 if limit <= 20 else 11, limit - 1) for _ in range(count)]
    introduce(
        canvas,
        rng,
        (
            "[Which|What] number comes [right|just] after?",
            "Write the number that comes next.",
            "Count one more. [Write|Say] the next number.",
            "Write the [next counting number|number after each number].",
            "[What|Which number] is one more?",
            "Count on by one and write [where you land|the number].",
            "Find the number [that follows|right behind] [it|the given one].",
            "[Say|Write] which number you count next.",
        ),
        titles=("After", "The next number", "One more", "What comes next?"),
    )
    size = canvas.style.size * rng.uniform(1.0, 1.5)
    arrow = rng.choice((" → ", ", ", "  "))
    for cell, number in zip(lay_out(canvas, rng, count, 100, size * 2), numbers, strict=False):
        blank = Blank(str(number + 1), look=_shown(canvas))
        write_expression(canvas, cell.x0, cell.middle[1], (f"{number}{arrow}", blank), size=size)
    return combine(
        "NumerationWithIntegers", _sequence_scopes([*numbers, limit], 1), "ProcedureExecution"
    )


@template
def numbers_one_more_less(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A group of things and one more, or one taken away: how many are there then?"""
    limit = rng.choice((10, 20))
    more = rng.random() < 0.5
    count = rng.randint(2, limit - 1) if more else rng.randint(3, limit)
    thing = rng.choice(THINGS)
    change = "one more comes" if more else "one goes away"
    introduce(
        canvas,
        rng,
        (
            f"How many {thing.plural} are there when {change}?",
            f"There are {thing.name(count)}. Then {change}. How many now?",
            f"Count the {thing.plural}, then find one {'more' if more else 'less'}.",
            f"{'Add' if more else 'Take away'} one {thing.singular}. How many are there [now|then]?",
            f"What number is one {'more' if more else 'less'} than the number of {thing.plural}?",
            f"Count {'on' if more else 'back'} by one. How many {thing.plural}?",
            "[Draw one more|Put one more]. [Count again|How many]?"
            if more
            else "Cross out one. [Count again|How many are left]?",
            f"Write the number that comes {'after' if more else 'before'} the count.",
        ),
        titles=(f"One {'more' if more else 'less'}", "Count and change", "Counting by ones"),
    )
    box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 84)
    draw_things(canvas, rng, thing, count, box, rng.choice(ARRANGEMENTS[2:]))
    canvas.y = box.y1 + 8
    result = count + 1 if more else count - 1
    sign = "+" if more else "−"
    write_equation(canvas, rng, (f"{sign} 1  → ", Blank(str(result), look=_shown(canvas))))
    numbers = number_labels((count, result), bounds=(10, 20))
    scopes = combine(numbers, "ArabicNumerals", "PhysicalNumbers", "StepsOf1")
    if more:
        kind = ("Increment", "AdditiveCount", "After", "Base10")
    else:
        kind = ("Decrement", "SubtractiveCount", "Before")
    return combine("NumerationWithIntegers", kind, scopes, "ProcedureExecution")


def _shown(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""


@template
def numbers_ten_more_less(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Ten or a hundred more or less, reasoned by place value."""
    step = rng.choice((10, 10, 100))
    more = rng.random() < 0.5
    small = step == 10 and rng.random() < 0.4
    number = rng.randint(11, 89) if small else rng.randint(211, 889)
    if small and not more:
        number = max(21, number)
    result = number + step if more else number - step
    word = "more" if more else "less"
    unit = "ten" if step == 10 else "hundred"
    introduce(
        canvas,
        rng,
        (
            f"Find {step} {word}.",
            f"What is {step} {word} than {number}?",
            f"Change the {unit}s digit to find {step} {word}.",
            f"Which digit changes when you [write|find] {step} {word}?",
            f"[Mentally find|Think:] {step} {word} than {number}. [|Which digits stay the same?]",
            f"{'Add' if more else 'Take away'} one {unit}. What is the new number?",
            f"Use place value to find {step} {word} than {number}.",
            f"One {unit} {word}: write the result[| and what stays the same].",
        ),
        titles=(f"{step} {word}", f"One {unit} {word}", "Mental [steps|jumps]"),
    )
    _draw_places(canvas, rng, number, result, small=small)
    kept = "Ones stay the same" if step == 10 else "Tens and ones stay the same"
    if rng.random() < 0.6:
        paragraph(canvas, kept + ".", size=canvas.style.size * 0.9)
    change = "Increment" if more else "Decrement"
    scopes = (
        ("Base10", "NumbersLarger10", "NumbersSmaller100")
        if small
        else ("Base10", "NumbersLarger100", "NumbersSmaller1000")
    )
    areas = ("PlaceValue",) if small else ()
    return combine(
        change, "NumerationWithIntegers", areas, scopes, step_label(step), "ProcedureUnderstanding"
    )


def _draw_places(
    canvas: Canvas, rng: random.Random, number: int, result: int, *, small: bool
) -> None:
    names = ["", "Tens", "Ones"] if small else ["", "Hundreds", "Tens", "Ones"]
    digits = len(names) - 1
    first = ["Start", *str(number).zfill(digits)]
    second = ["Result", *(Blank(digit) for digit in str(result).zfill(digits))]
    draw_table(
        canvas, rng, [names, first, second], header=True, row_header=True, kind="place_value_chart"
    )
    cell = lay_out(canvas, rng, 1, 140, canvas.style.size * 1.8)[0]
    write_expression(canvas, *cell.middle, (f"{number} → ", Blank(str(result))), anchor="m")
