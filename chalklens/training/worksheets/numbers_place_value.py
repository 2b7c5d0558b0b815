"""Place value: expanded form, charts, bundles, teen numbers, blocks, names, and worth of digits.

How it is used: importing it registers the templates. What it leaves out: operating with blocks
(`operations_blocks`), decimals (`numbers_decimals`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_numbers import (
    draw_blocks,
    draw_ten_frames,
    measure_blocks,
)
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    introduce,
    paragraph,
    skip,
    write_answer_line,
    write_equation,
)
from chalklens.training.worksheets.labels import WRITTEN, combine, operand_label
from chalklens.training.worksheets.tables import draw_table
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import name_number

_PLACES = ("ones", "tens", "hundreds", "thousands", "ten thousands", "hundred thousands")


def split_places(number: int) -> list[int]:
    """The values of the digits that are not zero, the greatest first."""
    digits = str(number)
    values = [int(digit) * 10 ** (len(digits) - 1 - index) for index, digit in enumerate(digits)]
    return [value for value in values if value]


def draw_chart(canvas: Canvas, rng: random.Random, number: int, *, hidden: bool = False) -> None:
    """Draw the digits of a number under the names of their places."""
    digits = str(number)
    names = [name.title() for name in reversed(_PLACES[: len(digits)])]
    if len(digits) > 4:
        names = [name.replace("Thousands", "Th.") for name in names]
    cells = [Blank(digit) if hidden else digit for digit in digits]
    draw_table(canvas, rng, [names, cells], header=True, kind="place_value_chart")


def show_blocks(canvas: Canvas, rng: random.Random, number: int) -> None:
    """Draw base-ten blocks of a number at the cursor."""
    unit = rng.uniform(4.5, 7.5)
    width, height = measure_blocks(number, unit)
    unit *= min(1.0, (canvas.right - canvas.left) / width)
    width, height = measure_blocks(number, unit)
    x = max(canvas.left, (canvas.width - width) / 2) if canvas.style.centred else canvas.left
    draw_blocks(canvas, x, canvas.y, number, unit=unit)
    canvas.y += height + 12


@template
def numbers_expanded_form(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write a numeral as the sum of its place values."""
    limit = rng.choice((1000, 1000, 1_000_000))
    number = rng.randint(101, 999) if limit == 1000 else _sparse_number(rng)
    values = split_places(number)
    while len(values) not in (2, 3):
        number = rng.randint(101, 999) if limit == 1000 else _sparse_number(rng)
        values = split_places(number)
    introduce(
        canvas,
        rng,
        (
            "Write the number in expanded form.",
            "[Write|Show] the numeral as a sum of its place values.",
            f"[Expand|Stretch] the number {number:,}.",
            "Write what each digit is worth as a sum.",
            "[Break|Split] the number apart by place value. Write the sum.",
            "Write hundreds, tens and ones as an addition.",
            "Express the numeral as [the sum of|an addition of] its place values.",
            "Rewrite the number as a sum of [multiples of ten|hundreds, tens and ones].",
        ),
        titles=("Expanded form", "Place value sums", "Expanded notation"),
    )
    if rng.random() < 0.4:
        draw_chart(canvas, rng, number)
    look = "box" if canvas.style.blank == "gap" else ""
    parts: list[Part] = [f"{number:,} = "]
    for index, value in enumerate(values):
        parts += [" + "] if index else []
        parts.append(Blank(f"{value:,}", look=look))
    write_equation(canvas, rng, parts)
    scopes = combine(WRITTEN, f"NumbersSmaller{limit}", operand_label(values))
    return combine("PlaceValue", "Sum", scopes, "Formalization")


def _sparse_number(rng: random.Random) -> int:
    places = rng.sample(range(6), rng.choice((2, 2, 3)))
    number = sum(rng.randint(1, 9) * 10**place for place in places)
    return number if number > 1000 else number + 10_000


