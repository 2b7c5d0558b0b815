"""Things of everyday life whose shape is asked for, and scenes with a ball and a box.

How it is used: `rng.choice(SCENES).draw(canvas, rng, place)`; `draw_position(..., "above", "ball")`.

What it leaves out: things to count (`objects`), things to measure (`figures_measure`).
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_clock import Time, draw_clock
from chalklens.training.worksheets.figures_shapes import square_box
from chalklens.training.worksheets.style import soften


@dataclass(frozen=True, slots=True)
class Scene:
    """A thing, the shape it has, and how it is drawn."""

    name: str
    shape: str
    draw: Callable[[Canvas, random.Random, Area], None]


def _draw_wall_clock(canvas: Canvas, rng: random.Random, place: Area) -> None:
    draw_clock(canvas, rng, square_box(place, 0.9), Time(rng.randint(1, 12), 5 * rng.randrange(12)))


def _draw_plate(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box, colour = square_box(place, 0.9), rng.choice(canvas.style.palette)
    canvas.ellipse(box, fill=soften(colour, 0.8), outline=colour)
    canvas.ellipse(box.inset(box.width * 0.16), outline=colour)


def _draw_wheel(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box = square_box(place, 0.9)
    canvas.ellipse(box, outline=canvas.style.ink, stroke=6)
    (x, y), radius, spokes = box.middle, box.width / 2, rng.choice((6, 8, 10))
    for step in range(spokes):
        angle = 2 * math.pi * step / spokes
        canvas.line((x, y), (x + radius * math.cos(angle), y + radius * math.sin(angle)), stroke=1)


def _draw_window(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box, frame = square_box(place, 0.85), rng.choice(canvas.style.palette)
    canvas.rectangle(box, fill=(224, 242, 254), outline=frame, stroke=4)
    canvas.line((box.middle[0], box.y0), (box.middle[0], box.y1), colour=frame)
    canvas.line((box.x0, box.middle[1]), (box.x1, box.middle[1]), colour=frame)


def _draw_chessboard(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box, count = square_box(place, 0.9), rng.choice((4, 6))
    size = box.width / count
    for row in range(count):
        for column in range(row % 2, count, 2):
            x, y = box.x0 + column * size, box.y0 + row * size
            canvas.rectangle(Area(x, y, x + size, y + size), fill=canvas.style.ink)
    canvas.rectangle(box)


def _wide(place: Area, ratio: float) -> Area:
    (x, y), half = place.middle, min(place.width / 2 * 0.9, place.height * 0.45 * ratio)
    return Area(x - half, y - half / ratio, x + half, y + half / ratio)


def _draw_door(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box, colour = _wide(place, 0.5), rng.choice(canvas.style.palette)
    canvas.rectangle(box, fill=soften(colour, 0.5), outline=colour, stroke=2)
    canvas.disc(box.x1 - 8, box.middle[1], 3, fill=canvas.style.ink)


def _draw_book(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box, colour = _wide(place, 0.75), rng.choice(canvas.style.palette)
    canvas.rectangle(box, fill=colour, outline=canvas.style.ink)
    canvas.line((box.x0 + 8, box.y0), (box.x0 + 8, box.y1), colour=soften(colour, 0.6))


def _draw_screen(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box = _wide(place, 1.6)
    canvas.rectangle(
        box, fill=soften(rng.choice(canvas.style.palette), 0.7), outline=canvas.style.ink, stroke=5
    )


def _draw_pennant(canvas: Canvas, rng: random.Random, place: Area) -> None:
    x = place.middle[0] - place.width * 0.15
    canvas.line((x, place.y0 + 4), (x, place.y1 - 2), stroke=4)
    size = place.height * 0.6
    canvas.polygon(
        ((x, place.y0 + 6), (x + size, place.y0 + 6 + size * 0.4), (x, place.y0 + 6 + size * 0.8)),
        fill=rng.choice(canvas.style.palette),
    )


def _draw_road_sign(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box = square_box(place, 0.85)
    corners = ((box.middle[0], box.y0), (box.x1, box.y1), (box.x0, box.y1))
    canvas.polygon(corners, fill=(254, 249, 195), outline=(220, 38, 38), stroke=rng.choice((4, 6)))
    canvas.text(
        box.middle[0],
        box.y1 - box.height * 0.32,
        "!",
        size=box.height * 0.35,
        bold=True,
        anchor="m",
    )


def _draw_honeycomb(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box = square_box(place, 0.9)
    (x, y), radius = box.middle, box.width / 2
    corners = [
        (x + radius * math.cos(math.pi * k / 3), y + radius * math.sin(math.pi * k / 3))
        for k in range(6)
    ]
    canvas.polygon(
        corners, fill=rng.choice(((251, 191, 36), (252, 211, 77))), outline=(180, 83, 9), stroke=3
    )


def _draw_dice(canvas: Canvas, rng: random.Random, place: Area) -> None:
    box = square_box(place, 0.8)
    canvas.rectangle(box, outline=canvas.style.ink, stroke=2.5, radius=2)
    spots = {
        1: ((0, 0),),
        4: ((-1, -1), (1, -1), (-1, 1), (1, 1)),
        5: ((-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0)),
    }
    for dx, dy in spots[rng.choice((1, 4, 5))]:
        x, y = box.middle
        canvas.disc(
            x + dx * box.width * 0.26,
            y + dy * box.width * 0.26,
            box.width * 0.08,
            fill=canvas.style.ink,
        )


SCENES = (
    Scene("clock", "circle", _draw_wall_clock),
    Scene("plate", "circle", _draw_plate),
    Scene("wheel", "circle", _draw_wheel),
    Scene("window", "square", _draw_window),
    Scene("chessboard", "square", _draw_chessboard),
    Scene("side of the die", "square", _draw_dice),
    Scene("door", "rectangle", _draw_door),
    Scene("book cover", "rectangle", _draw_book),
    Scene("screen", "rectangle", _draw_screen),
    Scene("pennant", "triangle", _draw_pennant),
    Scene("road sign", "triangle", _draw_road_sign),
    Scene("honeycomb cell", "hexagon", _draw_honeycomb),
)


def draw_position(
    canvas: Canvas, rng: random.Random, place: Area, position: str, thing: str
) -> None:
    """A box and a thing above, below, beside, behind or ahead (in front) of it."""
    (x, y), size = place.middle, min(place.width, place.height)
    half, radius = size * 0.19, size * 0.12
    side = rng.choice((-1, 1))
    places = {
        "above": (x, y - half - radius),
        "below": (x, y + half + radius),
        "beside": (x + side * (half + radius * 1.1), y + half - radius),
        "behind": (x + side * half * 0.5, y - half * 0.85),
        "ahead": (x + side * half * 0.4, y + half * 0.8),
    }
    box = Area(x - half, y - half, x + half, y + half)
    fill, colour = soften(canvas.style.palette[1], 0.6), canvas.style.palette[0]
    if position == "behind":
        _draw_thing(canvas, places[position], radius, thing, colour)
    canvas.rectangle(box, fill=fill, outline=canvas.style.ink)
    if position != "behind":
        _draw_thing(canvas, places[position], radius, thing, colour)


def _draw_thing(
    canvas: Canvas, at: tuple[float, float], radius: float, thing: str, colour: tuple[int, int, int]
) -> None:
    x, y = at
    if thing == "cube":
        canvas.rectangle(
            Area(x - radius, y - radius, x + radius, y + radius),
            fill=colour,
            outline=canvas.style.ink,
        )
    elif thing == "star":
        turns = (math.pi * step / 5 for step in range(10))
        corners = [
            (
                x + math.sin(t) * radius * (0.45 if i % 2 else 1),
                y - math.cos(t) * radius * (0.45 if i % 2 else 1),
            )
            for i, t in enumerate(turns)
        ]
        canvas.polygon(corners, fill=colour)
    else:
        canvas.disc(
            x,
            y,
            radius,
            fill=(234, 179, 8) if thing == "coin" else colour,
            outline=canvas.style.ink,
        )
