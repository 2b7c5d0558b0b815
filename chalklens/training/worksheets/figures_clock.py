"""Clocks with hands and clocks with digits.

How it is used: `draw_clock(canvas, rng, box, Time(3, 30))` draws a dial and declares it; without a
time the hands are missing. `draw_digital_clock` shows digits or dashes.

What it leaves out: the wording of times (`time_clocks`).
"""

import math
import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.style import Colour, soften

_DARK: Colour = (15, 23, 42)
_GLOW: tuple[Colour, ...] = (
    (74, 222, 128),
    (94, 234, 212),
    (248, 113, 113),
    (253, 224, 71),
    (241, 245, 249),
)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day on a twelve-hour clock; `second` is None where seconds are not shown."""

    hour: int
    minute: int
    second: int | None = None

    @property
    def text(self) -> str:
        """As digits, e.g. `3:05` or `3:05:09`."""
        tail = "" if self.second is None else f":{self.second:02d}"
        return f"{self.hour}:{self.minute:02d}{tail}"

    def later(self, minutes: int) -> "Time":
        """The time after some minutes."""
        total = (self.hour % 12) * 60 + self.minute + minutes
        return Time((total // 60 - 1) % 12 + 1, total % 60, self.second)


def draw_clock(canvas: Canvas, rng: random.Random, box: Area, time: Time | None) -> None:
    """Draw a dial with or without hands, and declare it.

    `rng` chooses the dial; dials of one sheet look alike when they are drawn from equal states.
    """
    (x, y), radius = box.middle, min(box.width, box.height) / 2
    rim = rng.choice((canvas.style.ink, *canvas.style.palette[:3]))
    face = rng.choice((None, None, (255, 255, 255), soften(rim, 0.9)))
    canvas.ellipse(
        _around(x, y, radius), fill=face, outline=rim, stroke=rng.choice((1.5, 2, 3, 4.5))
    )
    _draw_marks(canvas, x, y, radius, minutes=rng.random() < 0.6)
    _write_numbers(canvas, x, y, radius, only=rng.choice((1, 1, 1, 1, 3, 12)))
    if time:
        _draw_hands(canvas, rng, (x, y, radius), time)
    canvas.disc(x, y, max(1.5, radius * 0.04), fill=canvas.style.ink)
    canvas.figure("clock", _around(x, y, radius))


def _around(x: float, y: float, radius: float) -> Area:
    return Area(x - radius, y - radius, x + radius, y + radius)


def _on_dial(x: float, y: float, radius: float, turn: float) -> tuple[float, float]:
    """A point on a circle; `turn` is the part of a full turn clockwise from twelve."""
    angle = 2 * math.pi * turn
    return x + radius * math.sin(angle), y - radius * math.cos(angle)


def _draw_marks(canvas: Canvas, x: float, y: float, radius: float, *, minutes: bool) -> None:
    for step in range(0, 60, 1 if minutes else 5):
        inner = 0.88 if step % 5 == 0 else 0.94
        outer = _on_dial(x, y, radius * 0.98, step / 60)
        canvas.line(
            _on_dial(x, y, radius * inner, step / 60), outer, stroke=1.6 if step % 5 == 0 else 0.8
        )


def _write_numbers(canvas: Canvas, x: float, y: float, radius: float, *, only: int) -> None:
    for hour in range(only, 13, only):
        place = _on_dial(x, y, radius * 0.75, hour / 12)
        canvas.text(*place, str(hour), size=max(9.0, radius * 0.2), anchor="m")


def _draw_hands(
    canvas: Canvas, rng: random.Random, dial: tuple[float, float, float], time: Time
) -> None:
    x, y, radius = dial
    hour_colour, minute_colour = rng.choice(
        ((canvas.style.ink, canvas.style.ink), (canvas.style.palette[0], canvas.style.palette[1]))
    )
    second = (time.second or 0) / 60
    minute = (time.minute + second) / 60
    hour = (time.hour % 12 + minute) / 12
    pointed = rng.random() < 0.35
    thick = max(1.6, radius * rng.uniform(0.035, 0.06))
    for turn, length, colour, stroke in (
        (hour, 0.48, hour_colour, thick * 1.35),
        (minute, 0.76, minute_colour, thick),
    ):
        end = _on_dial(x, y, radius * length, turn)
        if pointed:
            canvas.arrow((x, y), end, colour=colour, head=max(4.0, radius * 0.12))
        else:
            canvas.line((x, y), end, colour=colour, stroke=stroke)
    if time.second is not None:
        canvas.line((x, y), _on_dial(x, y, radius * 0.82, second), colour=(220, 38, 38), stroke=1)


def draw_digital_clock(canvas: Canvas, rng: random.Random, box: Area, text: str) -> None:
    """Draw a display with digits (or with dashes for a time to be written), and declare it."""
    dark = rng.random() < 0.6
    fill = (
        rng.choice((_DARK, (0, 0, 0), (30, 41, 59))) if dark else soften(canvas.style.accent, 0.88)
    )
    colour = rng.choice(_GLOW) if dark else canvas.style.ink
    canvas.rectangle(box, fill=fill, outline=canvas.style.ink, radius=rng.choice((0, 4, 10)))
    size = min(box.height * 0.62, box.width * 1.5 / max(4, len(text)))
    canvas.text(*box.middle, text, size=size, bold=True, colour=colour, anchor="m")
    canvas.figure("digital_clock", box)
