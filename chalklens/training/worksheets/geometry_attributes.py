"""Worksheets about what defines a shape: sides, vertices, faces, angles; drawing and building shapes.

How it is used: importing it registers its templates. Labels, as the corpus gives them: a shape to
draw or build from attributes is a ConceptSpecification shown as VisualArticulation; a shape to pick by
an attribute a ConceptClassification; counted attributes carry their own label.

What it leaves out: angles and sides as properties of unnamed figures (`geometry_properties`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shapes import (
    SOLIDS,
    choose_look,
    draw_shape,
    square_box,
)
from chalklens.training.worksheets.flow import paragraph
from chalklens.training.worksheets.geometry_naming import SHAPE_IDS
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    split,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import instruct, join_words, with_article
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_PICKED = frozenset(("ConceptClassification", "ShapeAttributes", "ShapeClassification"))


TITLES = (
    "Attributes of shapes",
    "Shapes",
    "Defining attributes",
    "Sides and corners",
    "Describe shapes",
    "Geometry",
)


SIDES = {
    "triangle": 3,
    "square": 4,
    "rectangle": 4,
    "quadrilateral": 4,
    "pentagon": 5,
    "hexagon": 6,
}


def list_attributes(rng: random.Random, shape: str) -> list[str]:
    """What defines a shape, in short phrases."""
    sides = SIDES[shape]
    attributes = [
        vary(rng, "[closed shape|closed figure|closed]"),
        vary(rng, f"{sides} [straight sides|sides]"),
        vary(rng, f"{sides} [vertices|corners]"),
    ]
    if shape == "square":
        attributes.append(
            vary(rng, "[all sides are equally long|4 equal sides|all sides are equal]")
        )
    if shape in ("square", "rectangle"):
        attributes.append(vary(rng, "4 [right angles|square corners]"))
    return attributes


def write_chips(canvas: Canvas, rng: random.Random, texts: list[str]) -> None:
    """Short phrases beside one another, as chips, as a list or separated by dots."""
    look, size = rng.choice(("chips", "list", "dots")), canvas.style.size * 0.85
    if look == "dots":
        paragraph(canvas, " · ".join(texts), size=size)
    for text in texts if look == "list" else ():
        paragraph(canvas, f"• {text}", size=size, centred=False)
    if look == "chips":
        _write_boxes(canvas, texts, size)
    canvas.y += size * 0.4


def _write_boxes(canvas: Canvas, texts: list[str], size: float) -> None:
    x, y = canvas.left, canvas.y + size
    for text in texts:
        width = canvas.measure(text, size) + size
        if x + width > canvas.right:
            x, y = canvas.left, y + size * 2
        box = Area(x, y - size * 0.85, x + width, y + size * 0.85)
        canvas.rectangle(
            box,
            fill=soften(canvas.style.accent, 0.9),
            outline=soften(canvas.style.accent, 0.4),
            radius=canvas.style.corner,
        )
        canvas.text(*box.middle, text, size=size, anchor="m")
        x += width + size * 0.5
    canvas.y = y + size * 1.2


def choose_counted(rng: random.Random) -> list[tuple[str, str, frozenset[str]]]:
    """Shapes with a counted attribute: name, wording and the labels of the attribute."""
    flat = ("triangle", "quadrilateral", "pentagon", "hexagon")
    angles = [
        (s, vary(rng, f"{SIDES[s]} [angles|inside angles]"), frozenset(("AngleCount",)))
        for s in flat
    ]
    vertices = [
        (s, vary(rng, f"{SIDES[s]} [vertices|corners]"), frozenset(("VertexCount",))) for s in flat
    ]
    return [
        *angles,
        *vertices,
        ("cube", vary(rng, "6 equal [square faces|faces]"), frozenset(("FaceCount", "Equal"))),
    ]


@template
def shape_by_count(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Named shapes; the one with a counted attribute is to be found."""
    shape, text, labels = rng.choice(choose_counted(rng))
    group = (
        ["cube", "rectangular prism", "square pyramid", "triangular prism"]
        if shape in SOLIDS
        else ["triangle", "quadrilateral", "pentagon", "hexagon"]
    )
    rng.shuffle(group)
    instruct(canvas, rng, _BY_COUNT, TITLES, attribute=text)
    captions = [name.capitalize() for name in group] if rng.random() < 0.6 else []
    for place, name in zip(
        lay_out_choices(canvas, rng, 4, 95, {group.index(shape)}, captions=captions),
        group,
        strict=True,
    ):
        draw_shape(canvas, choose_look(canvas, rng), name, place)
    return _PICKED | {SHAPE_IDS[shape]} | labels


_BY_COUNT = (
    "Which of the shapes has {attribute}?",
    "[Find|Circle|Mark|Color] the shape [with|that has] {attribute}.",
    "One of the shapes has {attribute}. Which [one|]?",
    "[Count|Look closely]. Which [shape|figure] has {attribute}?",
    "[Choose|Name] the [shape|figure] that has {attribute}.",
    "Which of these [shapes|figures] has [exactly|] {attribute}?",
    "Where do you count {attribute}?",
    "Only one shape has {attribute}. [Find it.|Which is it?]",
)


