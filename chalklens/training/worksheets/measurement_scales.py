"""Worksheets about mass, liquid volume and temperature: reading a scale, estimating with a reference.

How it is used: importing it registers its templates. Labels, as the corpus gives them: reading is
MeasuringObjects and ProcedureExecution, judging with a reference Estimation; the scale is named.

What it leaves out: comparing without a scale (`measurement_comparing`), stories (`measurement_stories`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_measure import (
    Beaker,
    draw_beaker,
    draw_kitchen_scale,
    draw_thermometer,
)
from chalklens.training.worksheets.flow import Blank
from chalklens.training.worksheets.panels import (
    reserve,
    split,
    write_answer,
    write_conclusion,
    write_quantity,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_MASSES = {
    "KilogramScale": (
        "kg",
        "kilograms",
        {"backpack": 3, "melon": 4, "dog": 12, "chair": 5, "bicycle": 12, "bucket": 8},
    ),
    "GramScale": (
        "g",
        "grams",
        {"book": 450, "apple": 200, "pencil": 8, "letter": 20, "bread": 500, "ball": 400},
    ),
}


@template
def mass_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A thing on a scale; its mass is to be read."""
    scale = rng.choice(tuple(_MASSES))
    unit, word, things = _MASSES[scale]
    thing = rng.choice(tuple(things))
    mass = things[thing] + (
        rng.randint(-2, 3) if scale == "KilogramScale" else rng.randrange(0, 50, 5)
    )
    instruct(
        canvas,
        rng,
        _MASS,
        ("Measure mass", "Mass", "Weighing", "Kilograms and grams"),
        thing=thing,
        unit=word,
    )
    draw_kitchen_scale(
        canvas, rng, reserve(canvas, rng, rng.uniform(130, 170)), f"{mass} {unit}", thing
    )
    write_answer(
        canvas,
        rng,
        (
            rng.choice((f"Mass of the {thing}: ", "Mass: ", "Answer: ")),
            Blank(str(mass), digits=3),
            f" {unit}",
        ),
    )
    return frozenset(("MeasuringObjects", "ProcedureExecution", "WeightMeasurement", scale))


_MASS = (
    "What mass does the scale show?",
    "[Read|Look at] the scale. [What does the {thing} weigh?|What is its mass?]",
    "[Write|Find] the mass of the {thing} [in {unit}|].",
    "How heavy is the {thing}?",
    "How many {unit} does the {thing} weigh?",
    "[Measure|Read off] the mass of the {thing}.",
)


@template
def volume_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A measuring cup with a level; the volume is to be read."""
    liters = rng.random() < 0.5
    end = rng.choice((5, 6, 8, 10)) if liters else rng.choice((100, 200, 500, 1000))
    step = 1 if liters else end // 10
    filled = step * rng.randint(1, end // step - 1)
    unit, word = ("L", "liters") if liters else ("mL", "milliliters")
    instruct(
        canvas,
        rng,
        _VOLUME,
        ("Measure liquid volume", "Liquid volume", "Liters and milliliters", "Capacity"),
        unit=word,
    )
    draw_beaker(
        canvas,
        rng,
        Beaker(end, filled, step, unit),
        reserve(canvas, rng, rng.uniform(140, 180), rng.uniform(160, 280)),
    )
    write_quantity(
        canvas,
        rng,
        str(filled),
        rng.choice((unit, word)),
        ("", "Volume:", "The liquid measures", "Answer:"),
    )
    scale = "LiterScale" if liters else "MilliliterScale"
    return frozenset(
        ("LiquidVolumes", "MeasuringObjects", "ProcedureExecution", "VolumeMeasurement", scale)
    )


_VOLUME = (
    "How much liquid is in the [beaker|cup|jug]?",
    "What is the liquid volume?",
    "[Read|Look at] the [scale|marks]. How many {unit} are in the [cup|beaker]?",
    "[Measure|Write|Find] the [liquid volume|amount of water] in {unit}.",
    "How many {unit} of water [do you see|are there]?",
    "To which mark is the [jug|beaker] filled? [Write the volume.|]",
)


@template
def mass_estimating(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A thing and a reference mass; about how heavy is it?"""
    scale = rng.choice(tuple(_MASSES))
    unit, word, things = _MASSES[scale]
    thing = rng.choice(tuple(things))
    instruct(
        canvas,
        rng,
        _ESTIMATE_MASS,
        ("Estimate mass", "Estimating mass", "About how heavy?"),
        thing=thing,
        unit=unit,
        word=word,
    )
    boxes = split(reserve(canvas, rng, rng.uniform(110, 140), framed=False), 2)
    canvas.rectangle(boxes[0].inset(6, 14), fill=None, outline=canvas.style.palette[0], radius=8)
    canvas.text(
        *boxes[0].middle, thing.capitalize(), size=canvas.style.size * 1.1, bold=True, anchor="m"
    )
    draw_kitchen_scale(canvas, rng, boxes[1], f"1 {unit}", vary(rng, f"[1 {unit}|Reference]"))
    answer = things[thing]
    write_answer(
        canvas,
        rng,
        (
            rng.choice(("My estimate: ", "About ", "Estimate: ")),
            Blank(str(answer), digits=3),
            f" {unit}",
        ),
    )
    return frozenset(("Estimation", "ProcedureExecution", "WeightMeasurement", scale))


