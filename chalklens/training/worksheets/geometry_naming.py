"""Worksheets about naming shapes, seeing them in things, flat and solid, comparing.

How it is used: importing it registers its templates. Labels, as the corpus gives them: naming is
VisualRecognition, copies in other sizes or turns carry the variation labels; flat or solid is
ConceptClassification; comparing counts of sides or faces VisualReception.

What it leaves out: defining attributes (`geometry_attributes`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_scenes import SCENES
from chalklens.training.worksheets.figures_shapes import SOLIDS, choose_look, draw_shape
from chalklens.training.worksheets.flow import paragraph
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    split,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import count_of, instruct, with_article
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

SHAPE_IDS = {
    "circle": "Circle",
    "square": "Square",
    "rectangle": "Rectangle",
    "triangle": "Triangle",
    "quadrilateral": "Quadrilateral",
    "pentagon": "Pentagon",
    "hexagon": "Hexagon",
    "rhombus": "Rhombus",
    "trapezoid": "Trapezoid",
    "half circle": "HalfCircle",
    "quarter circle": "QuarterCircle",
    "cube": "Cube",
    "cone": "Cone",
    "cylinder": "Cylinder",
    "sphere": "Sphere",
    "rectangular prism": "RectangularPrism",
}


_FLAT = ("circle", "square", "rectangle", "triangle", "hexagon", "pentagon", "trapezoid", "rhombus")


_BODIES = ("cube", "cone", "cylinder", "sphere", "rectangular prism")


_TITLES = (
    "Shapes",
    "Naming shapes",
    "Shape names",
    "Geometry",
    "Know your shapes",
    "Flat and solid",
    "Figures",
)


def family_of(shape: str) -> tuple[str, ...]:
    """The shapes that stand beside a shape as wrong answers."""
    return _BODIES if shape in SOLIDS else _FLAT


def choose_others(rng: random.Random, shape: str, count: int) -> list[str]:
    """A shape among others of its family, in a random order."""
    others = [other for other in family_of(shape) if other != shape]
    chosen = [shape, *rng.sample(others, min(count - 1, len(others)))]
    rng.shuffle(chosen)
    return chosen


@template
def shape_naming(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """One shape, or one shape several times; its name is to be chosen."""
    shape = rng.choice((*_FLAT, *_BODIES))
    count = rng.choice((1, 1, 2, 2, 3))
    instruct(canvas, rng, _NAME_ONE if count == 1 else _NAME_MANY, _TITLES)
    sized, turned = count > 1, count > 1 and shape not in ("circle", "sphere", *SOLIDS)
    _draw_copies(canvas, rng, shape, count, turned=turned)
    if count > 1 and rng.random() < 0.4:
        paragraph(
            canvas,
            vary(rng, "[same shape|All have the same shape.|The same shape in other sizes|]"),
            size=canvas.style.size * 0.8,
        )
    names = choose_others(rng, shape, rng.choice((3, 4, 5)))
    write_choices(canvas, rng, [name.capitalize() for name in names], {names.index(shape)})
    labels = {"ShapeNaming", "VisualRecognition", SHAPE_IDS[shape]}
    labels |= {"ShapeSizeVariation"} if sized else set[str]()
    return frozenset(labels | ({"ShapeOrientationVariation"} if turned else set[str]()))


def _draw_copies(
    canvas: Canvas, rng: random.Random, shape: str, count: int, *, turned: bool
) -> None:
    place = reserve(canvas, rng, rng.uniform(80, 130), rng.uniform(200, 420))
    look = choose_look(canvas, rng)
    for index, box in enumerate(split(place, count)):
        turn = rng.choice((0, 15, 30, 45, 60, 75, 100, 140)) if turned else 0
        share = rng.uniform(0.6, 0.95) if count == 1 else (0.95, 0.6, 0.78)[index]
        size = min(box.width, box.height) / 2 * share
        (x, y) = box.middle
        copy = Area(x - size, y - size, x + size, y + size)
        draw_shape(canvas, type(look)(look.fill, look.outline, turn), shape, copy)


_NAME_ONE = (
    "What shape is this?",
    "[Name|Write the name of] this shape.",
    "What is [the name of this|this] [shape|figure] [called|]?",
    "[Choose|Circle|Mark] the name of the shape.",
    "Which name fits the [shape|figure]?",
    "[Look at|Study] the [shape|figure]. What is it called?",
    "How do we call this shape?",
    "Find the name of the [shape|figure] [you see|below|].",
)


_NAME_MANY = (
    "What shape are these?",
    "[Name|Write the name of] these shapes.",
    "[All of these|They all|These] have the same shape. [What is it called|Which one is it]?",
    "Which name fits [all of the|these] shapes?",
    "What [are these|do we call these] [shapes|figures]?",
    "The shapes [are turned or of other size|look different]. Which [name|word] fits all?",
    "[Choose|Circle|Mark] the name [of|for] these shapes.",
    "Some are large, some are small. What shape are they?",
)


@template
def shape_picking(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Several shapes; the named one is to be found."""
    shape = rng.choice((*_FLAT, *_BODIES))
    shapes = choose_others(rng, shape, rng.choice((3, 4, 4)))
    instruct(canvas, rng, _PICK, _TITLES, one=with_article(shape), shape=shape)
    places = lay_out_choices(canvas, rng, len(shapes), rng.uniform(85, 115), {shapes.index(shape)})
    for place, name in zip(places, shapes, strict=True):
        turn = 0 if name in SOLIDS else rng.choice((0, 0, 20, 45, 90))
        draw_shape(canvas, choose_look(canvas, rng, turn), name, place)
    return frozenset(("ShapeNaming", "VisualRecognition", SHAPE_IDS[shape]))


