"""Things that measure and things to measure: rulers, tapes, scales, beakers, bars, number lines.

How it is used: `draw_ruler(canvas, rng, Ruler(...), x, y, width)` and the like draw and declare their
figure. What it leaves out: what is asked (`measurement_*`), clocks (`figures_clock`).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.style import WHITE, Colour, soften

_WATER: tuple[Colour, ...] = ((125, 211, 252), (56, 189, 248), (147, 197, 253), (110, 231, 183))
_WOOD: Colour = (250, 220, 130)


@dataclass(frozen=True, slots=True)
class Ruler:
    """A scale from zero: its end, the step of its numbers, small marks per step, and its unit."""

    end: int
    step: int = 1
    marks: int = 10
    unit: str = "cm"
    tape: bool = False


def draw_ruler(
    canvas: Canvas, rng: random.Random, ruler: Ruler, place: Area
) -> tuple[float, float]:
    """Draw a ruler or tape along a place; where zero and the end are (x)."""
    body = Area(place.x0, place.y0, place.x1, place.y0 + min(30, place.height * 0.6))
    colour = rng.choice((_WOOD, soften(canvas.style.accent, 0.75), (254, 240, 180), WHITE))
    canvas.rectangle(body, fill=colour, outline=canvas.style.ink, radius=7 if ruler.tape else 1)
    if ruler.tape:
        canvas.disc(
            body.x0 + 2,
            body.middle[1],
            body.height * 0.62,
            fill=(239, 146, 110),
            outline=canvas.style.ink,
        )
    x0, x1 = body.x0 + (26 if ruler.tape else 8), body.x1 - 8
    inside = rng.random() < 0.5 and body.height >= 22
    for value in range(0, ruler.end + 1, ruler.step):
        x = x0 + (x1 - x0) * value / ruler.end
        canvas.line((x, body.y0), (x, body.y0 + body.height * 0.45))
        y = body.y1 - 7 if inside else body.y1 + 10
        canvas.text(
            x,
            y,
            str(value),
            size=min(11.0, 11 * (x1 - x0) / ruler.end * ruler.step / 14),
            anchor="m",
        )
    small = ruler.end // ruler.step * ruler.marks
    for mark in range(small if (x1 - x0) / small > 1.8 else 0):
        x = x0 + (x1 - x0) * mark / small
        canvas.line((x, body.y0), (x, body.y0 + body.height * 0.22), stroke=0.7)
    canvas.figure("ruler", body)
    return x0, x1


def draw_strip(
    canvas: Canvas, rng: random.Random, box: Area, colour: Colour, kind: str = ""
) -> None:
    """Draw a long thing of exactly the box's width: a bar, pencil, ribbon, key, brush or crayon."""
    kind = kind or rng.choice(tuple(_STRIPS))
    _STRIPS[kind](canvas, box, colour)


def _bar(canvas: Canvas, box: Area, colour: Colour) -> None:
    canvas.rectangle(box, fill=colour, outline=canvas.style.ink, stroke=1, radius=2)


def _pencil(canvas: Canvas, box: Area, colour: Colour) -> None:
    tip = min(box.height * 1.2, box.width * 0.3)
    canvas.rectangle(
        Area(box.x0, box.y0, box.x1 - tip, box.y1), fill=colour, outline=canvas.style.ink, stroke=1
    )
    canvas.polygon(
        ((box.x1 - tip, box.y0), (box.x1, box.middle[1]), (box.x1 - tip, box.y1)),
        fill=_WOOD,
        outline=canvas.style.ink,
        stroke=1,
    )


def _crayon(canvas: Canvas, box: Area, colour: Colour) -> None:
    tip = min(box.height, box.width * 0.25)
    canvas.rectangle(Area(box.x0, box.y0, box.x1 - tip, box.y1), fill=colour, stroke=1)
    canvas.rectangle(
        Area(box.x1 - tip, box.y0 + box.height * 0.25, box.x1, box.y1 - box.height * 0.25),
        fill=soften(colour, 0.3),
    )


def _ribbon(canvas: Canvas, box: Area, colour: Colour) -> None:
    notch = min(box.height * 0.5, box.width * 0.2)
    points = (
        (box.x0, box.y0),
        (box.x1, box.y0),
        (box.x1 - notch, box.middle[1]),
        (box.x1, box.y1),
        (box.x0, box.y1),
    )
    canvas.polygon(points, fill=soften(colour, 0.3), outline=colour, stroke=1)