_ESTIMATE_MASS = (
    "How heavy is the {thing}, about, in {unit}?",
    "Estimate the mass of the {thing} in {word}.",
    "[Use|Look at] the 1 {unit} reference. About how heavy is the {thing}?",
    "How many 1 {unit} references match the {thing}? [Make an estimate.|Estimate.]",
    "What is a good estimate for the mass of the {thing} in {word}?",
    "[Guess|Estimate]: the {thing} weighs about ... {word}.",
)


@template
def volume_estimating(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A vessel and a one-liter jug; about how many liters does it hold?"""
    vessel, liters = rng.choice(
        (
            ("water bottle", 2),
            ("juice carton", 2),
            ("watering can", 5),
            ("bucket", 8),
            ("pot", 4),
            ("fish tank", 20),
        )
    )
    instruct(
        canvas,
        rng,
        _ESTIMATE_VOLUME,
        ("Estimate liquid volume", "About how much?", "Estimating liters"),
        vessel=vessel,
    )
    boxes = split(reserve(canvas, rng, rng.uniform(110, 140), framed=False), 2)
    draw_beaker(canvas, rng, Beaker(liters, liters, liters, ""), boxes[0], numbered=False)
    draw_beaker(
        canvas,
        rng,
        Beaker(2, 1, 1, "1 L"),
        Area(boxes[1].x0, boxes[1].y0 + 40, boxes[1].x1, boxes[1].y1),
        numbered=False,
    )
    canvas.text(
        boxes[0].middle[0],
        boxes[0].y0 - 2,
        vessel.capitalize(),
        size=canvas.style.size * 0.8,
        anchor="m",
    )
    canvas.text(
        boxes[1].middle[0],
        boxes[1].y0 + 24,
        rng.choice(("Reference: 1 L", "1 liter in the jug", "1 L")),
        size=canvas.style.size * 0.75,
        anchor="m",
    )
    write_quantity(
        canvas,
        rng,
        str(liters),
        rng.choice(("liters", "L")),
        ("My estimate:", "About", "Estimate:"),
    )
    return frozenset(
        ("Estimation", "LiquidVolumes", "LiterScale", "ProcedureExecution", "VolumeMeasurement")
    )


_ESTIMATE_VOLUME = (
    "How many liters, about, go into the {vessel}?",
    "Estimate how [many liters|much] fits into the {vessel}.",
    "The jug holds 1 liter. About how many liters [does the {vessel} hold|fit into the {vessel}]?",
    "[Compare|Use] the reference. What is a good estimate for the {vessel}?",
    "How much liquid does the {vessel} hold? [Estimate in liters.|Make an estimate.]",
    "[Judge|Estimate] how many 1 L references fill the {vessel}.",
)


@template
def temperature_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Thermometers; temperatures are to be read."""
    celsius = rng.random() < 0.6
    unit = "°C" if celsius else "°F"
    instruct(canvas, rng, _TEMPERATURE, ("Temperature", "Thermometer", "Hot and cold"))
    count = rng.choice((1, 1, 2, 3))
    for box in split(reserve(canvas, rng, rng.uniform(150, 190), 150 * count), count):
        degrees = rng.randrange(2, 39, 2) if celsius else rng.randrange(10, 96, 5)
        draw_thermometer(canvas, Area(box.x0, box.y0, box.x1, box.y1 - 24), degrees, unit)
        text = f"{degrees} {unit}" if canvas.style.solution else f"___ {unit}"
        canvas.text(box.middle[0], box.y1 - 10, text, size=canvas.style.size * 0.85, anchor="m")
    write_conclusion(canvas, rng, "Read the height of the red column.")
    scale = "CelsiusScale" if celsius else "FahrenheitScale"
    return frozenset(
        ("Measurement", "ProcedureExecution", "TemperatureMeasurement", "Thermometer", scale)
    )


_TEMPERATURE = (
    "What temperature does the thermometer show?",
    "[Read|Look at] the thermometer[s|]. [Write the temperature.|How warm is it?]",
    "How many degrees [is it|are shown]?",
    "[Write|Read off] the temperature.",
    "How warm is it? [Read the scale.|]",
)
