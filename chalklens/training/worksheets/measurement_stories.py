"""Word problems with measured quantities: four operations, five quantities, three kinds of numbers.

How it is used: importing it registers its templates. Labels, as the corpus gives them: SingleStep
stories read as text with TwoOperands, the operation, the kind of number, and the quantity with its
scale; money stories carry Dollar instead.

What it leaves out: money with drawn coins (`money_stories`), clock times (`time_elapsed`).
"""

import random
from dataclasses import dataclass
from fractions import Fraction

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import Blank, paragraph, write_answer_line
from chalklens.training.worksheets.labels import AREA_OF, SIGNS
from chalklens.training.worksheets.panels import reserve, split, write_answer, write_conclusion
from chalklens.training.worksheets.phrasing import instruct, tidy
from chalklens.training.worksheets.story_patterns import STORIES
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import NAMES, vary


@dataclass(frozen=True, slots=True)
class Quantity:
    """A kind of quantity: its unit in words and short, its labels, and how badges call it."""

    unit: str
    short: str
    labels: tuple[str, ...]
    badge: str


QUANTITIES = {
    "length": Quantity(
        "meters", "m", ("LengthMeasurement", "MeterScale", "MeasuringWithUnits"), "Length"
    ),
    "time": Quantity(
        "hours", "h", ("TimeMeasurement", "HourIntervals", "MeasuringWithUnits"), "Time"
    ),
    "volume": Quantity(
        "liters",
        "L",
        ("VolumeMeasurement", "LiquidVolumes", "LiterScale", "MeasuringWithUnits"),
        "Liquid Volume",
    ),
    "mass": Quantity(
        "kilograms", "kg", ("WeightMeasurement", "KilogramScale", "MeasuringWithUnits"), "Weight"
    ),
    "money": Quantity("", "$", ("Dollar",), "Money"),
}
NUMBER_LABELS = {
    "integer": "IntegerNumbers",
    "decimal": "DecimalNumbers",
    "fraction": "FractionNumbers",
}


def choose_operands(
    rng: random.Random, sign: str, kind: str
) -> tuple[Fraction, Fraction, Fraction]:
    """Two operands and the result; with × the first and with ÷ the second is a whole number."""
    parts = {"integer": 1, "decimal": 10, "fraction": rng.choice((4, 8))}[kind]
    unit = Fraction(1, parts)
    small, large = {"integer": (2, 20), "decimal": (11, 49), "fraction": (1, parts - 1)}[kind]
    if sign in "+−":
        one, two = unit * rng.randint(small + 1, large), unit * rng.randint(small, large - 1)
        if sign == "+":
            return one, two, one + two
        one, two = max(one, two) + (unit if one == two else 0), min(one, two)
        return one, two, one - two
    count = rng.randint(2, 6 if kind == "integer" else 4)
    each = unit * rng.randint(small, 12 if kind == "integer" else (19 if kind == "decimal" else 1))
    if sign == "×":
        return Fraction(count), each, count * each
    return count * each, Fraction(count), each


def write_number(value: Fraction, kind: str, *, money: bool = False) -> str:
    """A number as its kind is written: `12`, `1.3`, `3/4`; money as `$12`, `$1.30`, `3/4 of a dollar`."""
    if kind == "fraction" and value.denominator > 1:
        whole, rest = divmod(value.numerator, value.denominator)
        text = f"{whole} {rest}/{value.denominator}" if whole else f"{rest}/{value.denominator}"
        return f"{text} of a dollar" if money else text
    text = (
        f"{float(value):.2f}"
        if kind == "decimal" and money
        else f"{float(value):.1f}"
        if kind == "decimal"
        else str(value.numerator)
    )
    return f"${text}" if money else text


