"""Plane shapes and solids: polygons, circles and parts of them, cubes, prisms, cones.

How it is used: `draw_shape(canvas, Look(...), "hexagon", box)` draws a shape by its name in a place
and declares it as a figure. `PLANE_SHAPES` and `SOLIDS` hold what can be drawn.

What it leaves out: lines, rays and angles (`figures_lines`), partitioned shapes (`figures_shares`).
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas, Point
from chalklens.training.worksheets.style import Colour, soften


@dataclass(frozen=True, slots=True)
class Look:
    """How a shape is drawn: colours and a turn in degrees, clockwise."""

    fill: Colour | None
    outline: Colour
    turn_deg: float = 0


def choose_look(canvas: Canvas, rng: random.Random, turn_deg: float = 0) -> Look:
    """Pick colours from the sheet's palette: filled, softly filled or outlined."""
    colour = rng.choice(canvas.style.palette)
    fill = rng.choice((colour, soften(colour), soften(colour, 0.6), None))
    return Look(fill, rng.choice((colour, canvas.style.ink)), turn_deg)


def _regular(sides: int) -> tuple[Point, ...]:
    """Corners on the unit circle, one side at the bottom."""
    start = math.pi / 2 + math.pi / sides
    angles = (start + 2 * math.pi * step / sides for step in range(sides))
    return tuple((math.cos(angle), math.sin(angle)) for angle in angles)


_CORNERS: dict[str, tuple[Point, ...]] = {
    "triangle": _regular(3),
    "right triangle": ((-0.8, -0.8), (-0.8, 0.8), (0.9, 0.8)),
    "scalene triangle": ((-0.9, 0.6), (0.2, -0.8), (0.9, 0.6)),
    "obtuse triangle": ((-0.95, 0.5), (-0.5, -0.5), (0.95, 0.5)),
    "square": ((-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75)),
    "rectangle": ((-1, -0.58), (1, -0.58), (1, 0.58), (-1, 0.58)),
    "rhombus": ((0, -1), (0.68, 0), (0, 1), (-0.68, 0)),
    "parallelogram": ((-0.55, -0.55), (1, -0.55), (0.55, 0.55), (-1, 0.55)),
    "trapezoid": ((-0.5, -0.6), (0.5, -0.6), (1, 0.6), (-1, 0.6)),
    "right trapezoid": ((-0.9, -0.6), (0.3, -0.6), (0.9, 0.6), (-0.9, 0.6)),
    "kite": ((0, -1), (0.65, -0.3), (0, 1), (-0.65, -0.3)),
    "quadrilateral": ((-0.8, -0.6), (0.55, -0.85), (0.95, 0.6), (-0.6, 0.8)),
    "pentagon": _regular(5),
    "hexagon": _regular(6),
    "octagon": _regular(8),
    "arrow": ((-1, -0.3), (0.2, -0.3), (0.2, -0.75), (1, 0), (0.2, 0.75), (0.2, 0.3), (-1, 0.3)),
    "letter L": ((-0.7, -0.9), (-0.2, -0.9), (-0.2, 0.45), (0.7, 0.45), (0.7, 0.9), (-0.7, 0.9)),
    "letter T": ((-0.8, -0.9), (0.8, -0.9), (0.8, -0.45), (0.24, -0.45), (0.24, 0.9), (-0.24, 0.9), (-0.24, -0.45), (-0.8, -0.45)),
    "star": tuple(
        (math.sin(math.pi * step / 5) * (0.42 if step % 2 else 1), -math.cos(math.pi * step / 5) * (0.42 if step % 2 else 1))
        for step in range(10)
    ),
}  # fmt: skip

PLANE_SHAPES = (*_CORNERS, "circle", "half circle", "quarter circle", "oval", "heart")


def corners_of(shape: str, box: Area, turn_deg: float = 0) -> list[Point]:
    """Corners of a polygon, fitted into a box about its middle and turned."""
    (x, y), size = box.middle, min(box.width, box.height) / 2
    cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    turned = [(px * cos - py * sin, px * sin + py * cos) for px, py in _CORNERS[shape]]
    reach = max(1.0, *(abs(value) for point in turned for value in point))
    return [(x + px * size / reach, y + py * size / reach) for px, py in turned]


def draw_shape(canvas: Canvas, look: Look, shape: str, box: Area) -> None:
    """Draw a plane shape or a solid by its name and declare it."""
    if shape in _SOLIDS:
        _SOLIDS[shape](canvas, look, box)
        canvas.figure("solid", box)
        return
    if shape in _CORNERS:
        canvas.polygon(corners_of(shape, box, look.turn_deg), fill=look.fill, outline=look.outline)
    else:
        _ROUND[shape](canvas, look, box)
    canvas.figure("polygon" if shape in _CORNERS else "circle", box)


def square_box(box: Area, share: float = 1.0) -> Area:
    """The largest square in the middle of a box, times a share."""
    (x, y), half = box.middle, min(box.width, box.height) / 2 * share
    return Area(x - half, y - half, x + half, y + half)


# Round shapes


def _draw_circle(canvas: Canvas, look: Look, box: Area) -> None:
    canvas.ellipse(square_box(box), fill=look.fill, outline=look.outline)


def _draw_oval(canvas: Canvas, look: Look, box: Area) -> None:
    canvas.ellipse(box.inset(0, box.height * 0.18), fill=look.fill, outline=look.outline)


def _draw_half_circle(canvas: Canvas, look: Look, box: Area) -> None:
    start = (180, 0, 90, 270)[round(look.turn_deg / 90) % 4]
    canvas.slice(square_box(box), start, start + 180, fill=look.fill, outline=look.outline)


