"""Worksheets about length: reading and drawing along a ruler, differences, data from rulers.

How it is used: importing it registers its templates. Labels, as the corpus gives them: the tool
(PhysicalRuler, Tapemeter), integer or decimal numbers, a range where the scale ends at 10 or 20;
drawing a length is VisualArticulation, measuring ProcedureExecution, several measured things are
ObservedMeasurement for Statistics.

What it leaves out: comparing and ordering without a scale (`measurement_comparing`), line plots
(`measurement_plots`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_measure import Ruler, draw_ruler, draw_strip
from chalklens.training.worksheets.flow import Blank, write_expression
from chalklens.training.worksheets.panels import (
    reserve,
    write_answer,
    write_conclusion,
    write_quantity,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_TITLES = (
    "Measuring length",
    "Length",
    "Ruler",
    "Measuring tape",
    "Measure it",
    "Centimeters",
    "How long?",
)
_THINGS = {
    "pencil": "pencil", "crayon": "crayon", "ribbon": "ribbon", "key": "key", "brush": "brush", "block": "bar",
    "stick": "bar", "string": "ribbon", "bar": "bar", "strip": "bar",
}  # fmt: skip


def choose_ruler(rng: random.Random) -> Ruler:
    """A scale to 10, 20, 50 or 100 cm."""
    end = rng.choice((10, 10, 20, 20, 50, 100))
    marks = {10: 10, 20: 2, 50: 5, 100: 10}[end]
    return Ruler(end, {10: 1, 20: 1, 50: 5, 100: 10}[end], marks, tape=rng.random() < 0.5)


def label_tool(ruler: Ruler) -> frozenset[str]:
    """The tool, and the range where its scale is short."""
    tool = "Tapemeter" if ruler.tape else "PhysicalRuler"
    return (
        frozenset((tool, f"NumbersSmaller{ruler.end}")) if ruler.end <= 20 else frozenset((tool,))
    )


def _draw_measured(
    canvas: Canvas, rng: random.Random, ruler: Ruler, length: float, *, shown: bool, thing: str
) -> None:
    """A thing lying at zero above a ruler."""
    place = reserve(canvas, rng, rng.uniform(80, 105), 0)
    thick = rng.uniform(14, 24)
    x0, x1 = draw_ruler(
        canvas, rng, ruler, Area(place.x0, place.y0 + thick + 12, place.x1, place.y1)
    )
    box = Area(x0, place.y0 + 5, x0 + (x1 - x0) * length / ruler.end, place.y0 + 5 + thick)
    if shown:
        draw_strip(canvas, rng, box, rng.choice(canvas.style.palette), _THINGS[thing])
        canvas.figure("everyday_object", box)


@template
def length_measuring(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A thing on a ruler or tape; its length in whole or tenths of centimeters."""
    ruler, thing = choose_ruler(rng), rng.choice(tuple(_THINGS))
    decimal = ruler.end == 10 and rng.random() < 0.4
    length = rng.randint(5, 99) / 10 if decimal else rng.randint(1, ruler.end)
    tool = "measuring tape" if ruler.tape else "ruler"
    instruct(
        canvas,
        rng,
        _MEASURE,
        (tool.capitalize(), *_TITLES),
        thing=thing,
        tool=tool,
    )
    _draw_measured(canvas, rng, ruler, length, shown=True, thing=thing)
    write_quantity(
        canvas,
        rng,
        f"{length:.1f}" if decimal else str(length),
        rng.choice(("cm", "cm", "centimeters")),
        ("", "Length:", f"The {thing} is", "Answer:"),
    )
    labels = {"LengthMeasurement", "ProcedureExecution"} | label_tool(ruler)
    return frozenset(
        labels
        | ({"DecimalNumbers", "Measurement"} if decimal else {"IntegerNumbers", "MeasuringObjects"})
    )


_MEASURE = (
    "How long is the {thing}?",
    "[Measure|Find the length of] the {thing} [with the {tool}|].",
    "[Read|Use] the {tool}. How long is the {thing}?",
    "Write the length of the {thing} [in centimeters|].",
    "How many centimeters long is the {thing}?",
    "[What|Which] length does the {tool} show?",
    "Where does the {thing} end? [Write its length.|How long is it?]",
    "The {thing} begins at 0. [Read off|Write] its length.",
)


