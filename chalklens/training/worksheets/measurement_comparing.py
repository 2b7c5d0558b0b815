"""Worksheets about comparing and ordering things, measurable attributes, tools, mass and volume.

How it is used: importing it registers its templates. Labels, as the corpus gives them: comparing by
looking is VisualReception with Greater or Less; ordering ProcedureExecution with its direction;
reading a scale or cup MeasuringObjects; judging with a reference Estimation.

What it leaves out: rulers (`measurement_length`), units (`measurement_units`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_measure import (
    Ruler,
    draw_balance,
    draw_dial_scale,
    draw_ruler,
    draw_strip,
)
from chalklens.training.worksheets.flow import Blank, paragraph
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    write_answer,
    write_choices,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.templates import template

_TITLES = (
    "Measurement",
    "Compare",
    "Measuring",
    "Longer and shorter",
    "Heavy and light",
    "Order by length",
)


_LONG_WORDS = {
    "Greater": ("longer", "longer", "of greater length"),
    "Less": ("shorter", "shorter", "of less length"),
}


_HEAVY_WORDS = {
    "Greater": ("heavier", "heavier", "of greater weight"),
    "Less": ("lighter", "lighter", "of less weight"),
}


@template
def compare_lengths(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two strips; which is longer or shorter?"""
    direction, noun = (
        rng.choice(("Greater", "Less")),
        rng.choice(("ribbon", "ribbon", "pencil", "strip", "rope", "stick")),
    )
    long, short = rng.uniform(0.55, 0.95), rng.uniform(0.15, 0.42)
    shares = rng.sample((long, short), 2)
    right = shares.index(max(shares) if direction == "Greater" else min(shares))
    instruct(canvas, rng, _COMPARE, _TITLES, noun=noun, word=rng.choice(_LONG_WORDS[direction]))
    _draw_strips(
        canvas, rng, shares, "pencil" if noun == "pencil" else rng.choice(("bar", "ribbon"))
    )
    write_choices(canvas, rng, [f"{noun.capitalize()} {letter}" for letter in "AB"], {right})
    return frozenset(("LengthMeasurement", "Measurement", "VisualReception", direction))


_COMPARE = (
    "Which {noun} is {word}?",
    "[Circle|Mark|Choose] the {noun} that is {word}.",
    "Look at both {noun}s. Which [one |]is {word}?",
    "One {noun} is {word}. Which?",
    "[Compare|Look at] A and B. Which {noun} is {word}?",
    "[Find|Name] the {noun} that is {word}.",
    "A or B: which is {word}?",
)


def _draw_strips(canvas: Canvas, rng: random.Random, shares: list[float], kind: str) -> None:
    """Strips below one another with letters, starting at one line; lengths as parts of the width."""
    place = reserve(canvas, rng, 42 * len(shares) + 8)
    lettering = rng.choice(("{a}", "{a}:", "{a}."))
    for index, share in enumerate(shares):
        y = place.y0 + 22 + 42 * index
        canvas.text(place.x0 + 2, y, lettering.format(a="ABCD"[index]), bold=True)
        box = Area(place.x0 + 34, y - 11, place.x0 + 34 + (place.width - 40) * share, y + 11)
        draw_strip(canvas, rng, box, canvas.style.palette[index], kind)
        canvas.figure("everyday_object", box)


