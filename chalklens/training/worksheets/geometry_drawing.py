"""Worksheets about drawing and building shapes: from attributes, from sticks, again, of another kind.

How it is used: importing it registers its templates. Labels, as the corpus gives them: a shape to
draw from attributes is a ConceptSpecification, every drawing VisualArticulation; a copy in another
position shows ShapeRotationConservation, an example of no special kind ShapeSubsumption.

What it leaves out: picking shapes by attributes (`geometry_attributes`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shapes import (
    Look,
    corners_of,
    draw_shape,
    square_box,
)
from chalklens.training.worksheets.flow import paragraph
from chalklens.training.worksheets.geometry_attributes import (
    SIDES,
    TITLES,
    choose_counted,
    list_attributes,
    write_chips,
)
from chalklens.training.worksheets.geometry_naming import SHAPE_IDS
from chalklens.training.worksheets.panels import (
    mark_box,
    reserve,
    split,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import count_of, instruct, with_article
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_SPECIFY = frozenset(
    ("ConceptSpecification", "ShapeAttributes", "ShapeClassification", "VisualArticulation")
)


def _answer_place(canvas: Canvas, rng: random.Random, shape: str, prompt: str = "") -> None:
    """An empty frame to draw in; on solution pages with the shape."""
    place = reserve(canvas, rng, rng.uniform(100, 150), rng.uniform(170, 320), framed=True)
    if canvas.style.solution:
        draw_shape(canvas, Look(None, canvas.style.accent), shape, square_box(place, 0.85))
    elif prompt:
        canvas.text(
            place.middle[0],
            place.y1 - 10,
            prompt,
            size=canvas.style.size * 0.7,
            anchor="m",
            colour=soften(canvas.style.ink, 0.4),
        )
    canvas.figure("answer_box", place)


_PROMPTS = ("Draw here", "Your shape", "Your drawing", "", "", "Build here")


@template
def shape_specifying(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Defining attributes, and a place to draw the shape that has them."""
    shape = rng.choice(("triangle", "square", "rectangle", "hexagon"))
    instruct(canvas, rng, _FROM_ATTRIBUTES, TITLES)
    write_chips(canvas, rng, list_attributes(rng, shape))
    _answer_place(canvas, rng, shape, rng.choice(_PROMPTS))
    return _SPECIFY | {SHAPE_IDS[shape]}


_FROM_ATTRIBUTES = (
    "These attributes define a shape. [Draw it.|Build it.]",
    "[Draw|Make] the shape that has [all of these|these] attributes.",
    "Which shape is described? [Draw it.|Make a drawing of it.]",
    "Read the [attributes|clues] and draw the shape.",
    "[Use|Follow] the [clues|attributes] to draw [a|the] shape.",
    "Draw a [shape|figure] that fits [the description|every clue].",
    "[Build|Create] a [shape|figure] with the attributes [below|given].",
    "What shape is it? Draw one [that fits|with these attributes].",
)