@template
def shape_always_true(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """One shape and statements: which is a defining attribute?"""
    shape = rng.choice(("triangle", "square", "rectangle", "hexagon", "circle"))
    instruct(canvas, rng, _ALWAYS, TITLES)
    look = choose_look(canvas, rng)
    draw_shape(canvas, look, shape, square_box(reserve(canvas, rng, rng.uniform(90, 130)), 0.9))
    true = (
        "is closed"
        if shape == "circle"
        else "has " + rng.choice(list_attributes(rng, shape)[1:3]).lower()
    )
    false = [
        "is green",
        "is huge",
        "points to the left",
        "is small",
        "is red",
        "is thick",
        "is pretty",
        "is striped",
        "is blue",
    ]
    choices = [true, *rng.sample(false, rng.choice((2, 3)))]
    rng.shuffle(choices)
    write_choices(canvas, rng, choices, {choices.index(true)})
    return _PICKED | {SHAPE_IDS[shape]}


_ALWAYS = (
    "Which statement is true of every shape like this?",
    "Which [attribute|statement] is [always true|true for every shape of this kind]?",
    "What makes this shape what it is?",
    "Which [of these|attribute] defines the shape?",
    "[Choose|Find|Mark] the [defining attribute|statement that is always true].",
    "One statement [must be true|is true] for all shapes of this kind. Which?",
    "What [must|will] every shape [of this kind|with this name] have?",
    "Which [words|statement] would still be true for a [larger|red|turned] copy?",
)


@template
def shape_category(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A special quadrilateral; the larger category that includes it is asked for."""
    shape = rng.choice(("square", "rectangle", "rhombus"))
    instruct(
        canvas,
        rng,
        _CATEGORY,
        ("Shape families", "Categories of shapes", "Quadrilaterals", "Geometry"),
        shape=shape,
        one=with_article(shape),
    )
    for box in split(reserve(canvas, rng, 80, rng.uniform(160, 320)), rng.choice((1, 2, 3))):
        draw_shape(canvas, choose_look(canvas, rng, rng.choice((0, 15, 40, 70))), shape, box)
    attributes = {
        "square": ["4 equal sides", "4 right angles"],
        "rectangle": ["4 right angles"],
        "rhombus": ["4 equal sides"],
    }
    if rng.random() < 0.6:
        write_chips(canvas, rng, ["4 straight sides", "4 vertices", *attributes[shape]])
    choices = ["Quadrilateral", *rng.sample(("Pentagon", "Hexagon", "Triangle", "Circle"), 3)]
    rng.shuffle(choices)
    write_choices(canvas, rng, choices, {choices.index("Quadrilateral")})
    write_conclusion(
        canvas, rng, f"With its four straight sides, every {shape} is a quadrilateral."
    )
    return frozenset(
        (
            "ConceptClassification",
            "ShapeAttributes",
            "ShapeSubsumption",
            "VisualRecognition",
            SHAPE_IDS[shape],
        )
    )


_CATEGORY = (
    "What is the larger family of shapes that every {shape} belongs to?",
    "To which [larger|bigger] group [does every {shape} belong|do all shapes like this belong]?",
    "Every {shape} is also a ...",
    "[Name|Choose|Find] the [category|family] that [includes|contains] every {shape}.",
    "What [else|other kind of shape] is {one}?",
    "Which [word|name] is true for every {shape}?",
    "{one} belongs to a larger [group|category] of shapes. Which?",
)


@template
def shape_right_triangles(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Four figures; the right triangles among them are to be found."""
    names = [
        rng.choice(("right triangle",)),
        *rng.sample(
            ("right triangle", "scalene triangle", "obtuse triangle", "rectangle", "triangle"), 3
        ),
    ]
    rng.shuffle(names)
    right = {index for index, name in enumerate(names) if name == "right triangle"}
    instruct(canvas, rng, _RIGHT, ("Right triangles", "Triangles", "Geometry"))
    if rng.random() < 0.5:
        write_chips(canvas, rng, ["3 straight sides", "1 right angle"])
    for place, name in zip(lay_out_choices(canvas, rng, 4, 100, right), names, strict=True):
        look = choose_look(canvas, rng, rng.choice((0, 30, 90, 120, 180, 270)))
        draw_shape(canvas, look, name, place)
    found = join_words([f"{'ABCD'[index]}" for index in sorted(right)])
    write_conclusion(canvas, rng, f"{found}: a triangle with a square corner.")
    return frozenset(
        (
            "ConceptClassification",
            "RightAngle",
            "RightTriangle",
            "ShapeAttributes",
            "ShapeSubsumption",
            "VisualRecognition",
        )
    )


_RIGHT = (
    "Which figures are right triangles?",
    "[Find|Circle|Mark|Color] the right triangles.",
    "Which of these [figures|shapes] [is|are] [a right triangle|right triangles]?",
    "Right triangles have one right angle. [Which figures are right triangles?|Find them.]",
    "[Sort|Classify] the figures: right triangle or not?",
    "Is it a right triangle? [Decide for each figure.|Mark yes or no.]",
)
