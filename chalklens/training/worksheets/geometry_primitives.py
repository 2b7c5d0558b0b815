"""Worksheets about points, lines, rays, segments, kinds of angles, parallel and perpendicular lines.

How it is used: importing it registers its templates. Labels, as the corpus gives them: finding one
among diagrams is VisualRecognition of its concept; drawing one is VisualArticulation (with
LinearDrawing, but for a point); sorting figures by a property is ConceptClassification, finding those
that have it VisualRecognition.

What it leaves out: measured angles (`geometry_angles`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_lines import (
    PRIMITIVES,
    Angle,
    aim,
    choose_degrees,
    draw_angle,
    draw_arc,
    draw_primitive,
)
from chalklens.training.worksheets.figures_shapes import choose_look, corners_of, draw_shape
from chalklens.training.worksheets.flow import paragraph
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import instruct, join_words, with_article
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_IDS = {
    "point": "PointConcept",
    "line": "LineConcept",
    "ray": "RayConcept",
    "line segment": "LineSegment",
    "right angle": "RightAngle",
    "acute angle": "AcuteAngle",
    "obtuse angle": "ObtuseAngle",
    "perpendicular lines": "PerpendicularityRelation",
    "parallel lines": "ParallelismRelation",
}
_TITLES = (
    "Lines and angles",
    "Points, lines, rays",
    "Geometry",
    "Angles and lines",
    "Geometric figures",
    "Lines, rays, segments",
)
_DEFINITIONS = {
    "point": "only a single point",
    "line": "a line [that goes on in both directions|without ends]",
    "ray": "a ray [that starts at a point|]",
    "line segment": "a line segment [with two ends|]",
    "right angle": "[rays that make a right angle|a right angle]",
    "acute angle": "[rays that make an acute angle|an acute angle]",
    "obtuse angle": "[rays that make an obtuse angle|an obtuse angle]",
    "perpendicular lines": "two perpendicular lines",
    "parallel lines": "two parallel lines",
}


@template
def primitive_finding(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Diagrams of primitives; the named one is to be found."""
    name = rng.choice(tuple(_IDS))
    shown = [
        name,
        *rng.sample(
            [p for p in PRIMITIVES if p != name and not (p == "line" and "lines" in name)],
            rng.choice((2, 3, 3)),
        ),
    ]
    rng.shuffle(shown)
    instruct(canvas, rng, _FIND, _TITLES, definition=_DEFINITIONS[name])
    places = lay_out_choices(canvas, rng, len(shown), rng.uniform(90, 120), {shown.index(name)})
    for place, primitive in zip(places, shown, strict=True):
        draw_primitive(canvas, rng, primitive, place)
    write_conclusion(canvas, rng, f"Diagram {'ABCD'[shown.index(name)]}: {name}")
    return frozenset((_IDS[name], "VisualRecognition"))


_FIND = (
    "Which [diagram|picture|drawing] shows {definition}?",
    "[Find|Circle|Mark] the [diagram|drawing|picture] [with|that shows] {definition}.",
    "Where do you see {definition}?",
    "[Look at the drawings.|] Which one [shows|is] {definition}?",
    "One [picture|diagram] shows {definition}. Which?",
    "[Choose|Identify] the [diagram|picture] of {definition}.",
    "Recognize {definition}. [Mark it.|Which one is it?]",
    "Only one drawing is {definition}. [Find it.|Which one?]",
)