@template
def shape_specifying_count(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """One counted attribute, and a place to draw a shape that has it."""
    shape, text, labels = rng.choice(choose_counted(rng))
    instruct(canvas, rng, _FROM_COUNT, TITLES, attribute=text)
    if rng.random() < 0.5:
        paragraph(
            canvas,
            vary(rng, f"[Needed:|It must have:|Attribute:|You need:] {text}"),
            size=canvas.style.size * 0.85,
        )
    _answer_place(canvas, rng, shape, rng.choice(_PROMPTS))
    return _SPECIFY | {SHAPE_IDS[shape]} | labels


_FROM_COUNT = (
    "Draw [some|any] [shape|figure] that has {attribute}.",
    "[Needed|Wanted]: a shape with {attribute}. Draw one.",
    "[Make|Sketch] a [shape|figure] that has {attribute}.",
    "Can you draw a shape [that has|with] {attribute}?",
    "[Show|Draw] one [shape|figure] that has [exactly|] {attribute}.",
    "Which shape has {attribute}? Draw it.",
    "Your shape must have {attribute}. Draw it.",
    "[Sketch|Draw] any shape with {attribute}.",
)


@template
def shape_sticks(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Loose sticks and corners to build a shape from."""
    shape = rng.choice(("triangle", "square", "rectangle", "hexagon"))
    sides = SIDES[shape]
    instruct(
        canvas,
        rng,
        _STICKS,
        ("Build shapes", "Sticks and corners", "Building shapes"),
        one=with_article(shape),
        sides=sides,
    )
    place = reserve(canvas, rng, rng.uniform(120, 160), rng.uniform(220, 360))
    if canvas.style.solution:
        corners = corners_of(shape, square_box(place, 0.8))
        canvas.polygon(corners, outline=canvas.style.accent, stroke=4)
        for x, y in corners:
            canvas.disc(x, y, 5, fill=canvas.style.palette[1], outline=canvas.style.ink)
    else:
        _scatter_parts(canvas, rng, place, sides)
    canvas.figure("polygon" if canvas.style.solution else "object_group", place)
    write_conclusion(
        canvas,
        rng,
        f"The {shape} needs {count_of(sides, 'stick')} and {count_of(sides, 'corner')}.",
    )
    return frozenset(
        (
            "ShapeAttributes",
            "VisualArticulation",
            "GeometrySticks",
            "ShapeIdentity",
            SHAPE_IDS[shape],
        )
    )


def _scatter_parts(canvas: Canvas, rng: random.Random, place: Area, sides: int) -> None:
    for index, box in enumerate(split(place, 3, 2)):
        if index < sides:
            y = box.middle[1] + rng.uniform(-8, 8)
            tilt = rng.uniform(-10, 10)
            canvas.line((box.x0 + 4, y), (box.x1 - 10, y + tilt), colour=(146, 104, 60), stroke=4)
            canvas.disc(
                box.middle[0] + rng.uniform(-12, 12), box.y1 - 6, 4.5, fill=canvas.style.palette[1]
            )


_STICKS = (
    "[Take|Use] the [loose |]parts and build {one}.",
    "[Build|Make] {one} [from|with] the sticks and [corners|balls].",
    "Put the sticks together [so that they make|to make] {one}.",
    "You have {sides} sticks and {sides} corners. [Build|Make] {one}.",
    "Join sticks and [clay balls|corners] to form {one}.",
    "How do you put the [parts|sticks] together to get {one}?",
)


@template
def shape_redrawing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A shape to be drawn again, turned or not."""
    shape = rng.choice(("triangle", "square", "circle", "triangle", "square", "rectangle"))
    turn = rng.choice((0, 20, 45, 70))
    instruct(canvas, rng, _REDRAW, ("Draw shapes", "Same shape", "Copy the shape"), shape=shape)
    sides = split(reserve(canvas, rng, rng.uniform(110, 150), framed=False), 2)
    names = rng.choice(
        (("Reference", "Your drawing"), ("Look", "Draw"), ("Given", "Draw here"), ("", ""))
    )
    for index, (box, name) in enumerate(zip(sides, names, strict=True)):
        mark_box(canvas, box, right=False)
        if name:
            canvas.text(box.middle[0], box.y0 + 10, name, size=canvas.style.size * 0.7, anchor="m")
        if index == 0 or canvas.style.solution:
            look = Look(
                None, canvas.style.accent if index else canvas.style.ink, 0 if index else turn
            )
            draw_shape(canvas, look, shape, Area(box.x0, box.y0 + 20, box.x1, box.y1).inset(8))
    drawing = "CircularShapeDrawing" if shape == "circle" else "LinearShapeDrawing"
    return frozenset(("VisualArticulation", "ShapeRotationConservation", drawing, SHAPE_IDS[shape]))


_REDRAW = (
    "Draw the {shape} once more. A turned {shape} is still a {shape}.",
    "[Copy|Draw] the {shape} [in another position|again]. [Turned, it is still the same shape.|]",
    "Draw [this|the] {shape} again. [You may turn it.|It may be turned.]",
    "[Draw|Make] a turned copy of the {shape}.",
    "Draw a {shape} just like this one, [turned or not|in the empty box].",
    "The {shape} was turned. Draw [it|the same shape] once more.",
)


@template
def shape_other_quadrilateral(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A quadrilateral to draw that is of no special kind."""
    instruct(canvas, rng, _OTHER, ("Quadrilaterals", "Other quadrilaterals", "Draw shapes"))
    if rng.random() < 0.7:
        write_chips(
            canvas,
            rng,
            ["4 straight sides", "4 vertices", "sides of different length", "no right angles"],
        )
    _answer_place(
        canvas, rng, rng.choice(("quadrilateral", "trapezoid", "kite")), rng.choice(_PROMPTS)
    )
    return frozenset(
        (
            "VisualArticulation",
            "LinearShapeDrawing",
            "Quadrilateral",
            "ShapeAttributes",
            "ShapeSubsumption",
        )
    )


_OTHER = (
    "Draw a quadrilateral that belongs neither to the rhombuses nor to the rectangles.",
    "Draw a [four-sided shape|quadrilateral] that is [none of these|neither of these]: rhombus, rectangle, square.",
    "[Sketch|Show] an example of a quadrilateral that is no rectangle, no square and no rhombus.",
    "Can you draw a quadrilateral that does not belong to the squares, rectangles or rhombuses?",
    "[Find|Draw] another kind of quadrilateral. It must not be a square, a rectangle or a rhombus.",
)