def _key(canvas: Canvas, box: Area, colour: Colour) -> None:
    radius = min(box.height / 2, box.width * 0.25)
    canvas.disc(
        box.x0 + radius, box.middle[1], radius, fill=soften(colour, 0.5), outline=canvas.style.ink
    )
    canvas.line((box.x0 + 2 * radius, box.middle[1]), (box.x1, box.middle[1]), stroke=3)
    canvas.line((box.x1 - 3, box.middle[1]), (box.x1 - 3, box.y1), stroke=2)


def _brush(canvas: Canvas, box: Area, colour: Colour) -> None:
    split = box.x1 - min(box.height * 1.4, box.width * 0.35)
    canvas.rectangle(
        Area(box.x0, box.y0 + box.height * 0.3, split, box.y1 - box.height * 0.3),
        fill=(146, 104, 60),
    )
    canvas.ellipse(Area(split, box.y0, box.x1, box.y1), fill=colour)


_STRIPS: dict[str, Callable[[Canvas, Area, Colour], None]] = {
    "bar": _bar,
    "pencil": _pencil,
    "crayon": _crayon,
    "ribbon": _ribbon,
    "key": _key,
    "brush": _brush,
}


def draw_kitchen_scale(
    canvas: Canvas, rng: random.Random, place: Area, text: str, name: str = ""
) -> None:
    """Draw a scale with a reading and a thing (a bag with its name) upon it."""
    x, width = place.middle[0], min(place.width * 0.5, 150)
    top = place.y1 - place.height * 0.4
    body = (
        (x - width * 0.4, top),
        (x + width * 0.4, top),
        (x + width * 0.5, place.y1),
        (x - width * 0.5, place.y1),
    )
    canvas.polygon(body, fill=soften(canvas.style.palette[2], 0.75), outline=canvas.style.ink)
    show = Area(
        x - width * 0.28, top + place.height * 0.1, x + width * 0.28, place.y1 - place.height * 0.08
    )
    dark = rng.random() < 0.5
    canvas.rectangle(show, fill=(15, 23, 42) if dark else WHITE, outline=canvas.style.ink, radius=3)
    size = min(show.height * 0.6, 1.5 * show.width / max(3, len(text)))
    canvas.text(
        *show.middle,
        text,
        size=size,
        bold=True,
        anchor="m",
        colour=(110, 231, 183) if dark else None,
    )
    canvas.line((x - width * 0.55, top), (x + width * 0.55, top), stroke=3)
    thing = Area(x - width * 0.3, place.y0 + 4, x + width * 0.3, top - 2)
    canvas.rectangle(
        thing, fill=soften(canvas.style.palette[0], 0.4), outline=canvas.style.ink, radius=9
    )
    if name:
        canvas.text(
            *thing.middle,
            name,
            size=min(canvas.style.size * 0.75, 1.7 * thing.width / len(name)),
            anchor="m",
        )
    canvas.figure("scale_balance", place)


def draw_dial_scale(canvas: Canvas, place: Area) -> None:
    """Draw a scale with a dial and boxes upon it."""
    (x, _), size = place.middle, min(place.width, place.height)
    radius = size * 0.26
    y = place.y1 - radius - 6
    canvas.rectangle(
        Area(x - radius, place.y1 - 8, x + radius, place.y1), fill=canvas.style.palette[3]
    )
    canvas.disc(x, y, radius, fill=WHITE, outline=canvas.style.ink)
    canvas.line((x, y), (x + radius * 0.5, y - radius * 0.55), colour=(220, 38, 38), stroke=2)
    canvas.line((x - radius * 1.2, y - radius - 4), (x + radius * 1.2, y - radius - 4), stroke=3)
    canvas.rectangle(
        Area(x - radius * 0.7, place.y0 + 4, x + radius * 0.7, y - radius - 6),
        fill=canvas.style.palette[1],
        outline=canvas.style.ink,
    )
    canvas.figure("scale_balance", Area(x - radius * 1.2, place.y0, x + radius * 1.2, place.y1))


def draw_balance(canvas: Canvas, place: Area, names: tuple[str, str], heavier: int) -> None:
    """Draw a balance with a thing on either side; the heavier side hangs lower."""
    (x, _), reach = place.middle, min(place.width * 0.38, 120)
    top, drop = place.y0 + place.height * 0.5, place.height * 0.12
    canvas.polygon(
        ((x, top), (x - 16, place.y1), (x + 16, place.y1)), fill=soften(canvas.style.ink, 0.5)
    )
    sides = (-1, 1)
    ends = [
        (x + side * reach, top + (drop if index == heavier else -drop))
        for index, side in enumerate(sides)
    ]
    canvas.line(ends[0], ends[1], stroke=3)
    for index, (ex, ey) in enumerate(ends):
        canvas.rectangle(
            Area(ex - 20, ey - 36, ex + 20, ey - 2),
            fill=canvas.style.palette[index],
            outline=canvas.style.ink,
            radius=4,
        )
        canvas.text(
            ex,
            ey - 19,
            names[index],
            size=canvas.style.size * 0.75,
            anchor="m",
            colour=WHITE,
            bold=True,
        )
        canvas.line((ex - 28, ey), (ex + 28, ey), stroke=2.5)
    canvas.figure("scale_balance", place)


