"""Everyday things to count, share and tell stories about: drawn small, named in words.

How it is used: `thing = rng.choice(THINGS)`, `thing.draw(canvas, x, y, radius, colour)`,
`thing.name(3)` -> "3 apples". What it leaves out: arrangements of many (`figures_numbers`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.style import Colour, soften

Drawing = Callable[[Canvas, float, float, float, Colour], None]


@dataclass(frozen=True, slots=True)
class Thing:
    """A countable thing: its noun, and how to draw it within a radius around a point."""

    singular: str
    plural: str
    draw: Drawing

    def name(self, count: int) -> str:
        """The count with the noun."""
        return f"{count} {self.singular if count == 1 else self.plural}"


def _apple(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.line((x, y - r * 0.5), (x + r * 0.2, y - r), colour=canvas.style.ink)
    canvas.disc(x, y + r * 0.15, r * 0.8, fill=colour)


def _ball(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.disc(x, y, r * 0.9, fill=soften(colour, 0.5), outline=colour)
    canvas.arc(Area(x - r * 1.5, y - r * 0.9, x - r * 0.1, y + r * 0.9), -60, 60, colour=colour)


def _star(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    corners = [
        (
            x + math.sin(i * math.pi / 5) * (r if i % 2 == 0 else r * 0.42),
            y - math.cos(i * math.pi / 5) * (r if i % 2 == 0 else r * 0.42),
        )
        for i in range(10)
    ]
    canvas.polygon(corners, fill=colour)


def _heart(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    for side in (-1, 1):
        canvas.disc(x + side * r * 0.42, y - r * 0.3, r * 0.48, fill=colour)
    canvas.polygon(
        ((x - r * 0.86, y - r * 0.1), (x + r * 0.86, y - r * 0.1), (x, y + r * 0.9)), fill=colour
    )


def _flower(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    for i in range(5):
        angle = i * 2 * math.pi / 5
        canvas.disc(
            x + math.sin(angle) * r * 0.55,
            y - math.cos(angle) * r * 0.55,
            r * 0.4,
            fill=soften(colour, 0.3),
        )
    canvas.disc(x, y, r * 0.32, fill=canvas.style.palette[-1])


def _fish(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.polygon(((x + r * 0.4, y), (x + r, y - r * 0.5), (x + r, y + r * 0.5)), fill=colour)
    canvas.ellipse(Area(x - r, y - r * 0.5, x + r * 0.6, y + r * 0.5), fill=colour)
    canvas.disc(x - r * 0.6, y - r * 0.12, r * 0.1, fill=(255, 255, 255))


def _book(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.rectangle(
        Area(x - r * 0.75, y - r * 0.9, x + r * 0.75, y + r * 0.9), fill=colour, radius=r * 0.1
    )
    canvas.line((x - r * 0.5, y - r * 0.9), (x - r * 0.5, y + r * 0.9), colour=soften(colour, 0.6))


def _kite(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.polygon(
        ((x, y - r), (x + r * 0.6, y - r * 0.2), (x, y + r * 0.6), (x - r * 0.6, y - r * 0.2)),
        fill=colour,
    )
    canvas.line((x, y + r * 0.6), (x + r * 0.25, y + r * 0.8), (x, y + r), colour=canvas.style.ink)


def _button(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.disc(x, y, r * 0.85, fill=soften(colour, 0.4), outline=colour)
    for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        canvas.disc(x + dx * r * 0.22, y + dy * r * 0.22, r * 0.1, fill=canvas.style.ink)


def _balloon(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.ellipse(Area(x - r * 0.65, y - r, x + r * 0.65, y + r * 0.5), fill=colour)
    canvas.line((x, y + r * 0.5), (x, y + r), colour=canvas.style.ink)


def _leaf(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.ellipse(Area(x - r * 0.5, y - r, x + r * 0.5, y + r * 0.6), fill=soften(colour, 0.2))
    canvas.line((x, y - r * 0.6), (x, y + r), colour=canvas.style.ink, stroke=1)


def _counter(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.disc(x, y, r * 0.85, fill=colour)


def _cube(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    box = Area(x - r * 0.75, y - r * 0.75, x + r * 0.75, y + r * 0.75)
    canvas.rectangle(box, fill=soften(colour, 0.55), outline=colour)


def _hat(canvas: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    canvas.polygon(
        ((x - r * 0.7, y + r * 0.6), (x + r * 0.7, y + r * 0.6), (x, y - r)), fill=colour
    )
    canvas.rectangle(Area(x - r, y + r * 0.55, x + r, y + r * 0.85), fill=soften(colour, 0.3))


THINGS: tuple[Thing, ...] = (
    Thing("apple", "apples", _apple),
    Thing("ball", "balls", _ball),
    Thing("star", "stars", _star),
    Thing("heart", "hearts", _heart),
    Thing("flower", "flowers", _flower),
    Thing("fish", "fish", _fish),
    Thing("book", "books", _book),
    Thing("kite", "kites", _kite),
    Thing("button", "buttons", _button),
    Thing("balloon", "balloons", _balloon),
    Thing("leaf", "leaves", _leaf),
    Thing("counter", "counters", _counter),
    Thing("cube", "cubes", _cube),
    Thing("hat", "hats", _hat),
)
