"""Counting things: how many, colour so many, more or fewer, odd or even, ten frames.

How it is used: importing it registers the templates. What it leaves out: sequences of numerals
(`numbers_sequences`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_numbers import ARRANGEMENTS, draw_ten_frames, draw_things
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    lay_out,
    paragraph,
    skip,
    write_answer_line,
    write_choices,
    write_expression,
)
from chalklens.training.worksheets.labels import WRITTEN, combine, number_labels
from chalklens.training.worksheets.objects import THINGS, Thing
from chalklens.training.worksheets.templates import template

_COUNTED = frozenset(("AdditiveCount", "PhysicalNumbers"))
_BOUNDS = (10, 20)


def choose_limit(rng: random.Random) -> int:
    """The usual ranges of counting: up to ten, up to twenty."""
    return rng.choice((10, 20))


def _group_box(canvas: Canvas, rng: random.Random, arrangement: str, share: float = 1.0) -> Area:
    width = (canvas.right - canvas.left) * share
    height = min(width, rng.uniform(110, 190))
    if arrangement == "LinearArrangement":
        height = rng.uniform(45, 70)
    x0 = (canvas.width - width) / 2
    return Area(x0, canvas.y, x0 + width, canvas.y + height)


def _draw_group(
    canvas: Canvas, rng: random.Random, thing: Thing, count: int, arrangement: str
) -> None:
    box = _group_box(canvas, rng, arrangement)
    draw_things(canvas, rng, thing, count, box, arrangement)
    canvas.y = box.y1 + 10


@template
def numbers_count_things(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """How many things are shown in an arrangement?"""
    arrangement = rng.choice(ARRANGEMENTS)
    # Rings and rows are counted up to 20, loose groups and boxes up to 10.
    limit = 10 if arrangement in ("BoxArrangement", "ScatteredArrangement") else 20
    count = rng.randint(1, limit)
    thing = rng.choice(THINGS)
    noun = rng.choice(("objects", "things", "items", thing.plural))
    introduce(
        canvas,
        rng,
        (
            f"How many {noun} [are there|do you see|are shown|can you count]?",
            f"Count the {noun}[| in the picture| and write the number].",
            f"[Count|Count carefully]. How many {noun} are [here|in the picture]?",
            f"Write [the number of|how many] {noun}[| you count].",
            f"Count [all|all of] the {noun}. [Write|Say] the [total|number].",
            f"Tell how many {noun} [there are|you can see].",
            f"Point to each one and count. How many {noun}?",
            f"What is the number of {noun}?",
        ),
        titles=("Counting", "Count [to|up to] " + str(limit), "How many?", "Let's count"),
    )
    _draw_group(canvas, rng, thing, count, arrangement)
    if rng.random() < 0.5:
        write_answer_line(
            canvas, rng, str(count), ("", "Answer:", "I count", "Total:", "There are")
        )
    numbers = number_labels((count,), bounds=(limit,))
    return combine(
        "NumerationWithIntegers", _COUNTED, WRITTEN, arrangement, numbers, "ProcedureExecution"
    )


@template
def numbers_count_out(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Colour or ring exactly so many of the things."""
    arrangement = rng.choice(("LinearArrangement", "CircularArrangement", "ScatteredArrangement"))
    limit = 10 if arrangement == "ScatteredArrangement" else 20
    asked = rng.randint(1, limit)
    thing = rng.choice(THINGS)
    noun = rng.choice(("objects", "things", "items", thing.plural))
    introduce(
        canvas,
        rng,
        (
            f"[Color|Colour] exactly {asked} {noun}.",
            f"[Color|Colour|Shade] {asked} of the {noun}.",
            f"[Circle|Ring|Mark] exactly {asked} {noun}.",
            f"Count out {asked} {noun}[| and colour them| and circle them].",
            f"Put a [ring|circle] around {asked} of the {noun}.",
            f"Cross out exactly {asked} {noun}.",
            f"Give away {asked}: mark that many {noun}.",
            f"Choose {asked} {noun} and colour [them|each one].",
        ),
        titles=("Count out", "Count and colour", "Colour so many", "Counting"),
    )
    box = _group_box(canvas, rng, arrangement)
    shown = min(20, asked + rng.randint(0, 6))
    draw_things(canvas, rng, thing, shown, box, arrangement)
    canvas.y = box.y1 + 8
    numbers = number_labels((asked,), bounds=(limit,))
    return combine(
        "NumerationWithIntegers", _COUNTED, WRITTEN, arrangement, numbers, "ProcedureExecution"
    )


