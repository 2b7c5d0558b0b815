"""Worksheets about units: how many make one, converting, conversion tables, large and small units.

How it is used: importing it registers its templates. Labels, as the corpus gives them: how many small
units make a large one is a ConceptDerivation (UnitScaleRelation), converting an execution, filling a
ConversionTable a Formalization; powers of ten are UnitMagnitudeScaling, other factors
UnitFactorScaling; the kind of quantity and both scales are named.

What it leaves out: stories with quantities (`measurement_stories`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_graph import draw_table
from chalklens.training.worksheets.flow import Blank, paragraph, write_blank
from chalklens.training.worksheets.panels import (
    reserve,
    write_answer,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary


@dataclass(frozen=True, slots=True)
class Relation:
    """A large unit, a small one, how many of it make one, their short forms, and the labels."""

    large: str
    small: str
    factor: int
    short: tuple[str, str]
    labels: tuple[str, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Labels of the quantity, the scales and the kind of factor."""
        scaling = "UnitMagnitudeScaling" if self.factor in (100, 1000) else "UnitFactorScaling"
        return frozenset((*self.labels, scaling, "MeasuringWithUnits"))


RELATIONS = (
    Relation("kilometer", "meter", 1000, ("km", "m"), ("LengthMeasurement", "KilometerScale", "MeterScale")),
    Relation("meter", "centimeter", 100, ("m", "cm"), ("LengthMeasurement", "MeterScale", "CentimeterScale")),
    Relation("kilogram", "gram", 1000, ("kg", "g"), ("WeightMeasurement", "KilogramScale", "GramScale")),
    Relation("pound", "ounce", 16, ("lb", "oz"), ("WeightMeasurement", "PoundScale", "OunceScale")),
    Relation("liter", "milliliter", 1000, ("L", "mL"), ("VolumeMeasurement", "LiquidVolumes", "LiterScale", "MilliliterScale")),
    Relation("hour", "minute", 60, ("hr", "min"), ("TimeMeasurement", "HourIntervals", "MinuteIntervals")),
    Relation("minute", "second", 60, ("min", "sec"), ("TimeMeasurement", "MinuteIntervals", "SecondIntervals")),
    Relation("foot", "inch", 12, ("ft", "in"), ("LengthMeasurement", "FootScale", "InchScale")),
)  # fmt: skip
_PLURALS = {"foot": "feet", "inch": "inches"}
_TITLES = (
    "Units",
    "Unit conversion",
    "Converting units",
    "Measurement units",
    "Large and small units",
)


def plural_of(unit: str) -> str:
    """The plural of a unit."""
    return _PLURALS.get(unit, f"{unit}s")


def _names(relation: Relation, count: int) -> dict[str, object]:
    return {
        "count": count,
        "large": relation.large,
        "small": relation.small,
        "larges": plural_of(relation.large),
        "smalls": plural_of(relation.small),
        "total": f"{count * relation.factor:,}",
        "factor": f"{relation.factor:,}",
    }


def _write_rule(canvas: Canvas, rng: random.Random, relation: Relation) -> None:
    """One line that says how the units belong together, in one of several looks."""
    names = _names(relation, 1)
    pattern = "[Given:|Rule:|Remember:|] 1 {large} = {factor} {smalls}"
    text = rng.choice((pattern, pattern, "{larges} times {factor} gives {smalls}"))
    paragraph(canvas, vary(rng, text.format(**names)), size=canvas.style.size * 0.85)
    canvas.y += 4


