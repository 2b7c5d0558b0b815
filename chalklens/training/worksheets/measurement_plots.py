"""Worksheets about line plots of measured lengths, and measurements on number lines.

How it is used: importing it registers its templates. Labels, as the corpus gives them: given data are
a ProvidedMeasurement for Statistics on a LinePlot; plotting is VisualArticulation, adding or
subtracting the ends FractionArithmetic; quarters of inches name the InchScale, eighths a
SingleFrameOfReference. A measurement on a number line is VisualArticulation with its quantity.

What it leaves out: graphs of counts (`data_graphs`).
"""

import random
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.figures_graph import draw_line_plot
from chalklens.training.worksheets.figures_measure import draw_number_line
from chalklens.training.worksheets.flow import Blank, paragraph
from chalklens.training.worksheets.labels import AREA_OF
from chalklens.training.worksheets.measurement_stories import QUANTITIES
from chalklens.training.worksheets.panels import (
    reserve,
    write_answer,
    write_choices,
    write_conclusion,
    write_hint,
)
from chalklens.training.worksheets.phrasing import instruct, tidy, with_article
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_BASE = frozenset(
    ("LengthMeasurement", "LinePlot", "Measurement", "ProvidedMeasurement", "Statistics")
)
_TITLES = ("Line plot", "Line plots", "Measurement data", "Data", "Length data")
_GLYPHS = {
    Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾",
    Fraction(1, 8): "⅛", Fraction(3, 8): "⅜", Fraction(5, 8): "⅝", Fraction(7, 8): "⅞",
}  # fmt: skip
_THINGS = ("pencil", "crayon", "ribbon", "key", "brush", "block", "leaf", "nail", "string", "straw")


@dataclass(frozen=True, slots=True)
class Series:
    """Measured lengths: what was measured, the part of a unit between ticks, the ends of the line."""

    values: tuple[tuple[str, Fraction], ...]
    parts: int
    start: int
    end: int
    unit: str

    @property
    def ticks(self) -> list[Fraction]:
        """Every value with a tick."""
        return [
            Fraction(n, self.parts)
            for n in range(self.start * self.parts, self.end * self.parts + 1)
        ]

    @property
    def labels(self) -> frozenset[str]:
        """Kind of numbers and the scale of the line."""
        if self.parts == 1:
            return frozenset(("IntegerNumbers", "StepsOf1"))
        return frozenset(
            ("FractionNumbers", "SingleFrameOfReference" if self.parts == 8 else "InchScale")
        )


def write_mixed(value: Fraction) -> str:
    """A whole or mixed number with the usual glyphs, e.g. `2⅜`."""
    whole, rest = divmod(value, 1)
    if not rest:
        return str(whole)
    return f"{whole or ''}{_GLYPHS[rest]}"


def choose_series(rng: random.Random, parts: int) -> Series:
    """Five to eight lengths on a line of two units (eighths), four to six (quarters) or eight (whole)."""
    start = rng.choice((1, 2, 3))
    end = start + {1: 8, 4: rng.choice((3, 4, 6)), 8: rng.choice((1, 2))}[parts]
    count = rng.choice((5, 6, 6, 8))
    values = [Fraction(rng.randint(start * parts, end * parts), parts) for _ in range(count)]
    things = rng.sample(_THINGS, count)
    return Series(
        tuple(zip(things, values, strict=True)), parts, start, end, "cm" if parts == 1 else "in"
    )


def _write_list(canvas: Canvas, rng: random.Random, series: Series) -> None:
    gap = rng.choice(("   ", ",  ", "   "))
    named = rng.random() < 0.7
    texts = [
        f"{f'{thing}: ' if named else ''}{write_mixed(value)} {series.unit}"
        for thing, value in series.values
    ]
    paragraph(canvas, gap.join(texts), size=canvas.style.size * 0.85)
    canvas.y += 4


def _draw_plot(canvas: Canvas, rng: random.Random, series: Series, *, shown: bool) -> None:
    counts = Counter(value for _, value in series.values)
    ticks = series.ticks
    stride = 1 if len(ticks) <= 18 else 2
    texts = [write_mixed(tick) if index % stride == 0 else "" for index, tick in enumerate(ticks)]
    size = f"{'¼⅛'[series.parts == 8]} inch" if series.parts > 1 else "1 centimeter"
    caption = tidy(
        vary(
            rng,
            f"[Length ({series.unit})|Marks every {size}|From mark to mark: {size}|Lengths in {'inches' if series.unit == 'in' else 'centimeters'}]",
        )
    )
    place = reserve(canvas, rng, rng.uniform(100, 140))
    draw_line_plot(canvas, place, texts, [counts[tick] if shown else 0 for tick in ticks], caption)