@template
def measured_story(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story in one step, sometimes with its amounts in boxes, its equation and category badges."""
    name = rng.choice(tuple(QUANTITIES))
    kind, sign = rng.choice(("integer", "integer", "decimal", "fraction")), rng.choice(SIGNS)
    quantity, money = QUANTITIES[name], name == "money"
    first, second, result = choose_operands(rng, sign, kind)
    texts = _write_amounts(quantity, kind, sign, (first, second, result))
    _write_badges(canvas, rng, (quantity.badge, kind.capitalize(), AREA_OF[sign]))
    names = {"a": texts[0], "b": texts[1], "name": rng.choice(NAMES)}
    instruct(
        canvas,
        rng,
        STORIES[name][sign],
        ("A story with units", "Word problem", "Story problem", "Measurement problems"),
        **names,
    )
    if rng.random() < 0.45:
        _draw_amounts(canvas, rng, sign, texts)
    if rng.random() < 0.55:
        write_answer(canvas, rng, (f"{texts[0]} {sign} {texts[1]} = ", Blank(texts[2], digits=4)))
    if canvas.style.solution or rng.random() < 0.6:
        write_answer_line(canvas, rng, texts[2], ("Answer:", "Answer", "The answer is"))
    write_conclusion(canvas, rng, f"{texts[0]} {sign} {texts[1]} = {texts[2]}")
    labels = {"SingleStep", "TextualReception", "TwoOperands", AREA_OF[sign], NUMBER_LABELS[kind]}
    return frozenset(labels | set(quantity.labels if not money else ("Dollar",)))


def _write_amounts(
    quantity: Quantity, kind: str, sign: str, values: tuple[Fraction, Fraction, Fraction]
) -> tuple[str, str, str]:
    """Operands and result as they are written: counts of groups without a unit."""
    money = quantity.short == "$"
    counts = {"×": 0, "÷": 1}.get(sign, -1)

    def write(index: int, value: Fraction) -> str:
        if index == counts:
            return str(value.numerator)
        number = write_number(value, kind, money=money)
        return number if money else f"{number} {quantity.unit}"

    return write(0, values[0]), write(1, values[1]), write(2, values[2])


def _write_badges(canvas: Canvas, rng: random.Random, words: tuple[str, str, str]) -> None:
    """Category words at the top, as some sheets print them."""
    if rng.random() > 0.35:
        return
    size, x = canvas.style.size * 0.65, canvas.right
    y = canvas.y + size
    for word in reversed(words[: rng.choice((1, 2, 3, 3))]):
        width = canvas.measure(word, size, bold=True) + size * 1.2
        box = Area(x - width, y - size * 0.8, x, y + size * 0.8)
        canvas.rectangle(box, fill=soften(canvas.style.accent, 0.88), radius=canvas.style.corner)
        canvas.text(*box.middle, word, size=size, bold=True, anchor="m", colour=canvas.style.accent)
        x -= width + 6
    canvas.y = y + size * 1.4


_ROLES = {
    "+": (("At first", "Added"), ("Part", "Part"), ("First", "Second")),
    "−": (("Start", "Used"), ("Before", "Taken away"), ("Whole", "Part")),
    "×": (("Number of groups", "In each group"), ("Groups", "Each"), ("How many", "Each one")),
    "÷": (("Altogether", "Number of parts"), ("Total", "Shares"), ("All", "Parts")),
}


def _draw_amounts(
    canvas: Canvas, rng: random.Random, sign: str, texts: tuple[str, str, str]
) -> None:
    """Both amounts in boxes with the role they play."""
    size = canvas.style.size * 0.75
    for box, role, text in zip(
        split(reserve(canvas, rng, 54, framed=False), 2),
        rng.choice(_ROLES[sign]),
        texts[:2],
        strict=True,
    ):
        canvas.rectangle(box, outline=soften(canvas.style.accent, 0.3), radius=canvas.style.corner)
        canvas.text(
            box.middle[0],
            box.y0 + 13,
            role,
            size=size * 0.85,
            anchor="m",
            colour=soften(canvas.style.ink, 0.3),
        )
        fitted = min(
            canvas.style.size,
            canvas.style.size * (box.width - 10) / canvas.measure(text, bold=True),
        )
        canvas.text(box.middle[0], box.y1 - 16, text, size=fitted, bold=True, anchor="m")
    canvas.figure("bar_model", Area(canvas.left, canvas.y - 64, canvas.right, canvas.y - 8))


@template
def measured_pair(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two short stories of one quantity, operation and kind of number below one another."""
    name, sign = rng.choice(tuple(QUANTITIES)), rng.choice(SIGNS)
    kind, quantity = rng.choice(("integer", "decimal", "fraction")), QUANTITIES[name]
    instruct(
        canvas,
        rng,
        _SOLVE,
        ("Word problems", "Story problems", "Measurement stories"),
    )
    for number, pattern in enumerate(rng.sample(STORIES[name][sign], 2), start=1):
        texts = _write_amounts(quantity, kind, sign, choose_operands(rng, sign, kind))
        from_names = {"a": texts[0], "b": texts[1], "name": rng.choice(NAMES)}
        paragraph(canvas, f"{number}. {_fill(rng, pattern, from_names)}", centred=False)
        write_answer_line(canvas, rng, texts[2], ("Answer:", ""))
        canvas.y += 6
    labels = {"SingleStep", "TextualReception", "TwoOperands", AREA_OF[sign], NUMBER_LABELS[kind]}
    return frozenset(labels | set(quantity.labels))


def _fill(rng: random.Random, pattern: str, names: dict[str, str]) -> str:
    return tidy(vary(rng, pattern.format(**names)))


_SOLVE = (
    "Solve [the|these] [word|story] problems.",
    "Read each story. [Find|Write] the answer.",
    "[Solve|Work out] each problem.",
    "Answer the questions.",
)