@template
def numbers_teen(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Ten and some more make a teen number."""
    ones = rng.randint(1, 9)
    introduce(
        canvas,
        rng,
        (
            "How many [dots|counters] are there in [total|all]?",
            f"Ten and {name_number(ones)} more [make|is] which number?",
            "One frame is full. Write the teen number.",
            "Add the ten and the ones. What number do you get?",
            "Put ten ones and some more ones together.",
            "Write the sum: ten and [some more|the extra ones].",
            "A full ten and some ones: how many is that?",
            "[Build|Compose] the number from ten ones and more ones.",
        ),
        titles=("Teen numbers", "Ten and more", "Compose teen numbers"),
    )
    draw_ten_frames(canvas, 10 + ones, frames=2, cell=rng.uniform(19, 28))
    if rng.random() < 0.5:
        paragraph(canvas, f"10 ones and {ones} ones", size=canvas.style.size * 0.9)
    write_equation(canvas, rng, (f"10 + {ones} = ", Blank(str(10 + ones))))
    scopes = combine(
        WRITTEN,
        "NumbersSmaller20",
        "NumbersWithoutNegatives",
        "NumbersWithoutZero",
        "PhysicalNumbers",
    )
    return combine("PlaceValue", "Sum", scopes, "ProcedureExecution")


@template
def numbers_bundles(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Hundreds (or tens) as bundles: how many are they?"""
    hundreds = rng.random() < 0.6
    count = rng.randint(1, 9)
    unit = "hundred" if hundreds else "ten"
    value = count * (100 if hundreds else 10)
    noun = unit if count == 1 else unit + "s"
    introduce(
        canvas,
        rng,
        (
            f"How many [ones|units] are {count} {noun}?",
            f"What number do these {unit}s [make|stand for|represent]?",
            f"Each block is one {unit}. What is the [value|number]?",
            f"How many are shown by [these|the] {unit}s?",
            f"Think of bundles of {10 ** (2 if hundreds else 1)}. Which number is this?",
            f"Count by {unit}s. Which number do you reach?",
            f"Write the number that has {count} {noun} and nothing else.",
            f"{count} {noun}, no {'tens, no ' if hundreds else ''}ones: what number is it?",
        ),
        titles=("Place value", f"Counting {unit}s", f"{unit.title()}s", "Bundles"),
    )
    show_blocks(canvas, rng, value)
    write_equation(canvas, rng, (f"{count} {noun} = ", Blank(str(value))))
    if hundreds:
        scopes = combine(WRITTEN, "MultiplesOf100", "NumbersSmaller1000")
    else:
        scopes = combine(WRITTEN, "MultiplesOf10", "NumbersSmaller100")
    return combine(
        "PlaceValue", scopes, "NumbersWithoutZero", "PhysicalNumbers", "ProcedureUnderstanding"
    )


@template
def numbers_blocks_numeral(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write the numeral that base-ten blocks show."""
    limit = rng.choice((120, 1000))
    number = rng.randint(21, 119) if limit == 120 else rng.randint(121, 799)
    introduce(
        canvas,
        rng,
        (
            "Write the [number|numeral] shown [by|with] the [base-ten |]blocks.",
            "Which number do the blocks show? Write [it|the numeral].",
            "Count hundreds, tens and ones. Write the numeral.",
            "[What is|Write] the numeral for this picture[|?|.]",
            "How do you write this amount with digits?",
            "Write the digits that match the blocks.",
            "Record the number that is built [here|with blocks].",
            "Turn the blocks into a numeral.",
        ),
        titles=("Base-ten blocks", "Write the numeral", "Blocks to numbers"),
    )
    show_blocks(canvas, rng, number)
    write_equation(canvas, rng, (Blank(str(number), digits=4),), least=1.2, most=1.6)
    scopes = (
        {"NumbersSmaller120", "NumbersWithoutNegatives"}
        if limit == 120
        else {"NumbersLarger120", "NumbersSmaller1000"}
    )
    return combine("DigitNotation", WRITTEN, scopes, "VisualArticulation")


def _choose_large(rng: random.Random) -> tuple[int, frozenset[str]]:
    if rng.random() < 0.5:
        return rng.randint(121, 999), frozenset(("NumbersSmaller1000",))
    return rng.randint(1001, 999_999), frozenset(("NumbersLarger1000", "NumbersSmaller1000000"))


@template
def numbers_write_in_words(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write a numeral in words."""
    number, ranges = _choose_large(rng)
    introduce(
        canvas,
        rng,
        (
            "Write [the number|the numeral|this numeral] in words.",
            "Spell out the number.",
            "Write the number name.",
            f"How do you write {number:,} in words?",
            "[Write|Put] this number into words.",
            "Give the word form[| of the number].",
            "[Write down|Spell] how the number is said.",
            "Which words name this numeral? Write them.",
        ),
        titles=("Number names", "Word form", "Numbers in words"),
    )
    write_equation(canvas, rng, (f"{number:,}",), least=1.3, most=1.9)
    if number > 1000 and rng.random() < 0.4:
        draw_chart(canvas, rng, number)
    write_answer_line(canvas, rng, name_number(number), ("", "In words:", "Number name:"))
    return combine("NumberNameNotation", "Base10", ranges, "TextualArticulation")


@template
def numbers_write_in_digits(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write a number name as a numeral."""
    number = rng.randint(121, 999) if rng.random() < 0.35 else rng.randint(1001, 999_999)
    introduce(
        canvas,
        rng,
        (
            "Write the number name as a [base-ten |]numeral.",
            "Write [the number|this number] in digits.",
            "[Turn|Change] the words into a numeral.",
            "Which numeral is it? Write the digits.",
            "Write in standard form.",
            "[Use digits to write|Write with digits] the number[| below].",
            "Read the words, then write the numeral.",
            "Write the digits in the right places.",
        ),
        titles=("Standard form", "Words to digits", "Writing numerals"),
    )
    paragraph(
        canvas,
        name_number(number),
        size=canvas.style.size * rng.uniform(1.0, 1.25),
        bold=rng.random() < 0.5,
    )
    skip(canvas, 6)
    if rng.random() < 0.4:
        draw_chart(canvas, rng, number, hidden=True)
    else:
        write_answer_line(canvas, rng, f"{number:,}", ("Numeral:", "In digits:", ""))
    ranges = (
        ("NumbersLarger120", "NumbersSmaller1000")
        if number < 1000
        else ("NumbersLarger1000", "NumbersSmaller1000000")
    )
    return combine("DigitNotation", WRITTEN, ranges, "VisualArticulation")


@template
def numbers_read_aloud(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Read a numeral."""
    choice = rng.random()
    if choice < 0.33:
        number, ranges = rng.randint(0, 119), ("NumbersSmaller120", "NumbersWithoutNegatives")
    elif choice < 0.66:
        number, ranges = rng.randint(121, 999), ("NumbersLarger120", "NumbersSmaller1000")
    else:
        number, ranges = rng.randint(1001, 999_999), ("NumbersLarger1000", "NumbersSmaller1000000")
    introduce(
        canvas,
        rng,
        (
            "Read [this|the] number aloud.",
            "[Read|Say] the number [out loud|to a partner|to your teacher].",
            "Read the numeral and [say|give] its name.",
            "How do you say this number?",
            "[Say|Tell] the name of this numeral.",
            "Read this [base-ten |]numeral.",
            "What is this number called? Say it.",
            "Read the digits as one number[| and say its name].",
        ),
        titles=("Reading numbers", "Say the number", "Read aloud"),
    )
    write_equation(canvas, rng, (f"{number:,}",), least=1.5, most=2.4)
    if number > 1000 and rng.random() < 0.4:
        draw_chart(canvas, rng, number)
    if canvas.style.solution:
        write_answer_line(canvas, rng, name_number(number), ("",))
    return combine("DigitNotation", WRITTEN, ranges, "TextualReception")


@template
def numbers_trace_numerals(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Trace and write a numeral on lines."""
    number = rng.randint(0, 20)
    introduce(
        canvas,
        rng,
        (
            f"Trace the [number|numeral] {number}[|, then write it yourself].",
            "[Trace|Follow] the lines, then [write|practise] the numeral.",
            f"[Practise|Practice] writing the [number|numeral] {number}.",
            f"Write the numeral {number} on the lines.",
            "[Start at the top|Follow the strokes]. Trace and write.",
            f"Write a whole row of {number}s.",
            "[Trace each digit|Trace the digits] neatly.",
            f"Learn to write {number} [|({name_number(number)})].",
        ),
        titles=("[Number|Numeral] tracing", "Writing numerals", f"The number {number}"),
    )
    _draw_tracing(canvas, rng, str(number))
    range_ = "NumbersSmaller10" if number <= 10 else "NumbersSmaller20"
    zero = "NumbersWithZero" if number == 0 else "NumbersWithoutZero"
    return combine("DigitNotation", WRITTEN, range_, zero, "VisualArticulation")


def _draw_tracing(canvas: Canvas, rng: random.Random, numeral: str) -> None:
    size = rng.uniform(38, 60)
    pale = (205, 205, 210)
    for row in range(rng.randint(1, 3)):
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + size)
        canvas.line((box.x0, box.y0), (box.x1, box.y0), stroke=1, colour=pale)
        canvas.dashed_line((box.x0, box.middle[1]), (box.x1, box.middle[1]), colour=pale)
        canvas.line((box.x0, box.y1), (box.x1, box.y1), stroke=1, colour=pale)
        width = canvas.measure(numeral, size) + size * 0.35
        shown = int(box.width / width) if row == 0 or canvas.style.solution else rng.randint(0, 2)
        for index in range(shown):
            x = box.x0 + index * width + size * 0.1
            colour = canvas.style.ink if index == 0 and row == 0 else pale
            canvas.text(x, box.middle[1], numeral, size=size, colour=colour)
        canvas.figure("handwriting_guide", box)
        canvas.y = box.y1 + 12


@template
def numbers_digit_scaling(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A digit is worth ten times as much one place to the left."""
    low = rng.randint(0, 4)
    digit = rng.randint(1, 9)
    digits = [rng.randint(1, 9) for _ in range(6)]
    digits[5 - low] = digits[4 - low] = digit
    number = int("".join(map(str, digits)))
    small, big = _PLACES[low], _PLACES[low + 1]
    value = digit * 10**low
    introduce(
        canvas,
        rng,
        (
            f"The {digit} in the {small} place is worth {value:,}. What is the {digit} in the {big} place worth?",
            f"How many times as much is the {digit} in the {big} place as the {digit} in the {small} place?",
            f"Compare the two {digit}s: what is the value of each, and how are they related?",
            f"A digit moves from the {small} place to the {big} place. How does its value change?",
            f"What is {value:,} times 10? Where do you see it in the number?",
            "The same digit stands next to itself. By which factor do the values differ?",
            f"Divide the value of the left {digit} by the value of the right {digit}. What do you notice?",
            f"In {number:,}, how is the {big} {digit} related to the {small} {digit}?",
        ),
        titles=("Place value scaling", "Ten times as much", "Neighbouring places"),
    )
    draw_chart(canvas, rng, number)
    write_equation(canvas, rng, (f"{value:,} × 10 = ", Blank(f"{value * 10:,}", digits=4)))
    areas = ("Division", "Multiplication", "PlaceValue", "ProportionalScaling")
    return combine(areas, "Base10", "NumbersSmaller1000000", "ConceptDerivation")
