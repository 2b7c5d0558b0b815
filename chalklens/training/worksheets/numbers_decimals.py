"""Tenths and hundredths: decimals and fractions, comparing decimals, lengths in decimals.

How it is used: importing it registers the templates. What it leaves out: money (a family of its own).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_fractions import write_amount
from chalklens.training.worksheets.figures_numbers import draw_grid, draw_number_line
from chalklens.training.worksheets.flow import Blank, introduce, write_equation
from chalklens.training.worksheets.labels import combine
from chalklens.training.worksheets.tables import draw_table
from chalklens.training.worksheets.templates import template

_EQUAL = ("DecimalEquivalence", "DecimalNotation", "FractionNotation")
_SHARES = ("DecimalNumbers", "Equal", "EqualShares", "FractionNumbers", "SingleFrameOfReference")


def _draw_amount(canvas: Canvas, box: Area, hundredths: int, *, tenths: bool) -> None:
    if tenths:
        draw_grid(canvas, box, 10, 1, shaded=hundredths // 10)
    else:
        draw_grid(canvas, box, 10, 10, shaded=hundredths)


def _grid_box(canvas: Canvas, side: float, x: float | None = None) -> Area:
    centred = (canvas.width - side) / 2 if canvas.style.centred else canvas.left
    x0 = centred if x is None else x
    return Area(x0, canvas.y, x0 + side, canvas.y + side)


def _look(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""


def _ask_decimal(top: int, below: int, decimal: str, to_fraction: bool) -> tuple[str, ...]:
    parts = "tenths" if below == 10 else "hundredths"
    if to_fraction:
        return (
            f"Write {decimal} as a fraction[| with the denominator {below}].",
            f"Which fraction is [equal to|the same as] {decimal}?",
            f"[Read|Interpret] the decimal {decimal}. Which fraction does it name?",
            f"{decimal} means how many {parts}? Write a fraction.",
            f"What fraction does the decimal {decimal} stand for?",
            f"Give the fraction for the decimal {decimal}.",
        )
    return (
        f"Write {top}/{below} as a decimal.",
        f"Write {top}/{below} in decimal notation.",
        f"Which decimal is equal to {top}/{below}?",
        f"How do you write {top} {parts} as a decimal?",
        f"Write the shaded part, {top}/{below}, as a decimal number.",
        f"Turn the fraction {top}/{below} into a decimal.",
    )


@template
def numbers_decimal_fraction(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write a decimal as a fraction, or the other way round."""
    tenths = rng.random() < 0.5
    below = 10 if tenths else 100
    top = rng.randint(1, below - 1)
    if not tenths and top % 10 == 0:
        top += 1
    decimal = f"0.{top}" if tenths else f"0.{top:02d}"
    to_fraction = rng.random() < 0.5
    asked = _ask_decimal(top, below, decimal, to_fraction)
    introduce(
        canvas,
        rng,
        asked,
        titles=("Decimals and fractions", "Tenths and hundredths", "Decimal notation"),
    )
    box = _grid_box(canvas, rng.uniform(90, 140))
    _draw_amount(canvas, box, top * (10 if tenths else 1), tenths=tenths)
    canvas.y = box.y1 + 10
    if rng.random() < 0.4:
        digits = ["0", *f"{top * (10 if tenths else 1):02d}"]
        cells: list[str | Blank] = (
            list(digits) if to_fraction else [Blank(digit) for digit in digits]
        )
        draw_table(
            canvas,
            rng,
            [["ones", "tenths", "hundredths"], cells],
            header=True,
            kind="place_value_chart",
        )
    if to_fraction:
        write_equation(
            canvas,
            rng,
            (f"{decimal} = ", write_amount(canvas, Blank(str(top), look=_look(canvas)), below)),
        )
    else:
        write_equation(
            canvas,
            rng,
            (write_amount(canvas, top, below), " = ", Blank(decimal, look=_look(canvas), digits=4)),
        )
    return combine(
        _EQUAL, _SHARES, "VisualNumbers", "Interpretation" if to_fraction else "Formalization"
    )