@template
def length_drawing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A ruler and a length; a thing of that length is to be drawn."""
    ruler = choose_ruler(rng)
    length, thing = (
        rng.randint(1, ruler.end),
        rng.choice(("object", "line", "ribbon", "bar", "pencil")),
    )
    tool = "measuring tape" if ruler.tape else "ruler"
    instruct(
        canvas, rng, _DRAW, (tool.capitalize(), *_TITLES), thing=thing, length=length, tool=tool
    )
    _draw_measured(canvas, rng, ruler, length, shown=canvas.style.solution, thing="bar")
    write_answer(
        canvas, rng, (rng.choice((f"{length} cm", f"Length: {length} cm", f"Draw: {length} cm")),)
    )
    return label_tool(ruler) | {
        "IntegerNumbers",
        "LengthMeasurement",
        "MeasuringObjects",
        "VisualArticulation",
    }


_DRAW = (
    "Draw something of exactly {length} cm along the {tool}.",
    "Draw a {thing} that is {length} cm long [above the {tool}|].",
    "[Use|Take] the {tool} to draw a {thing} of {length} centimeters.",
    "[Show|Draw] {length} cm [along|with] the {tool}.",
    "Begin at 0 and draw a {thing} [with a length of|of] {length} cm.",
    "[Make|Sketch] a {thing} as long as told, above the {tool}.",
    "How long is {length} cm? Draw it above the {tool}.",
    "Draw along the {tool} until you reach {length} centimeters.",
)


@template
def length_difference(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two measured bars; how much longer is one?"""
    longer, shorter = sorted(rng.sample(range(3, 21), 2), reverse=True)
    order = rng.random() < 0.7
    lengths = (longer, shorter) if order else (shorter, longer)
    names = {"long": "A" if order else "B", "short": "B" if order else "A"}
    unit = rng.choice(("cm", "cm", "in", "units"))
    instruct(
        canvas,
        rng,
        _DIFFERENCE,
        ("Compare lengths", "How much longer?", "Length difference", *_TITLES),
        **names,
    )
    place = reserve(canvas, rng, rng.uniform(80, 110))
    for index, length in enumerate(lengths):
        y = place.y0 + place.height * (0.28 + 0.46 * index)
        canvas.text(place.x0, y, "AB"[index], bold=True)
        end = place.x0 + 24 + (place.width - 110) * length / 20
        box = Area(place.x0 + 24, y - 11, end, y + 11)
        draw_strip(
            canvas, rng, box, canvas.style.palette[index], rng.choice(("bar", "ribbon", "bar"))
        )
        canvas.figure("bar_model", box)
        canvas.text(end + 6, y, f"{length} {unit}", size=canvas.style.size * 0.8)
    answer = longer - shorter
    if rng.random() < 0.5:
        write_answer(canvas, rng, (f"{longer} − {shorter} = ", Blank(str(answer)), f" {unit}"))
    else:
        write_quantity(canvas, rng, str(answer), unit, ("", "Answer:", "Difference:"))
    return frozenset(("Difference", "DirectRelation", "LengthMeasurement", "ProcedureExecution"))


_DIFFERENCE = (
    "{long} is longer than {short}. How much?",
    "How much shorter is {short} than {long}?",
    "Find the difference [in length |]between {long} and {short}.",
    "By how much is {long} longer than {short}?",
    "Compare A and B. How much longer is the longer one?",
    "[Work out|Calculate] how much longer {long} is than {short}.",
    "The bars have different lengths. What is the difference?",
    "How much must be cut off {long} to make it as long as {short}?",
)