@template
def primitive_drawing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A primitive to draw and label, with what is given of it."""
    name = rng.choice([n for n in _IDS if n != "line segment"])
    instruct(
        canvas, rng, _DRAW[name], (*_TITLES, "Draw it", "Constructions", "With a straightedge")
    )
    if rng.random() < 0.4:
        paragraph(
            canvas,
            vary(
                rng,
                "[Use a straightedge.|Use a ruler.|Label your drawing.|Write the letters.|Finish the construction.]",
            ),
            size=canvas.style.size * 0.8,
        )
    place = reserve(canvas, rng, rng.uniform(110, 160), rng.uniform(200, 380), framed=True)
    if rng.random() < 0.4:
        _draw_dots(canvas, place)
    if canvas.style.solution:
        draw_primitive(canvas, rng, name, place)
    else:
        _draw_given(canvas, name, place)
    write_conclusion(canvas, rng, vary(rng, f"[Now|Here] you see {_shown(name)}."))
    labels = {"VisualArticulation", _IDS[name]}
    return frozenset(labels if name == "point" else labels | {"LinearDrawing"})


def _shown(name: str) -> str:
    return name if name.endswith("s") else with_article(name)


def _draw_dots(canvas: Canvas, place: Area) -> None:
    colour = soften(canvas.style.ink, 0.75)
    for row in range(1, int(place.height / 20)):
        for column in range(1, int(place.width / 20)):
            canvas.disc(place.x0 + column * 20, place.y0 + row * 20, 0.9, fill=colour)


def _draw_given(canvas: Canvas, name: str, place: Area) -> None:
    x, y = place.middle
    if name in ("line", "ray"):
        for px, letter in ((x - 40, "A"), (x + 40, "B")):
            canvas.disc(px, y, 3, fill=canvas.style.ink)
            canvas.text(px, y - 11, letter, size=canvas.style.size * 0.8, anchor="m")
    elif name.endswith("angle"):
        draw_angle(canvas, Angle(90, 0, second=False), place)
        return
    elif name.endswith("lines"):
        canvas.arrow((x, y + 20), (x + 80, y + 20))
        canvas.arrow((x, y + 20), (x - 80, y + 20))
        top = y + 20 if name.startswith("perp") else y - 25
        canvas.disc(x, top, 3, fill=canvas.style.ink)
        canvas.text(
            x + 8, top - 10, "O" if name.startswith("perp") else "P", size=canvas.style.size * 0.8
        )
    canvas.figure("answer_box", place)


def _angle_wordings(kind: str) -> tuple[str, ...]:
    return (
        f"Ray OA is one side of {with_article(kind)}. Draw the other.",
        f"[Complete|Draw] {with_article(kind)} AOB [at|with the vertex] O.",
        f"[Start|Begin] with ray OA. Draw [a second ray|ray OB] so that {with_article(kind)} [is formed|comes out].",
        f"[Make|Sketch] {with_article(kind)} at O.",
    )


_DRAW: dict[str, tuple[str, ...]] = {
    "point": ("Draw and label point P.", "[Mark|Draw] a point [and call it P|named P].", "Make a point. Label it P.", "Show a single point P."),
    "line": ("[A|The] line runs through A and B. Draw it.", "[Draw|Construct] line AB.", "Use a straightedge to draw the line [through|that passes through] A and B.", "Draw a line that goes through both points [and on in both directions|]."),
    "ray": ("Draw the ray AB[. It begins at A|].", "[Draw|Construct] the ray that starts at A and [passes through|goes through] B.", "[Draw|Show] ray AB.", "Start at A. Draw a ray through B."),
    "right angle": _angle_wordings("right angle"),
    "acute angle": _angle_wordings("acute angle"),
    "obtuse angle": _angle_wordings("obtuse angle"),
    "perpendicular lines": ("Draw the line that is perpendicular to the given one in O.", "[Construct|Draw] the perpendicular [line |]through O.", "Draw perpendicular lines that meet at O.", "Draw a second line through O that [meets the first one at a right angle|is perpendicular to the first]."),
    "parallel lines": ("Draw the parallel to the given line that goes through P.", "[Construct|Draw] the parallel [line |]through P.", "Draw a line through P that never meets the [given|other] line.", "Complete the drawing: two parallel lines, one of them through P."),
}  # fmt: skip

# What figures have: polygons with the property and without it.
_PROPERTIES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "a right angle": ("RightAngle", "right angle", ("right triangle", "square", "rectangle", "right trapezoid"), ("triangle", "hexagon", "parallelogram", "pentagon", "rhombus")),
    "an acute angle": ("AcuteAngle", "acute angle", ("triangle", "parallelogram", "trapezoid", "rhombus", "right triangle"), ("square", "rectangle", "hexagon", "pentagon", "octagon")),
    "an obtuse angle": ("ObtuseAngle", "obtuse angle", ("hexagon", "parallelogram", "pentagon", "obtuse triangle", "trapezoid"), ("square", "rectangle", "triangle", "right triangle")),
    "parallel sides": ("ParallelismRelation", "parallel sides", ("parallelogram", "trapezoid", "rectangle", "hexagon", "square"), ("triangle", "kite", "pentagon", "scalene triangle")),
    "perpendicular sides": ("PerpendicularityRelation", "perpendicular sides", ("square", "rectangle", "right triangle", "right trapezoid"), ("triangle", "hexagon", "pentagon", "parallelogram", "rhombus")),
}  # fmt: skip


@template
def figure_properties(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Four figures; those with a property are to be sorted out or found."""
    property_ = rng.choice(tuple(_PROPERTIES))
    id_, short, having, lacking = _PROPERTIES[property_]
    count = rng.choice((3, 4, 4))
    yes = rng.randint(1, count - 1)
    names = [*rng.sample(having, yes), *rng.sample(lacking, count - yes)]
    rng.shuffle(names)
    right = {index for index, name in enumerate(names) if name in having}
    sorting = rng.random() < 0.5
    instruct(
        canvas,
        rng,
        _SORT if sorting else _SEARCH,
        (*_TITLES, "Classify figures", "Sorting figures"),
        property=property_,
        short=short,
    )
    for place, name in zip(lay_out_choices(canvas, rng, count, 100, right), names, strict=True):
        draw_shape(canvas, choose_look(canvas, rng, rng.choice((0, 0, 15, 35, 90))), name, place)
    found = join_words(["ABCD"[index] for index in sorted(right)])
    write_conclusion(canvas, rng, f"{found} {'has' if len(right) == 1 else 'have'} {property_}.")
    if sorting:
        return frozenset(("ConceptClassification", "ShapeAttributes", "ShapeClassification", id_))
    return frozenset(("VisualRecognition", id_))