@template
def numbers_decimal_compare(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Compare two decimals with models of the same whole."""
    relation = rng.choice(("Less", "Greater", "Equal"))
    if relation == "Equal":
        tenth = rng.randint(1, 9)
        first, second = rng.choice(((f"0.{tenth}", f"0.{tenth}0"), (f"0.{tenth}0", f"0.{tenth}")))
    else:
        first, second = _unequal(rng, relation)
    sign = {"Less": "<", "Greater": ">", "Equal": "="}[relation]
    introduce(
        canvas,
        rng,
        (
            "Compare the decimals. Use >, = or <.",
            f"Which is greater, {first} or {second}?",
            "[Compare|Use the models to compare] the decimals.",
            "Both models show the same whole. Write <, > or =.",
            "Compare tenths first, then hundredths.",
            f"Is {first} less than, equal to or greater than {second}?",
            "[Write|Choose] the sign that makes the comparison true.",
            "Look at the shaded parts. Compare the two decimals.",
        ),
        titles=("Compare decimals", "Comparing decimal numbers", "Tenths and hundredths"),
    )
    side = min(rng.uniform(86, 130), (canvas.right - canvas.left - 40) / 2)
    start = canvas.left + (canvas.right - canvas.left - 2 * side - 40) / 2
    for index, decimal in enumerate((first, second)):
        box = _grid_box(canvas, side, start + index * (side + 40))
        hundredths = round(float(decimal) * 100)
        _draw_amount(canvas, box, hundredths, tenths=len(decimal) == 3 and rng.random() < 0.5)
        canvas.text(box.middle[0], box.y1 + 13, decimal, anchor="m", bold=True)
    canvas.y += side + 28
    blank = Blank(sign, look=_look(canvas), digits=1)
    write_equation(canvas, rng, (f"{first} ", blank, f" {second}"), least=1.1)
    areas = (
        "DecimalNotation",
        "DecimalPrecission",
        "NumerationWithDecimals",
        "NumericEquality" if relation == "Equal" else "NumericInequality",
    )
    return combine(
        areas,
        "DecimalNumbers",
        relation,
        "SingleFrameOfReference",
        "VisualNumbers",
        "ConceptDerivation",
    )


def _unequal(rng: random.Random, relation: str) -> tuple[str, str]:
    pool = [f"0.{n}" for n in range(1, 10)] + [f"0.{n:02d}" for n in range(1, 100) if n % 10]
    first, second = rng.sample(pool, 2)
    less = float(first) < float(second)
    return (first, second) if less == (relation == "Less") else (second, first)


@template
def numbers_decimal_length(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write a part of a metre as a decimal."""
    below = rng.choice((10, 100))
    top = rng.randint(1, below - 1)
    decimal = f"{top / below:.{1 if below == 10 else 2}f}"
    thing = rng.choice(("ribbon", "rope", "plank", "pencil case", "jump", "path", "string"))
    introduce(
        canvas,
        rng,
        (
            f"Write {top}/{below} of a meter as a decimal.",
            f"The {thing} is {top}/{below} of a meter long. Write its length in decimal notation.",
            "Write the marked length as a decimal.",
            f"How many meters is {top}/{below} m? Use a decimal.",
            f"[Express|Write] the length {top}/{below} m with a decimal point.",
            "Use decimal notation for the measured length.",
            f"Which decimal stands for {top}/{below} of a meter?",
            f"The measured length is {top}/{below} m. Write [it|the length] as a decimal.",
        ),
        titles=("Decimal lengths", "Parts of a meter", "Length in decimals"),
    )
    line = draw_number_line(canvas, rng, 0, 1, 10, {0.0: "0 m", 1.0: "1 m"}, above=30)
    x = line.x(top / below)
    canvas.line((line.x0, line.y - 9), (x, line.y - 9), colour=canvas.style.accent, stroke=5)
    parts = (
        write_amount(canvas, top, below),
        " m = ",
        Blank(decimal, look=_look(canvas), digits=4),
        " m",
    )
    write_equation(canvas, rng, parts)
    scopes = combine(_SHARES, "LengthMeasurement", "MeterScale")
    return combine(_EQUAL, "MeasuringWithUnits", scopes, "Formalization")
