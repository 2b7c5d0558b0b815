"""Points, lines, rays, segments, angles, parallel and perpendicular lines, the protractor.

How it is used: `draw_primitive(canvas, rng, "ray", place)`; `draw_angle(canvas, Angle(...), place)`
gives the ends of its rays; `draw_protractor`. Each declares its figure.

What it leaves out: what is asked about them (`geometry_primitives`, `geometry_angles`).
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas, Point
from chalklens.training.worksheets.style import Colour, soften


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle to draw: its measure, the turn of its first ray, its letters (vertex, first, second)."""

    degrees: float
    turn_deg: float = 0
    letters: tuple[str, str, str] = ("O", "A", "B")
    second: bool = True


def aim(origin: Point, degrees: float, length: float) -> Point:
    """The point at a distance in a direction; degrees counter-clockwise from three o'clock."""
    angle = math.radians(degrees)
    return origin[0] + length * math.cos(angle), origin[1] - length * math.sin(angle)


def draw_angle(
    canvas: Canvas, angle: Angle, place: Area, *, colour: Colour | None = None, arc: str = ""
) -> Point:
    """Draw an angle in the middle of a place, its arc with a text when one is given; its vertex."""
    size = min(place.width, place.height) * 0.46
    middle_deg = angle.turn_deg + angle.degrees / 2
    origin = aim(place.middle, middle_deg + 180, size * 0.45)
    for degrees, letter, shown in (
        (angle.turn_deg, angle.letters[1], True),
        (angle.turn_deg + angle.degrees, angle.letters[2], angle.second),
    ):
        if shown:
            canvas.arrow(origin, aim(origin, degrees, size), colour=colour, head=8)
            canvas.text(
                *aim(origin, degrees, size + 9), letter, size=canvas.style.size * 0.8, anchor="m"
            )
    canvas.text(
        *aim(origin, middle_deg + 180, 11),
        angle.letters[0],
        size=canvas.style.size * 0.8,
        anchor="m",
    )
    if arc and angle.second:
        draw_arc(
            canvas,
            origin,
            (angle.turn_deg, angle.turn_deg + angle.degrees),
            size * 0.34,
            arc,
            corner=arc == " ",
        )
    canvas.figure("angle", place)
    return origin


def draw_arc(
    canvas: Canvas,
    origin: Point,
    span: tuple[float, float],
    radius: float,
    text: str = "",
    colour: Colour | None = None,
    *,
    corner: bool = False,
) -> None:
    """Draw the arc of an angle, or a square corner for a right one where told, and its text."""
    start, end = span
    ink = colour or canvas.style.accent
    x, y = origin
    if corner and abs(end - start - 90) < 0.5:
        side = radius * 0.55
        points = (
            aim(origin, start, side),
            aim(aim(origin, start, side), end, side),
            aim(origin, end, side),
        )
        canvas.line(*points, colour=ink)
        return
    canvas.arc(Area(x - radius, y - radius, x + radius, y + radius), -end, -start, colour=ink)
    if text.strip():
        canvas.text(
            *aim(origin, (start + end) / 2, radius + canvas.style.size * 0.9),
            text,
            size=canvas.style.size * 0.75,
            anchor="m",
        )


# Primitives


def _draw_point(canvas: Canvas, rng: random.Random, place: Area) -> None:
    x, y = place.middle
    canvas.disc(x, y, rng.uniform(3, 5), fill=canvas.style.ink)
    canvas.text(x + 8, y - 10, rng.choice("PPQRA"), size=canvas.style.size * 0.8)
    canvas.figure("point", Area(x - 14, y - 16, x + 20, y + 12))


def _ends(rng: random.Random, place: Area) -> tuple[Point, Point]:
    tilt, length = rng.choice((0, 0, 12, -15, 30, -25)), min(place.width * 0.42, place.height * 0.8)
    return aim(place.middle, tilt + 180, length), aim(place.middle, tilt, length)


def _letter(canvas: Canvas, at: Point, letter: str) -> None:
    canvas.disc(at[0], at[1], 3, fill=canvas.style.ink)
    canvas.text(at[0], at[1] - 11, letter, size=canvas.style.size * 0.75, anchor="m")


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _draw_straight(canvas: Canvas, rng: random.Random, place: Area, *, heads: int) -> None:
    """A segment, ray or line through A and B, with 0, 1 or 2 arrow heads."""
    start, end = _ends(rng, place)
    middle = _between(start, end, 0.5)
    first, last = (
        start if heads < 2 else _between(start, end, 0.22),
        end if heads < 1 else _between(start, end, 0.78),
    )
    for goal, pointed in ((end, heads > 0), (start, heads > 1)):
        (canvas.arrow if pointed else canvas.line)(middle, goal)
    _letter(canvas, first, "A")
    _letter(canvas, last, "B")
    canvas.figure("line_segment", place)