_SORT = (
    "[Sort|Classify] the figures: with or without {property}?",
    "[Sort|Put] the figures into two groups: with {short}, without.",
    "Group the [shapes|figures]: which have {property}, which do not?",
    "[Classify|Sort] the [shapes|figures] by [looking for|checking for] {property}.",
    "Which figures belong to the group with {property}? [Sort them.|]",
)
_SEARCH = (
    "Which [figures|shapes] have {property}?",
    "[Find|Mark|Circle] the [figures|shapes] with {property}.",
    "Identify [the figures that have|every figure with] {property}.",
    "Where do you see {property}?",
    "[Look for|Can you see] {property}. In which figures [is it|do you find it]?",
)


@template
def angle_naming(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """One angle; is it right, acute or obtuse? Shown with its rays, maybe beside a square corner."""
    kind = rng.choice(("right", "acute", "obtuse"))
    instruct(canvas, rng, _NAME_ANGLE, ("Angles", "Kinds of angles", "Right, acute, obtuse"))
    place = reserve(canvas, rng, rng.uniform(110, 150), rng.uniform(180, 320))
    angle = Angle(choose_degrees(rng, kind), rng.choice((0, 0, 25, 60, -20)))
    draw_angle(canvas, angle, place, arc=" ")
    if rng.random() < 0.4:
        corner = (place.x1 - 40, place.y1 - 12)
        canvas.line(aim(corner, 90, 30), corner, aim(corner, 0, 30))
        draw_arc(canvas, corner, (0, 90), 16, corner=True)
    choices = ["right angle", "acute angle", "obtuse angle"]
    rng.shuffle(choices)
    write_choices(canvas, rng, choices, {choices.index(f"{kind} angle")})
    return frozenset((_IDS[f"{kind} angle"], "VisualRecognition"))


_NAME_ANGLE = (
    "What kind of angle is this?",
    "[Name|Choose] the kind of angle.",
    "Is [the|this] angle right, acute or obtuse?",
    "[Look at|Compare] the angle [with a square corner|]. What [kind|type] is it?",
    "Which name fits the angle AOB?",
    "[Mark|Circle] the [word|name] for this angle.",
)


@template
def line_symmetry(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Figures with and without a line of symmetry; those that fold onto themselves are to be found."""
    having = (
        "square",
        "rectangle",
        "triangle",
        "kite",
        "heart",
        "trapezoid",
        "arrow",
        "letter T",
        "hexagon",
        "star",
    )
    lacking = (
        "parallelogram",
        "scalene triangle",
        "letter L",
        "quadrilateral",
        "right trapezoid",
        "right triangle",
    )
    count = rng.choice((3, 4, 4))
    yes = rng.randint(1, count - 1)
    names = [*rng.sample(having, yes), *rng.sample(lacking, count - yes)]
    rng.shuffle(names)
    right = {index for index, name in enumerate(names) if name in having}
    instruct(
        canvas, rng, _SYMMETRY, ("Line symmetry", "Symmetry", "Fold and match", "Symmetric figures")
    )
    for index, place in enumerate(lay_out_choices(canvas, rng, count, 105, right)):
        _draw_symmetric(canvas, rng, names[index], place, folded=index in right)
    found = join_words(["ABCD"[index] for index in sorted(right)])
    write_conclusion(canvas, rng, f"{found}: both halves match.")
    return frozenset(("ConceptClassification", "Foldable", "ShapeReflection", "VisualRecognition"))


def _draw_symmetric(
    canvas: Canvas, rng: random.Random, name: str, place: Area, *, folded: bool
) -> None:
    draw_shape(canvas, choose_look(canvas, rng), name, place)
    canvas.figure("symmetry", place)
    if not (folded and canvas.style.solution):
        return
    (x, y), reach = place.middle, min(place.width, place.height) / 2
    if name == "arrow":
        canvas.dashed_line((x - reach, y), (x + reach, y), colour=(220, 38, 38))
    else:
        tops = (
            [py for _, py in corners_of(name, place)] if name != "heart" else [y - reach, y + reach]
        )
        canvas.dashed_line((x, min(tops) - 4), (x, max(tops) + 4), colour=(220, 38, 38))


_SYMMETRY = (
    "[Sort|Classify] the figures: do the halves match when you fold along some line?",
    "Which figures have [a line of symmetry|line symmetry]?",
    "[Find|Mark|Circle] the figures that can be folded [into|so that they make] matching halves.",
    "Can the figure be folded so that both halves match? [Decide for each.|Mark yes or no.]",
    "Which [shapes|figures] [are symmetric|show line symmetry]?",
    "[Decide|Tell] which figures have a [line of symmetry|fold line].",
    "Fold each figure in your mind. Which [ones |]have matching halves?",
    "[Color|Mark] the figures with a line of symmetry.",
)