@template
def unit_deriving(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """An equal pair in both units; how many small units make one large one?"""
    relation, count = rng.choice(RELATIONS), rng.randint(2, 9)
    names = _names(relation, count)
    instruct(canvas, rng, _DERIVE, ("How many make one?", "Unit sizes", *_TITLES), **names)
    evidence = "{count} {larges} = {total} {smalls}".format(**names)
    if rng.random() < 0.7:
        paragraph(
            canvas,
            vary(rng, "[Evidence:|We know:|Equal amounts:|The same amount:|]") + " " + evidence,
        )
    size = canvas.style.size * rng.uniform(0.95, 1.2)
    parts = (f"1 {relation.large} = ", Blank(str(names["factor"]), digits=4), f" {names['smalls']}")
    canvas.y += size * 0.3
    write_answer(canvas, rng, parts)
    write_conclusion(canvas, rng, "For {smalls}, take {factor} times the {larges}.".format(**names))
    return relation.ids | {"ConceptDerivation", "UnitScaleRelation"}


_DERIVE = (
    "{count} {larges} = {total} {smalls}. So 1 {large} = how many {smalls}?",
    "{count} {larges} are as much as {total} {smalls}. How many {smalls} [make|are in] one {large}?",
    "[Use|Look at] the equal amounts: {count} {larges} and {total} {smalls}. [Find|Derive] how many {smalls} make 1 {large}.",
    "How many times as [large|long or heavy] is one {large} as one {small}? We know: {count} {larges} = {total} {smalls}.",
    "From {count} {larges} = {total} {smalls} [find out|conclude] how many {smalls} equal one {large}.",
    "What does the pair {count} {larges} = {total} {smalls} tell about 1 {large}?",
)


@template
def unit_converting(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Amounts in a large unit to be converted to the small one."""
    relation, count = rng.choice(RELATIONS), rng.randint(2, 9)
    instruct(
        canvas,
        rng,
        _CONVERT,
        ("To smaller units", "Convert units", *_TITLES),
        **_names(relation, count),
    )
    if rng.random() < 0.7:
        _write_rule(canvas, rng, relation)
    more = rng.sample([n for n in range(2, 13) if n != count], rng.choice((0, 0, 1, 3)))
    worded = rng.random() < 0.5
    for number in (count, *more):
        large, small = (
            (plural_of(relation.large), plural_of(relation.small)) if worded else relation.short
        )
        answer = f"{number * relation.factor:,}"
        shown = (
            f"{number} × {relation.factor:,} = " if rng.random() < 0.3 else f"{number} {large} = "
        )
        write_answer(canvas, rng, (shown, Blank(answer, digits=4), f" {small}"), boxed=False)
    return relation.ids | {"ProcedureExecution"}


_CONVERT = (
    "Convert {count} {larges} to {smalls}.",
    "How many {smalls} are {count} {larges}?",
    "[Write|Express] {count} {larges} in {smalls}.",
    "[Change|Turn] {larges} into {smalls}.",
    "[Convert|Change] to {smalls}.",
    "{count} {larges} are how many {smalls}?",
    "[Multiply|Use the rule] to [change|convert] {larges} to {smalls}.",
    "Find the number of {smalls} [in|that equal] {count} {larges}.",
)


@template
def unit_table(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A table of equal amounts with gaps."""
    relation, start = rng.choice(RELATIONS), rng.randint(1, 5)
    names = _names(relation, start)
    instruct(canvas, rng, _TABLE, ("Equal measurements", "Conversion table", *_TITLES), **names)
    if rng.random() < 0.6:
        _write_rule(canvas, rng, relation)
    rows = rng.choice((4, 5, 5, 6))
    hidden = (
        rng.sample(range(rows), rng.randint(1, rows - 2))
        if rng.random() < 0.5
        else list(range(rows - 2, rows))
    )
    head = (
        (str(names["larges"]).capitalize(), str(names["smalls"]).capitalize())
        if rng.random() < 0.6
        else relation.short
    )
    values = [(start + i, (start + i) * relation.factor) for i in range(rows)]
    texts = [
        (f"{large}", "" if i in hidden else f"{small:,}") for i, (large, small) in enumerate(values)
    ]
    place = reserve(canvas, rng, 27 * (rows + 1), rng.uniform(220, 380), framed=False)
    for index, cells in enumerate(draw_table(canvas, rng, place, [head, *texts])[1:]):
        if index in hidden:
            write_blank(
                canvas,
                cells[1].inset(6, 3),
                Blank(
                    f"{values[index][1]:,}",
                    "question" if canvas.style.blank == "question" else "gap",
                ),
            )
    write_conclusion(canvas, rng, "In every row: {larges} × {factor} = {smalls}.".format(**names))
    return relation.ids | {"ConversionTable", "Formalization"}


_TABLE = (
    "The conversion table is not finished. Write the {smalls}.",
    "[Fill in|Complete] the table: {larges} and {smalls}.",
    "[Record|Write] the missing {smalls} in the table.",
    "Which numbers are missing in the [table|conversion table]?",
    "Make a table of {larges} and {smalls}. [Fill the gaps.|Write the missing entries.]",
    "[Finish|Complete] the table of equal measurements.",
)


@template
def unit_size(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """One length in large and in small units; which unit needs more?"""
    large = rng.randint(2, 6)
    times = rng.choice((2, 3, 4))
    instruct(
        canvas,
        rng,
        _SIZE,
        ("One length, two units", "Large and small units", *_TITLES),
        large=large,
        small=large * times,
    )
    place = reserve(canvas, rng, rng.uniform(95, 120))
    for row, count in enumerate((large, large * times)):
        y = place.y0 + 18 + row * place.height * 0.5
        canvas.text(
            place.x0,
            y - 10,
            f"{count} {('large', 'small')[row]} units",
            size=canvas.style.size * 0.75,
        )
        _draw_units(
            canvas,
            Area(place.x0, y, place.x1, y + place.height * 0.24),
            count,
            canvas.style.palette[row],
        )
    if rng.random() < 0.5:
        names = rng.sample(("Large units", "Small units"), 2)
        write_choices(canvas, rng, names, {names.index("Small units")})
    else:
        write_answer(
            canvas, rng, ("You need more of the ", Blank("smaller", "line", digits=6), " units.")
        )
    write_conclusion(
        canvas, rng, f"The smaller the unit, the more of them: {large * times} > {large}."
    )
    return frozenset(("ConceptDerivation", "LengthMeasurement", "UnitScaleRelation"))


def _draw_units(canvas: Canvas, box: Area, count: int, colour: tuple[int, int, int]) -> None:
    canvas.rectangle(box, fill=soften(colour, 0.8), outline=canvas.style.ink)
    for step in range(1, count):
        x = box.x0 + box.width * step / count
        canvas.line((x, box.y0), (x, box.y1))
    canvas.figure("bar_model", box)


_SIZE = (
    "One length is measured twice. With which unit do you count more?",
    "Of which unit do you need more to lay out the same length?",
    "A length is {large} large units or {small} small units. [What do you notice?|Which units need a larger count?]",
    "[Compare|Look at] the two measurements of one length. Which units give the larger number?",
    "Why are there more small units than large ones? [Complete the sentence.|Which need a larger count?]",
    "One length, two units: {large} large ones, {small} small ones. Which [count is larger|units do you need more of]?",
)