@template
def line_plot_drawing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Recorded lengths and an empty line plot."""
    series = choose_series(rng, rng.choice((1, 4, 8)))
    instruct(canvas, rng, _PLOT, _TITLES)
    _write_list(canvas, rng, series)
    _draw_plot(canvas, rng, series, shown=canvas.style.solution)
    return _BASE | series.labels | {"VisualArticulation"}


_PLOT = (
    "Every length belongs on the line plot. [Plot them all.|Draw the Xs.]",
    "[Make|Complete|Draw] [a|the] line plot [of|with|for] the [lengths|data|measurements].",
    "Draw an X for each [length|measurement] [on the line plot|above the number line].",
    "Show the [lengths|data] on [a|the] line plot.",
    "[Use|Take] the [list|data] to [make|complete] the line plot.",
    "[Mark|Record] every measurement with an X [above its place|on the line].",
    "Where does each length belong on the line plot? [Draw an X.|]",
)


@template
def line_plot_arithmetic(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A line plot with fractions; the longest and shortest lengths are added or subtracted."""
    series, sign = choose_series(rng, 8), rng.choice("+−")
    instruct(canvas, rng, _CALCULATE[sign], _TITLES)
    if rng.random() < 0.6:
        _write_list(canvas, rng, series)
    _draw_plot(canvas, rng, series, shown=True)
    low, high = (pick(value for _, value in series.values) for pick in (min, max))
    result = high + low if sign == "+" else high - low
    answer = f"{write_mixed(result) or '0'} {series.unit}"
    lead = rng.choice(
        (
            f"{write_mixed(high)} {sign} {write_mixed(low)} = ",
            "Answer: ",
            f"longest {sign} shortest = ",
        )
    )
    write_answer(canvas, rng, (lead, Blank(answer, digits=5)))
    labels = {
        "FractionArithmetic",
        "FractionNumbers",
        "ProcedureExecution",
        "SingleFrameOfReference",
        AREA_OF[sign],
    }
    return _BASE | labels


_CALCULATE = {
    "−": (
        "The longest and the shortest length: how much do they differ?",
        "[Find|Calculate] the difference between the longest and the shortest length.",
        "Subtract the shortest length from the longest [one|length].",
        "Use the line plot: how much longer is the longest [object|thing] than the shortest?",
        "By how much do the longest and shortest lengths differ?",
    ),
    "+": (
        "How long are the shortest and the longest length in one line?",
        "[Add|Find the sum of] the shortest and the longest length.",
        "How long are the shortest and the longest [object|thing] together?",
        "Use the line plot: what is the total of the longest and the shortest length?",
        "Put the longest and the shortest [object|one] end to end. How long is that?",
    ),
}


@template
def line_plot_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A finished line plot; how many things have one length?"""
    series = choose_series(rng, rng.choice((1, 4, 8)))
    counts = Counter(value for _, value in series.values)
    value = rng.choice(sorted(counts))
    instruct(canvas, rng, _READ, _TITLES, value=f"{write_mixed(value)} {series.unit}")
    _draw_plot(canvas, rng, series, shown=True)
    choices = sorted({str(counts[value]), *(str(n) for n in rng.sample(range(6), 3))})
    if rng.random() < 0.4:
        write_choices(canvas, rng, choices, {choices.index(str(counts[value]))})
    else:
        write_answer(
            canvas, rng, (rng.choice(("Answer: ", "", "Number: ")), Blank(str(counts[value])))
        )
    return _BASE | series.labels | {"Interpretation"}


_READ = (
    "How many [objects|things] are {value} long?",
    "[Read|Use] the line plot. How many [things|objects] measure {value}?",
    "How many [times|Xs] do you [find|see] at {value}?",
    "[Find|Tell] how many lengths of {value} there are.",
    "What does the line plot show for {value}?",
)


@template
def measurement_line(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A number line from zero to one unit; a measurement is to be marked."""
    name = rng.choice(tuple(QUANTITIES))
    quantity, decimal = QUANTITIES[name], rng.random() < 0.5
    parts = 10 if decimal else rng.choice((4, 8))
    target = rng.randint(1, parts - 1)
    amount, step = (
        _write_amount(name, quantity.unit, Fraction(n, parts), decimal=decimal) for n in (target, 1)
    )
    kind = "Decimal" if decimal else "Fraction"
    titles = (
        "Plot a measurement",
        f"{quantity.badge} {kind}",
        "Number line",
        f"Plot a measurement {quantity.badge} {kind}",
    )
    instruct(canvas, rng, _MARK, titles, amount=amount)
    if rng.random() < 0.6:
        paragraph(
            canvas,
            vary(rng, f"[Each step|From mark to mark:|One interval] [is|means] {step}."),
            size=canvas.style.size * 0.8,
        )
    ends = {
        0: "0.0" if decimal else "0",
        1: "0.1" if decimal else f"1/{parts}",
        parts: "1.0" if decimal else "1",
    }
    texts = [ends.get(n, "") for n in range(parts + 1)]
    solved = canvas.style.solution
    draw_number_line(
        canvas,
        reserve(canvas, rng, 84),
        texts,
        point=target if solved else -1,
        note=amount if solved else "",
    )
    write_hint(
        canvas,
        rng,
        f"Scale in {quantity.unit or 'dollars'} ({quantity.short})",
        "Start at zero and count the steps.",
    )
    write_conclusion(canvas, rng, f"{amount} is {target} steps from zero.")
    return frozenset(("Numberline", "VisualArticulation", f"{kind}Numbers", *quantity.labels))


def _write_amount(name: str, unit: str, value: Fraction, *, decimal: bool) -> str:
    if name == "money":
        return (
            f"${float(value):.2f}"
            if decimal
            else f"{value.numerator}/{value.denominator} of a dollar"
        )
    one = unit.removesuffix("s")
    single = "an hour" if one == "hour" else with_article(one)
    return (
        f"{float(value):.1f} {unit}"
        if decimal
        else f"{value.numerator}/{value.denominator} of {single}"
    )


_MARK = (
    "[Plot|Find] the point for {amount}.",
    "[Mark|Show] {amount} on the number line.",
    "Where is {amount} on the line? [Mark it.|Draw a point.]",
    "Draw a point [at|for] {amount}.",
    "[Mark|Plot] the [requested |]measurement: {amount}.",
    "Find {amount} on the number line and mark it.",
    "Put {amount} in its place on the number line.",
)