def _draw_quarter_circle(canvas: Canvas, look: Look, box: Area) -> None:
    start = 90 * (round(look.turn_deg / 90) % 4)
    canvas.slice(square_box(box), start, start + 90, fill=look.fill, outline=look.outline)


def _draw_heart(canvas: Canvas, look: Look, box: Area) -> None:
    (x, y), size = box.middle, min(box.width, box.height) / 34
    angles = (2 * math.pi * step / 40 for step in range(40))
    points = [
        (
            x + size * 16 * math.sin(a) ** 3,
            y
            - size
            * (13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)),
        )
        for a in angles
    ]
    canvas.polygon(points, fill=look.fill, outline=look.outline)


# Solids


def _faces(canvas: Canvas, look: Look, *faces: Sequence[Point]) -> None:
    """Draw the visible faces of a polyhedron, each a little darker than the one before."""
    for index, face in enumerate(faces):
        fill = _shade(look.fill, index) if look.fill else None
        canvas.polygon(face, fill=fill, outline=look.outline)


def _shade(colour: Colour, steps: int) -> Colour:
    red, green, blue = (max(0, round(value * (1 - 0.13 * steps))) for value in colour)
    return red, green, blue


def _draw_block(canvas: Canvas, look: Look, front: Area, depth: float) -> None:
    x0, y0, x1, y1 = front
    top = ((x0, y0), (x0 + depth, y0 - depth), (x1 + depth, y0 - depth), (x1, y0))
    side = ((x1, y0), (x1 + depth, y0 - depth), (x1 + depth, y1 - depth), (x1, y1))
    _faces(canvas, look, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), top, side)


def _draw_cube(canvas: Canvas, look: Look, box: Area) -> None:
    inner = square_box(box)
    depth = inner.width * 0.27
    _draw_block(canvas, look, Area(inner.x0, inner.y0 + depth, inner.x1 - depth, inner.y1), depth)


def _draw_prism(canvas: Canvas, look: Look, box: Area) -> None:
    (x, y), half = box.middle, min(box.width / 2, box.height * 0.8)
    depth = half * 0.3
    _draw_block(
        canvas, look, Area(x - half, y - half * 0.25, x + half - depth, y + half * 0.5), depth
    )


def _draw_triangular_prism(canvas: Canvas, look: Look, box: Area) -> None:
    inner = square_box(box)
    w, (x, y) = inner.width / 2, inner.middle
    front = ((x - w, y + w * 0.7), (x - w * 0.45, y - w * 0.45), (x + w * 0.1, y + w * 0.7))
    side = (front[1], (x + w * 0.45, y - w * 0.75), (x + w, y + w * 0.4), front[2])
    _faces(canvas, look, front, side)


def _draw_pyramid(canvas: Canvas, look: Look, box: Area) -> None:
    inner = square_box(box)
    w, (x, y) = inner.width / 2, inner.middle
    top, left, middle, right = (
        (x, y - w),
        (x - w, y + w * 0.5),
        (x + w * 0.25, y + w),
        (x + w, y + w * 0.4),
    )
    _faces(canvas, look, (top, left, middle), (top, middle, right))


def _draw_cylinder(canvas: Canvas, look: Look, box: Area) -> None:
    (x, y), half = box.middle, min(box.width, box.height) / 2
    w, lid = half * 0.68, half * 0.24
    lower = Area(x - w, y + half - 2 * lid, x + w, y + half)
    upper = Area(x - w, y - half, x + w, y - half + 2 * lid)
    canvas.ellipse(lower, fill=look.fill, outline=look.outline)
    if look.fill:
        canvas.rectangle(Area(x - w, y - half + lid, x + w, y + half - lid), fill=look.fill)
    canvas.line((x - w, y - half + lid), (x - w, y + half - lid), colour=look.outline)
    canvas.line((x + w, y - half + lid), (x + w, y + half - lid), colour=look.outline)
    canvas.ellipse(upper, fill=soften(look.fill, 0.3) if look.fill else None, outline=look.outline)


def _draw_cone(canvas: Canvas, look: Look, box: Area) -> None:
    (x, y), half = box.middle, min(box.width, box.height) / 2
    w, lid = half * 0.75, half * 0.22
    base = Area(x - w, y + half - 2 * lid, x + w, y + half)
    canvas.ellipse(base, fill=look.fill, outline=look.outline)
    sides = ((x - w, y + half - lid), (x, y - half), (x + w, y + half - lid))
    if look.fill:
        canvas.polygon(sides, fill=look.fill)
    canvas.line(*sides, colour=look.outline)


def _draw_sphere(canvas: Canvas, look: Look, box: Area) -> None:
    inner = square_box(box)
    w, (x, y) = inner.width / 2, inner.middle
    canvas.ellipse(inner, fill=look.fill, outline=look.outline)
    canvas.arc(Area(inner.x0, y - w * 0.3, inner.x1, y + w * 0.3), 0, 180, colour=look.outline)
    if look.fill:
        canvas.ellipse(
            Area(x - w * 0.5, y - w * 0.6, x - w * 0.1, y - w * 0.3), fill=soften(look.fill, 0.6)
        )


_ROUND: dict[str, Callable[[Canvas, Look, Area], None]] = {
    "circle": _draw_circle,
    "oval": _draw_oval,
    "half circle": _draw_half_circle,
    "quarter circle": _draw_quarter_circle,
    "heart": _draw_heart,
}
_SOLIDS: dict[str, Callable[[Canvas, Look, Area], None]] = {
    "cube": _draw_cube,
    "rectangular prism": _draw_prism,
    "triangular prism": _draw_triangular_prism,
    "square pyramid": _draw_pyramid,
    "cylinder": _draw_cylinder,
    "cone": _draw_cone,
    "sphere": _draw_sphere,
}
SOLIDS = tuple(_SOLIDS)
