"""Worksheets about putting shapes together, and about growing or turning patterns of shapes.

How it is used: importing it registers its templates. Labels, as the corpus gives them: one step of
joining is SingleLevelComposition, building pieces first MultiLevelComposition, both a ShapeSynthesis
with the shapes that take part; patterns are drawn on (VisualArticulation), their features picked
(ConceptClassification) or explained (ProcedureUnderstanding in words).

What it leaves out: patterns of numbers (the operations family).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shapes import (
    Look,
    choose_look,
    corners_of,
    draw_shape,
    square_box,
)
from chalklens.training.worksheets.flow import paragraph, write_lines
from chalklens.training.worksheets.geometry_naming import SHAPE_IDS
from chalklens.training.worksheets.panels import reserve, split, write_choices, write_conclusion
from chalklens.training.worksheets.phrasing import instruct, with_article
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template

_BASE = frozenset(("ConceptComposition", "ShapeSynthesis"))
_TITLES = (
    "Compose shapes",
    "Put shapes together",
    "Joining shapes",
    "Build bigger shapes",
    "Shape puzzles",
)


@dataclass(frozen=True, slots=True)
class Composition:
    """A target, the pieces that make it, their shape, pieces that do not, and a smaller first piece."""

    target: str
    pieces: str
    piece: str
    wrong: tuple[str, ...]
    tiny: str


_COMPOSITIONS = (
    Composition("square", "Two triangles", "triangle", ("Two circles", "Two hexagons"), "triangle"),
    Composition("rectangle", "Two triangles", "triangle", ("Two circles", "Two half circles"), "triangle"),
    Composition("rectangle", "Two squares", "square", ("Two circles", "Two hexagons"), "triangle"),
    Composition("triangle", "Two smaller triangles", "triangle", ("Two squares", "Two circles"), "triangle"),
    Composition("trapezoid", "Three triangles", "triangle", ("Three squares", "Three circles"), "triangle"),
    Composition("hexagon", "Six triangles", "triangle", ("Six circles", "Six squares"), "triangle"),
    Composition("half circle", "Two quarter circles", "quarter circle", ("Two triangles", "Two squares"), "quarter circle"),
    Composition("cube", "Two rectangular prisms", "rectangular prism", ("Two cones", "Two spheres"), "cube"),
    Composition("rectangular prism", "Two cubes", "cube", ("Two spheres", "Two cones"), "cube"),
    Composition("cylinder", "Two shorter cylinders", "cylinder", ("Two cones", "Two cubes"), "cylinder"),
    Composition("cone", "Two half-cones", "cone", ("Two cylinders", "Two spheres"), "cone"),
)  # fmt: skip


def _choose(canvas: Canvas, rng: random.Random, composition: Composition) -> None:
    choices = [composition.pieces, rng.choice(composition.wrong)]
    if rng.random() < 0.3:
        choices = [composition.pieces, *composition.wrong]
    rng.shuffle(choices)
    write_choices(canvas, rng, choices, {choices.index(composition.pieces)})


@template
def shape_composing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A target shape; the pieces that can be joined to it are to be chosen."""
    composition = rng.choice(_COMPOSITIONS)
    names = {"target": composition.target, "one": with_article(composition.target)}
    instruct(canvas, rng, _JOIN, _TITLES, **names)
    place = reserve(canvas, rng, rng.uniform(95, 130), rng.uniform(180, 320))
    look = choose_look(canvas, rng)
    draw_shape(canvas, look, composition.target, square_box(place, 0.9))
    if canvas.style.solution and composition.target in ("square", "rectangle"):
        corners = corners_of(composition.target, square_box(place, 0.9))
        ends = (
            (corners[0], corners[2])
            if composition.piece == "triangle"
            else ((place.middle[0], corners[0][1]), (place.middle[0], corners[2][1]))
        )
        canvas.dashed_line(*ends, colour=(220, 38, 38))
    if rng.random() < 0.5:
        paragraph(canvas, f"Target: {composition.target}", size=canvas.style.size * 0.8)
    _choose(canvas, rng, composition)
    return _BASE | {
        "SingleLevelComposition",
        SHAPE_IDS[composition.target],
        SHAPE_IDS[composition.piece],
    }


_JOIN = (
    "What can you join to get {one}?",
    "[Choose|Find] the pieces that make {one}.",
    "{one} is made of ... [Which pieces fit?|Choose.]",
    "How can you [make|build] the {target}? [Choose the pieces.|]",
    "Which [shapes|pieces] fit together to {one}?",
    "From which pieces can the {target} be [put together|built]?",
    "Join pieces to [get|make] the {target}. Which ones do you need?",
    "[Circle|Mark] the pieces for the {target}.",
)