@dataclass(frozen=True, slots=True)
class Beaker:
    """A vessel: how much it can hold, how full it is, the step of its marks, and the unit."""

    end: int
    filled: int
    step: int
    unit: str


def draw_beaker(
    canvas: Canvas, rng: random.Random, beaker: Beaker, place: Area, *, numbered: bool = True
) -> None:
    """Draw a measuring cup with marks and a level."""
    width = min(place.width * 0.55, place.height * 0.75)
    x0 = place.middle[0] - width / 2
    glass = Area(x0, place.y0 + 4, x0 + width, place.y1 - 2)
    scale = glass.height * 0.88 / beaker.end
    level = glass.y1 - beaker.filled * scale
    canvas.rectangle(Area(glass.x0, level, glass.x1, glass.y1), fill=rng.choice(_WATER))
    canvas.line(
        (glass.x0, glass.y0),
        (glass.x0, glass.y1),
        (glass.x1, glass.y1),
        (glass.x1, glass.y0),
        stroke=2,
    )
    if rng.random() < 0.4:
        canvas.arc(
            Area(glass.x1 - 12, glass.y0 + 16, glass.x1 + 22, glass.y0 + 66), 270, 90, stroke=3
        )
    for value in range(beaker.step, beaker.end + 1, beaker.step):
        y = glass.y1 - value * scale
        canvas.line((glass.x0, y), (glass.x0 + width * 0.22, y), stroke=1.2)
        if numbered:
            canvas.text(
                glass.x0 + width * 0.27, y, f"{value}", size=min(11, scale * beaker.step * 0.8)
            )
    canvas.text(glass.x1 - 6, glass.y0 + 10, beaker.unit, size=11, anchor="r")
    canvas.figure("beaker", glass)


def draw_thermometer(canvas: Canvas, place: Area, degrees: int, unit: str) -> None:
    """Draw a thermometer from 0 to 40 (°C) or 0 to 100 (°F) in a place."""
    end, step = (40, 10) if unit == "°C" else (100, 20)
    x, top, bottom = place.middle[0], place.y0 + 12, place.y1 - 26
    height = bottom - top
    canvas.rectangle(
        Area(x - 7, place.y0 + 2, x + 7, bottom + 8), fill=WHITE, outline=canvas.style.ink, radius=7
    )
    canvas.disc(x, bottom + 12, 12, fill=(220, 38, 38), outline=canvas.style.ink)
    canvas.rectangle(
        Area(x - 3, bottom - height * degrees / end, x + 3, bottom + 8), fill=(220, 38, 38)
    )
    for value in range(0, end + 1, step // 10 * 2 if unit == "°C" else 10):
        y = bottom - height * value / end
        long = value % step == 0
        canvas.line((x + 8, y), (x + (17 if long else 12), y), stroke=1)
        if long:
            canvas.text(x + 20, y, str(value), size=10)
    canvas.text(x - 12, place.y0 + 10, unit, size=11, anchor="r")
    canvas.figure("thermometer", Area(x - 30, place.y0, x + 44, place.y1))


def draw_number_line(
    canvas: Canvas, place: Area, texts: Sequence[str], *, point: int = -1, note: str = ""
) -> None:
    """Draw a line with one tick per text (empty texts leave ticks bare) and maybe a point on one."""
    y = place.middle[1] + 4
    canvas.arrow((place.middle[0], y), (place.x1, y))
    canvas.line((place.x0, y), (place.middle[0], y))
    gap = (place.width - 36) / (len(texts) - 1)
    for index, text in enumerate(texts):
        x = place.x0 + 14 + gap * index
        canvas.line((x, y - 7), (x, y + 7))
        if text:
            canvas.text(x, y + 18, text, size=canvas.style.size * 0.75, anchor="m")
        if index == point:
            canvas.disc(x, y, 5, fill=canvas.style.accent)
            canvas.text(
                x,
                y - 18,
                note,
                size=canvas.style.size * 0.75,
                anchor="m",
                colour=canvas.style.accent,
            )
    canvas.figure("number_line", Area(place.x0, y - 26, place.x1, y + 26))