def _draw_segment(canvas: Canvas, rng: random.Random, place: Area) -> None:
    _draw_straight(canvas, rng, place, heads=0)


def _draw_ray(canvas: Canvas, rng: random.Random, place: Area) -> None:
    _draw_straight(canvas, rng, place, heads=1)


def _draw_line(canvas: Canvas, rng: random.Random, place: Area) -> None:
    _draw_straight(canvas, rng, place, heads=2)


def _draw_both_ways(canvas: Canvas, start: Point, end: Point, colour: Colour | None = None) -> None:
    middle = _between(start, end, 0.5)
    canvas.arrow(middle, end, colour=colour)
    canvas.arrow(middle, start, colour=colour)


def _draw_parallel(canvas: Canvas, rng: random.Random, place: Area) -> None:
    tilt, length = rng.choice((0, 10, -20, 60, 90)), min(place.width, place.height) * 0.42
    for side in (-1, 1):
        middle = aim(place.middle, tilt + 90, side * length * 0.38)
        _draw_both_ways(canvas, aim(middle, tilt + 180, length), aim(middle, tilt, length))
    canvas.figure("line_segment", place)


def _draw_perpendicular(canvas: Canvas, rng: random.Random, place: Area) -> None:
    tilt, length = rng.choice((0, 0, 25, 45, -15)), min(place.width, place.height) * 0.45
    for turn in (tilt, tilt + 90):
        _draw_both_ways(
            canvas, aim(place.middle, turn + 180, length), aim(place.middle, turn, length)
        )
    draw_arc(canvas, place.middle, (tilt, tilt + 90), 20, corner=True)
    canvas.figure("line_segment", place)


def _draw_crossing(canvas: Canvas, rng: random.Random, place: Area) -> None:
    tilt, length = rng.choice((0, 20, -15)), min(place.width, place.height) * 0.45
    for turn in (tilt, tilt + rng.choice((35, 50, 130))):
        _draw_both_ways(
            canvas, aim(place.middle, turn + 180, length), aim(place.middle, turn, length)
        )
    canvas.figure("line_segment", place)


def choose_degrees(rng: random.Random, kind: str) -> int:
    """A measure for a right, acute or obtuse angle, clearly away from 90 where it is not right."""
    return {"right": 90, "acute": rng.randrange(25, 71, 5), "obtuse": rng.randrange(110, 161, 5)}[
        kind
    ]


def _draw_kind(kind: str) -> Callable[[Canvas, random.Random, Area], None]:
    def draw(canvas: Canvas, rng: random.Random, place: Area) -> None:
        angle = Angle(choose_degrees(rng, kind), rng.choice((0, 0, 0, 20, -15, 45)))
        draw_angle(canvas, angle, place, arc=" ")

    return draw


_PRIMITIVES: dict[str, Callable[[Canvas, random.Random, Area], None]] = {
    "point": _draw_point,
    "line segment": _draw_segment,
    "ray": _draw_ray,
    "line": _draw_line,
    "parallel lines": _draw_parallel,
    "perpendicular lines": _draw_perpendicular,
    "crossing lines": _draw_crossing,
    "right angle": _draw_kind("right"),
    "acute angle": _draw_kind("acute"),
    "obtuse angle": _draw_kind("obtuse"),
}
PRIMITIVES = tuple(_PRIMITIVES)


def draw_primitive(canvas: Canvas, rng: random.Random, name: str, place: Area) -> None:
    """Draw a primitive by its name and declare it."""
    _PRIMITIVES[name](canvas, rng, place)


def draw_protractor(canvas: Canvas, place: Area, *, colour: Colour) -> tuple[Point, float]:
    """Draw a half-circle protractor at the bottom of a place; its centre and radius."""
    radius = min(place.width / 2 - 6, place.height - 16)
    x, y = place.middle[0], place.y1 - 14
    box = Area(x - radius, y - radius, x + radius, y + radius)
    canvas.slice(box, 180, 360, fill=soften(colour, 0.88), outline=colour)
    for degrees in range(0, 181, 5):
        inner = radius * (0.9 if degrees % 10 == 0 else 0.95)
        canvas.line(
            aim((x, y), degrees, inner), aim((x, y), degrees, radius), colour=colour, stroke=0.8
        )
    size = max(8.5, min(10.0, radius * 0.075))
    for degrees in range(0, 181, 10 if radius > 95 else 30):
        canvas.text(*aim((x, y), degrees, radius * 0.82), str(180 - degrees), size=size, anchor="m")
        canvas.text(*aim((x, y), degrees, radius * 0.66), str(degrees), size=size, anchor="m")
    canvas.figure("protractor", Area(x - radius, y - radius, x + radius, y + 2))
    return (x, y), radius