_PICK = (
    "Which [one|shape|figure] is {one}?",
    "[Find|Circle|Mark|Color] the {shape}.",
    "Where is the {shape}?",
    "[Look at the shapes.|] Which one is called {shape}?",
    "[Point to|Choose] the {shape}.",
    "One of the shapes is {one}. Which?",
)


@template
def shape_everyday(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A thing of everyday life; its shape is to be named."""
    scene = rng.choice(SCENES)
    instruct(
        canvas,
        rng,
        _EVERYDAY,
        ("Shapes around us", "Shapes in the world", "Find the shape", "Shapes"),
        thing=scene.name,
    )
    place = reserve(canvas, rng, rng.uniform(100, 140), rng.uniform(180, 300))
    scene.draw(canvas, rng, place)
    canvas.figure("everyday_object", place)
    names = choose_others(rng, scene.shape, rng.choice((3, 4, 5)))
    write_choices(canvas, rng, [name.capitalize() for name in names], {names.index(scene.shape)})
    return frozenset(
        ("ShapeNaming", "VisualRecognition", "PhysicalGeometry", SHAPE_IDS[scene.shape])
    )


_EVERYDAY = (
    "What shape is the {thing}?",
    "Which shape [does|has] the {thing} [have|got]?",
    "[Look at|Here is] the {thing}. [Name its shape.|What shape do you see?]",
    "The {thing} has the shape of a ...",
    "What is the shape of the {thing}?",
    "[Find|Name|Choose] the shape of the {thing}.",
)


@template
def shape_dimension(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A shape that is flat or solid."""
    solid = rng.random() < 0.5
    shape = rng.choice(_BODIES[:4] if solid else _FLAT[:5])
    instruct(canvas, rng, _DIMENSION, ("Flat or solid?", "2D and 3D shapes", "Shapes"))
    _draw_copies(canvas, rng, shape, 1, turned=False)
    pairs = (
        ("Flat (2D)", "Solid (3D)"),
        ("flat", "solid"),
        ("two-dimensional", "three-dimensional"),
        ("2D shape", "3D shape"),
    )
    choices = list(rng.choice(pairs))
    right = int(solid)
    if rng.random() < 0.3:
        choices, right = choices[::-1], 1 - right
    write_choices(canvas, rng, choices, {right})
    dimension = "ThreeDimensional" if solid else "TwoDimensional"
    return frozenset(
        (
            "ConceptClassification",
            "ShapeClassification",
            "ShapeProperties",
            dimension,
            SHAPE_IDS[shape],
        )
    )


_DIMENSION = (
    "Two-dimensional or three-dimensional: what is this shape?",
    "Is the [shape|figure] flat or solid?",
    "[Decide:|Choose:|] flat or solid?",
    "Does this [shape|figure] lie flat, or is it solid?",
    "[Tell|Mark] whether the shape is 2D or 3D.",
    "Is this a [2D or a 3D shape|flat shape or a solid]?",
    "Which kind of shape is this, flat or solid?",
    "[Sort|Classify] the shape: two-dimensional or three-dimensional.",
)


_COUNTS: dict[str, dict[str, int]] = {
    "triangle": {"side": 3, "vertex": 3},
    "square": {"side": 4, "vertex": 4},
    "rectangle": {"side": 4, "vertex": 4},
    "hexagon": {"side": 6, "vertex": 6},
    "circle": {"side": 0, "vertex": 0},
    "cube": {"edge": 12, "vertex": 8, "flat face": 6},
    "sphere": {"edge": 0, "vertex": 0, "flat face": 0},
    "cone": {"edge": 1, "vertex": 1, "flat face": 1},
    "cylinder": {"edge": 2, "vertex": 0, "flat face": 2},
}


@template
def shape_comparing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two shapes; which has more (or fewer) sides, vertices, edges or faces?"""
    flat = rng.random() < 0.5
    group = [name for name in _COUNTS if ("side" in _COUNTS[name]) == flat]
    noun = rng.choice(("side", "vertex") if flat else ("edge", "vertex", "flat face"))
    pairs = [(a, b) for a in group for b in group if _COUNTS[a][noun] > _COUNTS[b][noun]]
    more, less = rng.choice(pairs)
    asked = rng.choice(("more", "more", "more", "fewer"))
    plural = "vertices" if noun == "vertex" else f"{noun}s"
    instruct(
        canvas,
        rng,
        _COMPARE,
        (f"Compare {plural}", "Compare shapes", "Shapes"),
        plural=plural,
        asked=asked,
        extreme="most" if asked == "more" else "fewest",
    )
    shapes = rng.sample((more, less), 2)
    right = shapes.index(more if asked == "more" else less)
    captions = [
        _caption(name, noun, plural, told=canvas.style.solution or rng.random() < 0.5)
        for name in shapes
    ]
    for place, name in zip(
        lay_out_choices(canvas, rng, 2, 105, {right}, captions=captions), shapes, strict=True
    ):
        draw_shape(canvas, choose_look(canvas, rng), name, place)
    high, low = _COUNTS[more][noun], _COUNTS[less][noun]
    write_conclusion(canvas, rng, f"The {more} has {high}, the {less} only {low}.")
    return frozenset(
        (
            "NumericComparison",
            "ShapeAttributes",
            "ShapeIdentity",
            "VisualReception",
            SHAPE_IDS[more],
            SHAPE_IDS[less],
        )
    )


def _caption(name: str, noun: str, plural: str, *, told: bool) -> str:
    return (
        f"{name.capitalize()}: {count_of(_COUNTS[name][noun], noun, plural)}"
        if told
        else name.capitalize()
    )


_COMPARE = (
    "Which of the two has {asked} {plural}?",
    "[Compare|Look at] the [two |]shapes. Which [one |]has {asked} {plural}?",
    "[Count|Compare] the {plural}. Which shape has {asked}?",
    "[Circle|Mark|Choose] the shape with {asked} {plural}.",
    "Which of the two has the {extreme} {plural}?",
    "One shape has {asked} {plural} than the other. Which?",
    "Find the shape that has {asked} {plural}.",
    "Where [are there|do you count] {asked} {plural}?",
)