@template
def numbers_same_or_more(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two groups, spread differently: the same number or not?"""
    limit = choose_limit(rng)
    count = rng.randint(2, limit)
    thing = rng.choice(THINGS)
    introduce(
        canvas,
        rng,
        (
            "Are there more items in Group A, in Group B, or [is it|are they] the same?",
            f"The {thing.plural} are moved apart. Is the number still the same?",
            "[One group|One row] is spread out. Does it have more, or the same number?",
            "Look at both groups. Do they have the same [number|amount]?",
            "Group B takes more room. Are there more things in it?",
            "Does moving the things change how many there are?",
            "Is the number in both groups the same? [Choose|Tick] one.",
            "Which has more, Group A or Group B, or are they the same?",
        ),
        titles=("Same or more?", "Does the number change?", "Look carefully"),
    )
    for name in ("A", "B"):
        paragraph(canvas, f"Group {name}:", bold=True, centred=False)
        width = (canvas.right - canvas.left) * (1.0 if name == "B" else rng.uniform(0.45, 0.7))
        height = 44 if count <= 10 else 70
        box = Area(canvas.left, canvas.y, canvas.left + width, canvas.y + height)
        arrangement = (
            "LinearArrangement" if name == "A" else rng.choice(ARRANGEMENTS[:1] + ARRANGEMENTS[3:])
        )
        draw_things(canvas, rng, thing, count, box, arrangement)
        canvas.y = box.y1 + 6
    write_choices(canvas, ("Group A has more", "Group B has more", "They are the same"), 2)
    numbers = number_labels((count,), bounds=_BOUNDS)
    scopes = combine(_COUNTED, numbers)
    return combine("NumerationWithIntegers", "NumericIdentity", scopes, "DirectUnderstanding")


@template
def numbers_compare_groups(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Which of two groups has more or fewer things?"""
    equal = rng.random() < 0.4
    first = rng.randint(1, 10)
    second = first if equal else rng.choice([n for n in range(1, 11) if n != first])
    fewer = rng.random() < 0.5
    more = "fewer" if fewer else "more"
    thing = rng.choice(THINGS)
    introduce(
        canvas,
        rng,
        (
            f"Which group has {more} items?",
            f"[Compare|Match] the groups. Which one has {more} {thing.plural}?",
            f"Which side has {more}?",
            f"Draw lines to match one to one. Which group has {more}?",
            f"Where are there {more} {thing.plural}?",
            f"[Circle|Mark|Tick] the group with {more} {thing.plural}, or tell that they are equal.",
            f"Are there {more} on the left, on the right, or equally many?",
            f"Match the items in pairs: which group has {more} than the other?",
        ),
        titles=("[Compare|Comparing] groups", "More or fewer", "Matching groups"),
    )
    width = (canvas.right - canvas.left - 20) / 2
    for index, (name, count) in enumerate((("A", first), ("B", second))):
        x0 = canvas.left + index * (width + 20)
        canvas.text(x0 + width / 2, canvas.y + 9, f"Group {name}", bold=True, anchor="m")
        box = Area(x0, canvas.y + 22, x0 + width, canvas.y + 22 + 105)
        canvas.rectangle(box, outline=canvas.style.ink, radius=canvas.style.corner, stroke=1)
        draw_things(
            canvas,
            rng,
            thing,
            count,
            box.inset(8),
            "BoxArrangement" if index else "ScatteredArrangement",
        )
    canvas.y += 22 + 105 + 12
    answer = 2 if equal else int((first < second) != fewer)
    write_choices(canvas, ("Group A", "Group B", "They are equal"), answer)
    areas = "NumericEquality" if equal else "NumericInequality"
    relation = "Equal" if equal else "Less" if fewer else "Greater"
    numbers = number_labels((first, second), bounds=(10,))
    return combine(
        areas, "SetComparison", relation, numbers, "PhysicalNumbers", "ProcedureExecution"
    )


@template
def numbers_odd_or_even(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Is a group of things odd or even?"""
    count = rng.randint(2, 20)
    thing = rng.choice(THINGS)
    introduce(
        canvas,
        rng,
        (
            f"Is {count} odd or even?",
            f"Can {count} {thing.plural} be [shared|split] into two equal groups? Write odd or even.",
            f"Make pairs. Is the number of {thing.plural} [odd or even|even or odd]?",
            "Pair the things. Is one left over? Classify the number as odd or even.",
            f"Decide whether {count} is an even or an odd number.",
            f"[Sort|Classify] the number {count}: odd or even?",
            "Is this an odd or an even number of things?",
            f"Do {count} {thing.plural} make pairs with none left over? Odd or even?",
        ),
        titles=("Odd or even?", "Even and odd numbers", "Pairs"),
        title_chance=0.6,
    )
    _draw_group(canvas, rng, thing, count, "BoxArrangement")
    if rng.random() < 0.6:
        write_answer_line(
            canvas, rng, "even" if count % 2 == 0 else "odd", ("Answer:", "It is", "The number is")
        )
    kind = (
        ("EvenDivisibility", "EvenNumbers")
        if count % 2 == 0
        else ("UnevenDivisibility", "OddNumbers")
    )
    return combine(kind, "NumbersSmaller20", "PhysicalNumbers", "ConceptClassification")


@template
def numbers_ten_frame_numeral(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write the numeral that ten frames show."""
    limit = choose_limit(rng)
    number = rng.randint(1 if limit == 10 else 11, limit)
    introduce(
        canvas,
        rng,
        (
            "Write the [number|numeral] shown [by|on|in] the ten-frame[|s].",
            "[What number|Which numeral] [do the ten frames|does the picture] show? Write it.",
            "[Write|Draw|Form] the numeral for the [dots|counters].",
            "Count the counters, then write the numeral in the box.",
            "How is this number written with digits?",
            "Write in digits how many dots [there are|the frames hold].",
            "The frames show a number. Write its numeral.",
            "Record the number of counters as a numeral.",
        ),
        titles=("Ten frames", "Writing numerals", "Write the number"),
    )
    draw_ten_frames(canvas, number, frames=2 if limit == 20 else 1, cell=rng.uniform(20, 32))
    cell = lay_out(canvas, rng, 1, 60, 40)[0]
    write_expression(
        canvas, *cell.middle, (Blank(str(number)),), size=canvas.style.size * 1.5, anchor="m"
    )
    scopes = combine(WRITTEN, f"NumbersSmaller{limit}", "NumbersWithoutZero")
    return combine("DigitNotation", scopes, "VisualArticulation")


@template
def numbers_make_ten(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """How many more make ten?"""
    given = rng.randint(1, 9)
    introduce(
        canvas,
        rng,
        (
            "How many more [dots|counters] [make|to make|are needed to make] 10?",
            "Fill the ten-frame. How many more [do you need|are missing]?",
            f"{given} and how many more make ten?",
            "How many are missing [from|to] ten?",
            "[Draw|Add] dots until there are 10. How many did you add?",
            f"[Find|Write] the number that makes 10 with {given}.",
            "Complete to ten.",
            "What is the partner number that makes ten?",
        ),
        titles=("Make ten", "Partners of ten", "Complete to 10"),
    )
    draw_ten_frames(canvas, given, frames=1, cell=rng.uniform(22, 34))
    skip(canvas, 4)
    cell = lay_out(canvas, rng, 1, 150, 34)[0]
    parts = rng.choice(
        (
            (f"{given} + ", Blank(str(10 - given)), " = 10"),
            (f"10 = {given} + ", Blank(str(10 - given))),
        )
    )
    write_expression(canvas, *cell.middle, parts, size=canvas.style.size * 1.3, anchor="m")
    numbers = number_labels((given, 10), bounds=(10,))
    return combine("Difference", WRITTEN, numbers, "PhysicalNumbers", "ProcedureExecution")