@template
def shape_composing_steps(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Small pieces, a piece built from them, and the target built from those."""
    composition = rng.choice(_COMPOSITIONS)
    names = {"target": composition.target, "one": with_article(composition.target)}
    instruct(canvas, rng, _STEPS, (*_TITLES, "Two steps", "Build in two steps"), **names)
    if rng.random() < 0.6:
        paragraph(
            canvas,
            rng.choice(
                (
                    "1. Make pieces   2. Build the target",
                    "Step 1: small pieces   Step 2: target",
                    "First the pieces, then the whole",
                )
            ),
            size=canvas.style.size * 0.8,
        )
    place = reserve(canvas, rng, rng.uniform(95, 120))
    look = choose_look(canvas, rng)
    shapes = (composition.tiny, composition.piece, composition.target)
    boxes = split(place, 3, gap=34)
    for index, (box, shape) in enumerate(zip(boxes, shapes, strict=True)):
        draw_shape(
            canvas,
            look,
            shape,
            square_box(Area(box.x0, box.y0, box.x1, box.y1 - 18), 0.45 + 0.25 * index),
        )
        caption = ("small " if index == 0 else "") + shape
        size = min(canvas.style.size * 0.7, 1.8 * box.width / len(caption))
        canvas.text(box.middle[0], box.y1 - 7, caption, size=size, anchor="m")
        if index:
            canvas.arrow(
                (boxes[index - 1].x1 + 5, box.middle[1] - 9), (box.x0 - 5, box.middle[1] - 9)
            )
    _choose(canvas, rng, composition)
    shown = {SHAPE_IDS[shape] for shape in shapes}
    return _BASE | {"MultiLevelComposition"} | shown


_STEPS = (
    "Which pieces do you build first when you make {one} in two steps?",
    "[Build|Make] pieces first. Which pieces [make|give] {one} then?",
    "In two steps to {one}: which pieces are [joined at the end|needed for step 2]?",
    "First build pieces from small shapes, then the {target}. Which pieces [are they|do you need]?",
    "The {target} is built from pieces that are built themselves. Which pieces?",
    "Join small shapes to pieces and the pieces to {one}. Choose the [right |]pieces.",
)

# Patterns


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of figures: its rule, the hidden feature, and what is not true of it."""

    kind: str
    rule: str
    feature: str
    wrong: tuple[str, ...]
    reason: str


_PATTERNS = (
    Pattern(
        "turning", "The first triangle points up. Each new one is turned a quarter-turn clockwise.",
        "In places 1, 3 and 5 the triangle points up or down.",
        ("All triangles point up.", "Every third triangle is upside down.", "Triangles in even positions point up."),
        "A quarter-turn changes up to right; two quarter-turns change up to down.",
    ),
    Pattern(
        "growing", "Begin with 1 square. Each figure gets 1 square more.",
        "Figures 1, 3 and 5 have an odd number of squares.",
        ("Each figure has twice as many squares.", "Every figure has an even number of squares.", "No figure has more squares than the first."),
        "With 1 square more, odd becomes even and even becomes odd.",
    ),
    Pattern(
        "doubling", "Begin with 2 squares. Each figure gets 2 squares more.",
        "Every figure has an even number of squares.",
        ("Every figure has an odd number of squares.", "The squares double each time.", "The figures repeat."),
        "2 is even, and an even number plus 2 stays even.",
    ),
)  # fmt: skip


def _draw_pattern(
    canvas: Canvas, rng: random.Random, pattern: Pattern, shown: int, total: int
) -> None:
    """Figures 1 to `shown` of a pattern, empty frames for the rest."""
    look = choose_look(canvas, rng)
    look = Look(look.fill or soften(canvas.style.accent), look.outline)
    place = reserve(canvas, rng, rng.uniform(82, 100), framed=False)
    for index, box in enumerate(split(place, total)):
        name = rng.choice(("Figure {n}", "{n}")).format(n=index + 1)
        canvas.text(
            box.middle[0], box.y0 + 7, name, size=min(11, canvas.style.size * 0.7), anchor="m"
        )
        inner = Area(box.x0, box.y0 + 16, box.x1, box.y1)
        if index >= shown and not canvas.style.solution:
            canvas.rectangle(inner, outline=soften(canvas.style.accent, 0.3))
            canvas.text(*inner.middle, "?", anchor="m")
        elif pattern.kind == "turning":
            draw_shape(
                canvas,
                Look(look.fill, look.outline, 90 * index),
                "triangle",
                square_box(inner, 0.85),
            )
        else:
            _draw_stack(canvas, look, inner, (index + 1) * (2 if pattern.kind == "doubling" else 1))
    canvas.figure("pattern_row", place)


def _draw_stack(canvas: Canvas, look: Look, box: Area, count: int) -> None:
    columns = 2 if count <= 8 else 3
    size = min(box.width / columns, box.height / 4) * 0.9
    x0 = box.middle[0] - size * min(columns, count) / 2
    for index in range(count):
        x, y = x0 + index % columns * size, box.y1 - 4 - (index // columns + 1) * size
        canvas.rectangle(
            Area(x, y, x + size, y + size), fill=look.fill, outline=look.outline, stroke=1
        )


def _write_rule(canvas: Canvas, rng: random.Random, pattern: Pattern) -> None:
    paragraph(
        canvas,
        f"{rng.choice(('Rule:', 'Rule:', 'The rule:', ''))} {pattern.rule}",
        size=canvas.style.size * 0.85,
    )
    canvas.y += 4


_PATTERN_TITLES = (
    "Shape pattern",
    "Shape patterns",
    "Patterns",
    "Growing patterns",
    "Rules and patterns",
)


@template
def shape_pattern_drawing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A rule and the first figures; the next ones are to be drawn."""
    pattern = rng.choice(_PATTERNS)
    shown = rng.choice((3, 4))
    instruct(canvas, rng, _CONTINUE, _PATTERN_TITLES, first=shown + 1, second=shown + 2)
    _write_rule(canvas, rng, pattern)
    _draw_pattern(canvas, rng, pattern, shown, shown + 2)
    write_conclusion(canvas, rng, "Both new figures keep to the rule.")
    return frozenset(("PatternGeneration", "VisualArticulation", "VisualGeometry"))


_CONTINUE = (
    "[Apply|Take] the rule: what are figures {first} and {second}?",
    "[Draw|Continue with] the next two figures.",
    "[Follow|Use] the rule. Draw figures {first} and {second} where the frames are empty.",
    "How does the pattern go on? Draw [the next figures|figures {first} and {second}].",
    "Continue the [shape |]pattern. Draw what comes next.",
    "What [do figures {first} and {second} look like|comes next]? Draw them.",
)


@template
def shape_pattern_feature(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A finished pattern; a feature that the rule does not state is to be chosen."""
    pattern = rng.choice(_PATTERNS)
    instruct(canvas, rng, _FEATURE, _PATTERN_TITLES)
    _write_rule(canvas, rng, pattern)
    _draw_pattern(canvas, rng, pattern, 6, 6)
    choices = [pattern.feature, *rng.sample(pattern.wrong, 2)]
    rng.shuffle(choices)
    write_choices(canvas, rng, choices, {choices.index(pattern.feature)})
    return frozenset(("ConceptClassification", "EmergentFeatureRecognition", "VisualGeometry"))


_FEATURE = (
    "Which feature does the pattern have without the rule saying so?",
    "[Look at the figures.|] What else is true of the pattern?",
    "Which [sentence|statement] fits the pattern, although the rule does not say it?",
    "What do you notice [about the pattern|]? Choose the true [statement|feature].",
    "Which of these features does the pattern have?",
    "[Find|Mark] the feature that [comes from|follows from] the rule.",
)


@template
def shape_pattern_explaining(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A finished pattern and a feature; why it goes on is to be explained."""
    pattern = rng.choice(_PATTERNS)
    instruct(canvas, rng, _EXPLAIN, _PATTERN_TITLES, feature=pattern.feature)
    _write_rule(canvas, rng, pattern)
    _draw_pattern(canvas, rng, pattern, 6, 6)
    if not canvas.style.solution:
        write_lines(canvas, rng.choice((2, 3)))
    write_conclusion(canvas, rng, pattern.reason)
    return frozenset(
        (
            "EmergentFeatureRecognition",
            "PatternGeneration",
            "ProcedureUnderstanding",
            "TextualArticulation",
            "VisualGeometry",
        )
    )


_EXPLAIN = (
    "Why does it stay like this? {feature}",
    "{feature} [Explain why.|Why does this go on?|Why is that so?]",
    "Why will this always be true? {feature} [Write your explanation.|]",
    "[Explain|Describe] in words why the pattern keeps this feature: {feature}",
    "{feature} Write down why [the rule makes this happen|this must go on].",
    "How do you know that this continues? {feature} [Explain.|Write it down.]",
)