@template
def compare_weights(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two things on a balance; which is heavier or lighter?"""
    direction, heavier = rng.choice(("Greater", "Less")), rng.randrange(2)
    noun = rng.choice(("item", "item", "bag", "thing", "crate"))
    instruct(
        canvas, rng, _COMPARE[:4], _TITLES, noun=noun, word=rng.choice(_HEAVY_WORDS[direction])
    )
    draw_balance(canvas, reserve(canvas, rng, rng.uniform(110, 140)), ("A", "B"), heavier)
    right = heavier if direction == "Greater" else 1 - heavier
    write_choices(canvas, rng, [f"{noun.capitalize()} {letter}" for letter in "AB"], {right})
    return frozenset(("WeightMeasurement", "Measurement", "VisualReception", direction))


@template
def order_lengths(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Three or four things to be ordered by length."""
    count = rng.choice((3, 3, 4))
    lengths = [0.2 + 0.2 * step + rng.uniform(-0.05, 0.05) for step in rng.sample(range(4), count)]
    rising = rng.random() < 0.5
    names = (
        {"first": "shortest", "last": "longest"}
        if rising
        else {"first": "longest", "last": "shortest"}
    )
    instruct(canvas, rng, _ORDER, ("Order by length", "Longest to shortest", *_TITLES), **names)
    _draw_strips(canvas, rng, lengths, rng.choice(("bar", "ribbon", "pencil", "crayon")))
    order = sorted(range(count), key=lambda i: lengths[i] if rising else -lengths[i])
    parts: list[str | Blank] = []
    for index in order:
        parts += [Blank("ABCD"[index], rng.choice(("box", "line"))), " → "]
    write_answer(canvas, rng, parts[:-1])
    direction = "AscendingOrder" if rising else "DescendingOrder"
    return frozenset(
        ("DirectRelation", "LengthMeasurement", "MeasuringObjects", "ProcedureExecution", direction)
    )


_ORDER = (
    "Which is {first}, which is {last}? Write the order.",
    "[Put|Arrange|Sort] the [objects|things] [in order|] from {first} to {last}.",
    "Which comes first, the {first} or the {last}? Start with the {first} and write the letters in order.",
    "Write the letters in order: {first} first, {last} last.",
    "Begin with the {first}. [Order|Put in order] the [strips|objects] by length.",
    "[List|Name] the objects from {first} to {last}.",
)


@template
def measurable_attribute(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A thing being measured; what is measured?"""
    weight = rng.random() < 0.5
    instruct(canvas, rng, _ATTRIBUTE, ("What do we measure?", "Measurable attributes", *_TITLES))
    place = reserve(canvas, rng, rng.uniform(100, 130), rng.uniform(180, 300))
    if weight:
        draw_dial_scale(canvas, place)
    else:
        box = Area(
            place.x0 + place.width * 0.2,
            place.middle[1] - 14,
            place.x1 - place.width * 0.2,
            place.middle[1] + 8,
        )
        draw_strip(
            canvas, rng, box, canvas.style.palette[0], rng.choice(("pencil", "ribbon", "brush"))
        )
        for end in (box.x0, box.x1):
            canvas.arrow((box.middle[0], box.y1 + 16), (end, box.y1 + 16))
        canvas.figure("everyday_object", box)
    choices = rng.sample(("Length", "Height", "Weight"), 3)
    write_choices(canvas, rng, choices, {choices.index("Weight" if weight else "Length")})
    return frozenset(
        (
            "ConceptClassification",
            "MeasuringObjects",
            "WeightMeasurement" if weight else "LengthMeasurement",
        )
    )


_ATTRIBUTE = (
    "What do you find out in this way?",
    "What [is measured|is being measured] here?",
    "Which attribute [do we measure|is measured] [in the picture|]?",
    "[Look at the picture.|] What can you measure this way?",
    "Length, height or weight: what is measured?",
    "[Choose|Circle] what is measured [here|in the picture].",
)


@template
def mediated_comparison(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A compared with B and B with C; what follows for A and C?"""
    direction, noun = (
        rng.choice(("Greater", "Less")),
        rng.choice(("ribbon", "ribbon", "rope", "stick")),
    )
    word = "longer" if direction == "Greater" else "shorter"
    rising = rng.random() < 0.5
    shares = (0.3, 0.55, 0.85) if rising else (0.85, 0.55, 0.3)
    relation = "shorter" if rising else "longer"
    instruct(
        canvas,
        rng,
        _MEDIATED,
        ("Compare with a third", "Longer or shorter?", *_TITLES),
        noun=noun,
        Noun=noun.capitalize(),
        word=word,
    )
    for first, second in ((0, 1), (1, 2)):
        place = reserve(canvas, rng, 62)
        for row, index in enumerate((first, second)):
            y = place.y0 + 15 + 28 * row
            canvas.text(place.x0, y, "ABC"[index], bold=True)
            end = place.x0 + 26 + (place.width * 0.5) * shares[index]
            draw_strip(
                canvas,
                rng,
                Area(place.x0 + 26, y - 9, end, y + 9),
                canvas.style.palette[index],
                "ribbon",
            )
        canvas.figure("bar_model", place)
        text = f"{'ABC'[first]} is {relation} than {'ABC'[second]}"
        canvas.text(
            place.x0 + 40 + place.width * 0.46, place.middle[1], text, size=canvas.style.size * 0.75
        )
    right = int(rising == (direction == "Greater"))
    write_choices(canvas, rng, [f"{noun.capitalize()} A", f"{noun.capitalize()} C"], {right})
    return frozenset(
        (
            "ConceptDerivation",
            "LengthMeasurement",
            "MeasuringObjects",
            "MediatedRelation",
            direction,
        )
    )


_MEDIATED = (
    "B is compared with both others. Which {noun} is {word}, A or C?",
    "{Noun}s A and C are both compared with B. Which is {word}, A or C?",
    "[Use|Compare with] {noun} B [to find out|]: is A or C {word}?",
    "A and C do not lie side by side. What does B tell you: which {noun} is {word}?",
    "Which {noun} must be {word}, A or C? [B helps you.|Use B.]",
)


@template
def measuring_tool(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A named thing; ruler or measuring tape?"""
    tape = rng.random() < 0.5
    thing = rng.choice(
        ("door", "table", "room", "hallway", "car", "playground")
        if tape
        else ("book", "pencil", "eraser", "crayon", "card", "key")
    )
    instruct(canvas, rng, _TOOL, ("Choose a tool", "Measuring tools", "Which tool?"), thing=thing)
    if rng.random() < 0.6:
        paragraph(
            canvas,
            thing.capitalize(),
            size=canvas.style.size * 1.2,
            bold=True,
            colour=canvas.style.accent,
        )
    names = rng.sample(("Ruler", "Measuring tape"), 2)
    places = lay_out_choices(
        canvas, rng, 2, 80, {names.index("Measuring tape" if tape else "Ruler")}, captions=names
    )
    for place, name in zip(places, names, strict=True):
        draw_ruler(canvas, rng, Ruler(10, 2, 4, tape=name != "Ruler"), place.inset(8, 4))
    return frozenset(
        (
            "ConceptClassification",
            "LengthMeasurement",
            "MeasuringObjects",
            "Tapemeter" if tape else "PhysicalRuler",
        )
    )


_TOOL = (
    "What would you take to measure a {thing}?",
    "Which tool is best for measuring [a|the] {thing}?",
    "[Choose|Circle|Mark] the best tool to measure the length of a {thing}.",
    "You want to [measure|know the length of] a {thing}. Which tool do you [take|use]?",
    "Ruler or measuring tape? Choose [the right tool |]for the {thing}.",
    "How would you measure a {thing}? [Choose a tool.|Pick one tool.]",
)