@template
def length_data(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Several things on rulers; their lengths are recorded."""
    inches = rng.random() < 0.5
    unit = "in" if inches else "cm"
    nearest = "quarter inch" if inches else "centimeter"
    instruct(
        canvas,
        rng,
        _COLLECT,
        ("Collecting data", "Length records", "Measure and record", "Measurement data"),
        nearest=nearest,
    )
    things = rng.sample(
        ("pencil", "crayon", "ribbon", "key", "brush", "block"), rng.choice((3, 4, 5, 6))
    )
    ruler, look = Ruler(8, 1, 4, "in") if inches else Ruler(10, 1, 2, "cm"), rng.random()
    for thing in things:
        quarters = rng.randint(4, 32) if inches else 4 * rng.randint(2, 10)
        _draw_data_row(canvas, random.Random(look), ruler, thing, quarters, unit)
    write_conclusion(
        canvas, rng, vary(rng, "[Lengths|All lengths] to the nearest") + f" {nearest}."
    )
    base = {
        "LengthMeasurement",
        "Measurement",
        "ObservedMeasurement",
        "ProcedureExecution",
        "Statistics",
    }
    return frozenset(
        base | ({"FractionNumbers", "InchScale", "PhysicalRuler"} if inches else {"IntegerNumbers"})
    )


_COLLECT = (
    "Measure to the nearest {nearest}: how long is each thing?",
    "[Measure|Find the length of] every object. [Record|Write] the data to the nearest {nearest}.",
    "[Collect|Record] lengths, measured to the nearest {nearest}.",
    "How long are the things? Measure to the nearest {nearest} [and write it down|].",
    "[Read|Use] the rulers to [record|note] each length to the nearest {nearest}.",
    "Write down the [measurement|length] of each object, to the nearest {nearest}.",
)


def write_quarters(quarters: int) -> str:
    """A number of quarters as a mixed number: `4¼`, `½`, `6`."""
    whole, rest = divmod(quarters, 4)
    return f"{whole or ''}{('', '¼', '½', '¾')[rest]}" or "0"


def _draw_data_row(
    canvas: Canvas, rng: random.Random, ruler: Ruler, thing: str, quarters: int, unit: str
) -> None:
    row = Area(canvas.left, canvas.y, canvas.right, canvas.y + 56)
    canvas.text(row.x0, row.y0 + 22, thing.capitalize(), size=canvas.style.size * 0.8)
    scale = Area(row.x0 + 75, row.y0 + 18, row.x1 - 85, row.y1)
    x0, x1 = draw_ruler(canvas, rng, ruler, scale)
    box = Area(x0, row.y0 + 3, x0 + (x1 - x0) * quarters / 4 / ruler.end, row.y0 + 16)
    draw_strip(canvas, rng, box, canvas.style.palette[len(thing) % 6], _THINGS[thing])
    canvas.figure("everyday_object", box)
    write_expression(
        canvas,
        row.x1,
        row.y0 + 26,
        (Blank(write_quarters(quarters), digits=2), f" {unit}"),
        size=canvas.style.size * 0.85,
        anchor="r",
    )
    canvas.line(
        (row.x0, row.y1 + 3),
        (row.x1, row.y1 + 3),
        colour=soften(canvas.style.ink, 0.85),
        stroke=0.7,
    )
    canvas.y = row.y1 + 8


_ESTIMATED = {
    "CentimeterScale": (
        "centimeters",
        "1 cm",
        {"book": 25, "marker": 14, "pencil": 18, "spoon": 16, "phone": 15},
    ),
    "MeterScale": (
        "meters",
        "1 m",
        {"desk": 1, "table": 2, "door": 2, "car": 4, "classroom": 8, "hallway": 10},
    ),
    "InchScale": ("inches", "1 in", {"book": 10, "pencil": 8, "spoon": 6, "crayon": 4, "shoe": 9}),
    "FootScale": ("feet", "1 ft", {"bed": 6, "door": 7, "hallway": 30, "sofa": 6, "car": 14}),
}


@template
def length_estimating(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A named thing; about how long is it in a unit?"""
    scale = rng.choice(tuple(_ESTIMATED))
    unit, reference, things = _ESTIMATED[scale]
    thing = rng.choice(tuple(things))
    instruct(
        canvas,
        rng,
        _ESTIMATE,
        ("Estimate the length", "Estimating", "About how long?"),
        thing=thing,
        unit=unit,
        reference=reference,
    )
    place = reserve(canvas, rng, rng.uniform(56, 80), rng.uniform(150, 260), framed=True)
    canvas.text(
        *place.middle,
        thing.capitalize(),
        size=canvas.style.size * 1.3,
        bold=True,
        anchor="m",
        colour=canvas.style.accent,
    )
    if rng.random() < 0.5:
        y = canvas.y + 12
        canvas.line((canvas.left, y), (canvas.left + 46, y), stroke=3)
        canvas.text(
            canvas.left + 56,
            y,
            vary(rng, f"[Think of|Reference:|A familiar length:] {reference}"),
            size=canvas.style.size * 0.8,
        )
        canvas.y = y + 14
    write_quantity(
        canvas, rng, str(things[thing]), unit, ("About", "Estimate:", "", "My estimate:")
    )
    return frozenset(("Estimation", "LengthMeasurement", "ProcedureExecution", scale))


_ESTIMATE = (
    "How long is a {thing}, about, in {unit}?",
    "Estimate the length of [a|the] {thing} in {unit}.",
    "[Choose a unit of|Think of] {reference}. About how [many fit along|long is] the {thing}?",
    "[Guess|Estimate], do not measure: how many {unit} long is a {thing}?",
    "How many copies of {reference} fit end to end along the {thing}? [Estimate.|]",
    "Make a good estimate: the {thing} is about ... {unit} long.",
    "[Use a familiar length of {reference}.|] What is a good estimate for the {thing} in {unit}?",
)
