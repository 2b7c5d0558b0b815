"""Worksheets about perimeter, and about rectangles of equal area or equal perimeter.

How it is used: importing it registers its templates. Labels, as the corpus gives them: a perimeter is
an execution, a missing side a ProcedureInversion; the polygon has its own label; with the rectangle's
formula come Addition and Equation.

What it leaves out: area alone (`geometry_area`).
"""

import random
from collections.abc import Sequence

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shapes import corners_of
from chalklens.training.worksheets.figures_shares import draw_grid, fit_grid, write_sides
from chalklens.training.worksheets.flow import Blank
from chalklens.training.worksheets.geometry_naming import SHAPE_IDS
from chalklens.training.worksheets.panels import (
    reserve,
    split,
    write_answer,
    write_conclusion,
    write_hint,
    write_quantity,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template

_BASE = frozenset(("IntegerNumbers", "PerimeterCalculation"))
_TITLES = (
    "Perimeter",
    "Around the shape",
    "Distance around",
    "Perimeter of polygons",
    "Side lengths",
    "Add the sides",
)
_POLYGONS = {"triangle": ("scalene triangle", "right triangle", "triangle"), "quadrilateral": ("parallelogram", "trapezoid", "quadrilateral", "kite"), "pentagon": ("pentagon",), "hexagon": ("hexagon",)}  # fmt: skip


def choose_sides(rng: random.Random, polygon: str, drawn: str) -> list[int]:
    """Side lengths in drawing order that look possible: equal where the figure is regular."""
    count = {"triangle": 3, "quadrilateral": 4, "pentagon": 5, "hexagon": 6}[polygon]
    if drawn == "right triangle":
        scale = rng.choice((1, 2, 3))
        return [4 * scale, 5 * scale, 3 * scale]
    if drawn in ("parallelogram", "kite"):
        one, two = rng.randint(3, 12), rng.randint(3, 12)
        return [one, two, one, two] if drawn == "parallelogram" else [one, two, two, one]
    base = rng.randint(3, 15)
    return [base if count > 4 else base + rng.randint(0, 2) for _ in range(count - 1)] + [
        base + rng.choice((-1, 0, 1))
    ]


def _draw_polygon(canvas: Canvas, rng: random.Random, drawn: str, texts: Sequence[str]) -> None:
    """A polygon in the flow of the page with a text at each side."""
    place = reserve(canvas, rng, rng.uniform(140, 180), rng.uniform(260, 380))
    corners = corners_of(
        drawn,
        Area(place.middle[0] - 90, place.y0 + 22, place.middle[0] + 90, place.y1 - 22),
        rng.choice((0, 0, 0, 20, 180)),
    )
    colour = rng.choice(canvas.style.palette)
    canvas.polygon(
        corners,
        fill=rng.choice((None, soften(colour, 0.85))),
        outline=rng.choice((colour, canvas.style.ink)),
        stroke=2,
    )
    x, y = (sum(axis) / len(corners) for axis in zip(*corners, strict=True))
    for index, text in enumerate(texts):
        (ax, ay), (bx, by) = corners[index], corners[(index + 1) % len(corners)]
        mx, my = (ax + bx) / 2, (ay + by) / 2
        away = max(1.0, ((mx - x) ** 2 + (my - y) ** 2) ** 0.5)
        reach = canvas.measure(text, canvas.style.size * 0.75) / 2
        tx, ty = mx + (mx - x) / away * (reach + 4), my + (my - y) / away * 11
        canvas.text(tx, ty, text, size=canvas.style.size * 0.75, anchor="m")
    canvas.figure("polygon", place)


@template
def perimeter_polygon(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A polygon with all its sides; its perimeter is asked for."""
    polygon = rng.choice(tuple(_POLYGONS))
    drawn = rng.choice(_POLYGONS[polygon])
    sides, unit = choose_sides(rng, polygon, drawn), rng.choice((" units", " units", " u", ""))
    instruct(
        canvas,
        rng,
        _PERIMETER,
        _TITLES,
        polygon=rng.choice((polygon, polygon, "figure", "shape")),
        count=len(sides),
    )
    _draw_polygon(canvas, rng, drawn, [f"{side}{unit}" for side in sides])
    write_hint(
        canvas,
        rng,
        f"There are {len(sides)} sides to add.",
        "Perimeter: the distance around.",
        f"{polygon}",
    )
    total = sum(sides)
    write_quantity(canvas, rng, str(total), "units", ("Perimeter =", "P =", "", "Perimeter:"))
    write_conclusion(canvas, rng, f"Perimeter = {' + '.join(map(str, sides))} = {total} units")
    return _BASE | {"ProcedureExecution", SHAPE_IDS[polygon]}


_PERIMETER = (
    "Find the perimeter of the {polygon}.",
    "What is the perimeter of the {polygon}?",
    "[Add|Add up] the side lengths. [What is the perimeter?|How long is the way around?]",
    "How [long|far] is it around the {polygon}?",
    "[Calculate|Work out] the perimeter of the {polygon}.",
    "What is the distance around the {polygon}[, all {count} sides together|]?",
    "Walk once around the {polygon}. How many units is that?",
    "A fence goes around the {polygon}. How long is it?",
)


@template
def perimeter_missing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A polygon with its perimeter and all sides but one."""
    polygon = rng.choice(tuple(_POLYGONS))
    drawn = rng.choice(_POLYGONS[polygon])
    sides, unit = choose_sides(rng, polygon, drawn), rng.choice((" units", " units", " u", ""))
    hidden, total = rng.randrange(len(sides)), sum(sides)
    instruct(
        canvas,
        rng,
        _MISSING,
        (*_TITLES, "Missing side", "Unknown side"),
        total=total,
        polygon=polygon,
    )
    shown = [
        f"{'?' if i == hidden and not canvas.style.solution else side}{unit}"
        for i, side in enumerate(sides)
    ]
    _draw_polygon(canvas, rng, drawn, shown)
    known = total - sides[hidden]
    write_hint(canvas, rng, f"The other sides: {known} units", f"Perimeter: {total} units")
    write_quantity(
        canvas,
        rng,
        str(sides[hidden]),
        "units",
        ("Missing side =", "? =", f"{total} − {known} =", "Side:"),
    )
    return _BASE | {"ProcedureInversion", SHAPE_IDS[polygon]}


_MISSING = (
    "Altogether {total} units around: which side length is missing?",
    "The {polygon} has a perimeter of {total} units. How long is the [unknown|missing] side?",
    "All sides together measure {total} units. What is the missing length?",
    "Which side length is missing when the perimeter is {total} units?",
    "It is {total} units around the {polygon}. [Work out|Find] the unknown side.",
    "[Subtract|Work backwards] from a perimeter of {total} units. What is the missing side?",
)


def _draw_labelled(canvas: Canvas, rng: random.Random, long: str, wide: str) -> None:
    place = reserve(canvas, rng, rng.uniform(100, 130), rng.uniform(280, 400))
    box = Area(place.x0 + 75, place.y0 + 24, place.x1 - 75, place.y1 - 24)
    draw_grid(canvas, box, 1, 1, lined=False)
    write_sides(canvas, box, long, wide, both=rng.random() < 0.7)


@template
def perimeter_formula(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A rectangle's perimeter by formula."""
    long, wide = rng.randint(3, 14), rng.randint(2, 9)
    instruct(canvas, rng, _FORMULA, (*_TITLES, "Perimeter formula"), long=long, wide=wide)
    _draw_labelled(canvas, rng, f"{long} units", f"{wide} units")
    if rng.random() < 0.7:
        write_answer(
            canvas,
            rng,
            (
                rng.choice(
                    (
                        "P = l + w + l + w",
                        "P = length + length + width + width",
                        "P = 2 × length + 2 × width",
                    )
                ),
            ),
        )
    total = 2 * (long + wide)
    write_answer(
        canvas, rng, (f"P = {long} + {wide} + {long} + {wide} = ", Blank(str(total), digits=3))
    )
    write_conclusion(canvas, rng, f"Perimeter: {total} units")
    return _BASE | {"Addition", "Equation", "ProcedureExecution", "Rectangle"}


_FORMULA = (
    "Length {long}, width {wide}: what perimeter does the formula give?",
    "[Use|Apply] the perimeter formula to find the perimeter of the rectangle.",
    "A [garden|yard|frame] of {long} by {wide} units: use the formula to find the perimeter.",
    "[Put|Fill] the length and the width into the formula. What is P?",
    "[Calculate|Find] P for a rectangle of {long} by {wide} units.",
    "Use P = l + w + l + w.",
)


@template
def perimeter_dimension(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A rectangle's perimeter and one side; the other is asked for."""
    long, wide = rng.randint(3, 14), rng.randint(2, 9)
    known, hidden = rng.sample((("length", long), ("width", wide)), 2)
    total = 2 * (long + wide)
    names = {"total": total, "known": f"{known[0]} of {known[1]} units", "hidden": hidden[0]}
    instruct(canvas, rng, _DIMENSION, (*_TITLES, "Unknown side"), **names)
    sides = {
        known[0]: f"{known[1]} units",
        hidden[0]: f"{hidden[1] if canvas.style.solution else '?'} units",
    }
    _draw_labelled(canvas, rng, sides["length"], sides["width"])
    write_hint(
        canvas,
        rng,
        f"Perimeter: {total} units",
        f"({total} − {2 * known[1]}) ÷ 2 = ?",
        f"P = {total}",
    )
    write_quantity(
        canvas, rng, str(hidden[1]), "units", (f"The {hidden[0]} is", f"{hidden[0]} =", "? =")
    )
    return _BASE | {"Addition", "Equation", "ProcedureInversion", "Rectangle"}


_DIMENSION = (
    "Around a rectangle it is {total} units. It has a {known}. How large is its {hidden}?",
    "Perimeter {total} units and a {known}: what is the {hidden} of the rectangle?",
    "It is {total} units around a [field|frame|bed] with a {known}. [Work out|Find] the {hidden}.",
    "Given: perimeter {total} units, {known}. [Solve|Use the formula] for the {hidden}.",
    "P = {total} units. The rectangle has a {known}. How long is its {hidden}?",
)


def _choose_pair(rng: random.Random, same: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two different rectangles with the same area or the same perimeter."""
    while True:
        first = rng.randint(3, 8), rng.randint(2, 6)
        value = first[0] * first[1] if same == "area" else first[0] + first[1]
        pairs = (
            [(a, value // a) for a in range(2, 13) if value % a == 0]
            if same == "area"
            else [(a, value - a) for a in range(2, value - 1)]
        )
        others = [p for p in pairs if p not in (first, first[::-1]) and 2 <= p[1] <= 12]
        if others:
            return first, rng.choice(others)


@template
def area_and_perimeter(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two rectangles of equal area or perimeter, to compare or, one of them, to draw."""
    same = rng.choice(("area", "perimeter"))
    other = "perimeter" if same == "area" else "area"
    first, second = _choose_pair(rng, same)
    drawing = rng.random() < 0.5
    instruct(
        canvas,
        rng,
        _EXHIBIT if drawing else _RELATE,
        ("Area and perimeter", "Same area, same perimeter?", "Rectangles"),
        same=same,
        other=other,
    )
    place = reserve(canvas, rng, 165, framed=False)
    for index, (box, (long, wide)) in enumerate(zip(split(place, 2), (first, second), strict=True)):
        canvas.text(
            box.middle[0],
            box.y0 + 8,
            f"Rectangle {'AB'[index]}",
            size=canvas.style.size * 0.8,
            anchor="m",
        )
        grid = fit_grid(Area(box.x0 + 48, box.y0 + 38, box.x1 - 6, box.y1 - 4), wide, long)
        if index and drawing and not canvas.style.solution:
            canvas.rectangle(
                Area(box.x0 + 6, box.y0 + 22, box.x1 - 6, box.y1 - 4),
                outline=soften(canvas.style.accent, 0.4),
            )
            canvas.figure("answer_box", box)
            continue
        draw_grid(canvas, grid, wide, long)
        write_sides(canvas, grid, f"{long} units", f"{wide} u")
    write_conclusion(canvas, rng, *_compare_rectangles(first, second))
    ability = (
        ("ProcedureUnderstanding", "VisualArticulation") if drawing else ("ConceptClassification",)
    )
    return frozenset(("AreaCalculation", "Equal", "PerimeterCalculation", "Rectangle", *ability))


def _compare_rectangles(first: tuple[int, int], second: tuple[int, int]) -> tuple[str, str]:
    (a, b), (c, d) = first, second
    areas = f"Areas: {a * b} {'=' if a * b == c * d else '≠'} {c * d} square units."
    return areas, f"Perimeters: {2 * (a + b)} {'=' if a + b == c + d else '≠'} {2 * (c + d)} units."


_RELATE = (
    "A and B have the same {same}. What about their {other}s?",
    "Both rectangles have the same {same}. [Do they have|Is there] the same {other}?",
    "The {same}s are equal. Are the {other}s equal too?",
    "Compare the two rectangles: same {same}, [same or|] different {other}?",
    "[Tell|Decide] whether rectangles with the same {same} [always|] have the same {other} here.",
)
_EXHIBIT = (
    "Give an example: rectangles of the same {same}, but not of the same {other}.",
    "Draw another rectangle with the same {same} but a different {other}.",
    "[Show|Draw] a second rectangle: keep the {same}, change the {other}.",
    "Find and draw a rectangle that has the same {same} as A and another {other}.",
    "Can you draw a rectangle with equal {same} and a different {other}?",
)
