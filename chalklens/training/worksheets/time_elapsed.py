"""Worksheets about how long something lasts and when it begins or ends.

How it is used: importing it registers its templates. Labels, as the corpus gives them: minutes that
pass are a Difference; in a story an end is an Addition, a duration or a start a Subtraction.

What it leaves out: reading and drawing clocks (`time_clocks`), hours as a measured quantity
(`measurement_stories`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_clock import Time, draw_clock, draw_digital_clock
from chalklens.training.worksheets.flow import Blank, paragraph, write_answer_line
from chalklens.training.worksheets.panels import reserve, write_answer, write_conclusion
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import NAMES, vary

_BASE = frozenset(("IntegerNumbers", "MeasuringTime", "MinuteIntervals", "ProcedureExecution"))
_TITLES = (
    "Elapsed time",
    "Time passes",
    "How long?",
    "Start and end",
    "Minutes that pass",
    "Time interval story",
    "Time stories",
)
_CLOCKS = {"analog": "AnalogClock", "digital": "DigitalClock"}


@dataclass(frozen=True, slots=True)
class Interval:
    """A start, an end, and the minutes between."""

    start: Time
    end: Time
    minutes: int


def choose_interval(rng: random.Random) -> Interval:
    """Minutes within one hour or over the full hour."""
    start = Time(rng.randint(1, 12), rng.choice((rng.randrange(0, 56, 5), rng.randint(1, 58))))
    minutes = rng.choice((rng.randint(8, 55), 5 * rng.randint(2, 11)))
    return Interval(start, start.later(minutes), minutes)


@template
def time_elapsed(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two clocks, start and end; the minutes between are asked for."""
    kind = rng.choice(tuple(_CLOCKS))
    interval = choose_interval(rng)
    instruct(canvas, rng, _ELAPSED, _TITLES)
    _draw_interval(canvas, rng, kind, interval.start, interval.end, "")
    before = vary(rng, "[Elapsed time:|Minutes:|It takes|Time that passes:||Duration:]")
    unit = rng.choice((" minutes", " min"))
    write_answer(canvas, rng, [f"{before} ", Blank(str(interval.minutes), digits=3), unit])
    if canvas.style.solution:
        _explain_minutes(canvas, rng, interval)
    return _BASE | {"Difference", _CLOCKS[kind]}


def _explain_minutes(canvas: Canvas, rng: random.Random, interval: Interval) -> None:
    until = 60 - interval.start.minute
    if interval.minutes <= until:
        write_conclusion(
            canvas, rng, f"{interval.start.text} → {interval.end.text}: {interval.minutes} min"
        )
        return
    full = interval.start.later(until)
    write_conclusion(
        canvas,
        rng,
        f"{interval.start.text} → {full.text}: {until} min,",
        f"{full.text} → {interval.end.text}: {interval.minutes - until} min,",
        f"{until} + {interval.minutes - until} = {interval.minutes} minutes",
    )


_ELAPSED = (
    "How many minutes [is it|are there] from [the start|start] to the end?",
    "How [long is it|much time passes|many minutes are there] between the two [times|clocks]?",
    "[Find|Work out|Calculate] the elapsed time [in minutes|].",
    "[Look at|Read] both clocks. How many minutes have [passed|gone by]?",
    "[Count|Find] the minutes from the first [clock|time] to the second.",
    "How many minutes later is the second [clock|time]?",
    "Write how many minutes lie between [start and end|the two times].",
    "Measure the [time|minutes] from beginning to end.",
)


def _draw_interval(
    canvas: Canvas,
    rng: random.Random,
    kind: str,
    start: Time | None,
    end: Time | None,
    between: str,
) -> None:
    """Two clocks beside one another, with words above them and an arrow or a text between."""
    place = reserve(canvas, rng, rng.uniform(110, 150), framed=rng.random() < 0.3)
    look = rng.random()
    names = rng.choice(
        (("Start", "End"), ("Begins", "Ends"), ("From", "To"), ("Before", "After"), ("1", "2"))
    )
    width = place.width * 0.36
    sides = (
        Area(place.x0, place.y0, place.x0 + width, place.y1),
        Area(place.x1 - width, place.y0, place.x1, place.y1),
    )
    for side, time, name in zip(sides, (start, end), names, strict=True):
        canvas.text(side.middle[0], side.y0 + 9, name, size=canvas.style.size * 0.75, anchor="m")
        _draw_time(
            canvas, random.Random(look), kind, Area(side.x0, side.y0 + 20, side.x1, side.y1), time
        )
    left, right, y = sides[0].x1 + 4, sides[1].x0 - 4, place.middle[1] + 8
    if between:
        size = min(
            canvas.style.size * 0.85, canvas.style.size * (right - left) / canvas.measure(between)
        )
        canvas.text((left + right) / 2, y - 14, between, size=size, anchor="m")
    if rng.random() < 0.7:
        canvas.arrow((left + 6, y), (right - 6, y))


def _draw_time(canvas: Canvas, rng: random.Random, kind: str, box: Area, time: Time | None) -> None:
    if kind == "digital":
        middle = box.middle[1]
        draw_digital_clock(
            canvas,
            rng,
            Area(box.x0, middle - 26, box.x1, middle + 26),
            time.text if time else "–:––",
        )
        return
    draw_clock(canvas, rng, Area(box.x0, box.y0, box.x1, box.y1 - 18), time)
    canvas.text(
        box.middle[0],
        box.y1 - 8,
        time.text if time else "?:??",
        size=canvas.style.size * 0.8,
        anchor="m",
    )


_EVENTS = (
    "[A|The] chess club", "[A|The] football game", "[A|The] music lesson", "Reading class", "[A|The] swimming lesson", "[A|The] bus ride",
    "{name}'s reading time", "{name}'s walk", "[The|A] puppet show", "Lunch break", "[The|A] film", "{name}'s piano practice",
    "[The|A] train ride", "[The|A] storm", "{name}'s homework", "[The|A] race",
)  # fmt: skip
_QUESTIONS = {
    "end": (
        "{event} [starts|begins] at {start}. After {minutes} minutes it [ends|is over]. [When is that?|What time is it then?]",
        "{event} begins at {start}. It [goes on for|takes|lasts] {minutes} minutes. At what time does it [end|finish|stop]?",
        "It is {start}. {event} [starts now and lasts|will last] {minutes} minutes. What time will it be [at the end|when it is over]?",
    ),
    "minutes": (
        "{event} [starts|begins] at {start}. The end is at {end}. How [many minutes is that|long is it]?",
        "{event} lasts from {start} to {end}. How many minutes [is that|are these]?",
        "{event} begins at {start} and is over at {end}. [Find|Work out] how long it [lasts|takes].",
    ),
    "start": (
        "{event} ends at {end} [after|and lasts] {minutes} minutes. [When did it start?|What time did it begin?]",
        "{event} takes {minutes} minutes and is over at {end}. At what time does it [begin|start]?",
    ),
}


@template
def time_story(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story with a start, a duration and an end, one of them asked for."""
    asked = rng.choice(("end", "end", "minutes", "minutes", "start"))
    kind = rng.choice(tuple(_CLOCKS))
    interval = choose_interval(rng)
    event = rng.choice(_EVENTS).format(name=rng.choice(NAMES))
    names = {
        "event": event,
        "start": interval.start.text,
        "end": interval.end.text,
        "minutes": interval.minutes,
    }
    instruct(canvas, rng, _QUESTIONS[asked], _TITLES, **names)
    known = canvas.style.solution
    start = interval.start if asked != "start" or known else None
    end = interval.end if asked != "end" or known else None
    between = f"{interval.minutes} min" if asked != "minutes" or known else "? min"
    _draw_interval(canvas, rng, kind, start, end, between)
    answer = {
        "end": interval.end.text,
        "start": interval.start.text,
        "minutes": f"{interval.minutes} minutes",
    }[asked]
    write_answer_line(
        canvas, rng, answer, ("Answer:", "Answer", "My answer:", "Solution:", "It is")
    )
    if known:
        _explain_story(canvas, rng, interval, asked)
    sign = "Addition" if asked == "end" else "Subtraction"
    return _BASE | {"SingleStep", "TextualReception", sign, _CLOCKS[kind]}


def _explain_story(canvas: Canvas, rng: random.Random, interval: Interval, asked: str) -> None:
    first, last = interval.start.minute, interval.start.minute + interval.minutes
    sums = {
        "end": f"{first} + {interval.minutes} = {last}",
        "minutes": f"{last} − {first} = {interval.minutes}",
        "start": f"{last} − {interval.minutes} = {first}",
    }
    text = vary(rng, f"[Minutes after|Counted from] {interval.start.hour}:00: {sums[asked]}")
    paragraph(canvas, text, size=canvas.style.size * 0.85)


@template
def time_on_line(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story whose times stand on a time line with jumps."""
    interval = choose_interval(rng)
    asked = rng.choice(("end", "minutes"))
    event = rng.choice(_EVENTS).format(name=rng.choice(NAMES))
    names = {
        "event": event,
        "start": interval.start.text,
        "end": interval.end.text,
        "minutes": interval.minutes,
    }
    instruct(canvas, rng, _QUESTIONS[asked], (*_TITLES, "Time line"), **names)
    known = canvas.style.solution
    place = reserve(canvas, rng, 92, framed=False)
    _draw_time_line(
        canvas,
        place,
        (interval.start.text, interval.end.text if asked != "end" or known else "?"),
        f"{interval.minutes} min" if asked != "minutes" or known else "? min",
    )
    answer = interval.end.text if asked == "end" else f"{interval.minutes} minutes"
    write_answer_line(canvas, rng, answer)
    return _BASE | {
        "SingleStep",
        "TextualReception",
        "Addition" if asked == "end" else "Subtraction",
    }


def _draw_time_line(canvas: Canvas, place: Area, ends: tuple[str, str], between: str) -> None:
    y, size = place.y1 - 30, canvas.style.size * 0.85
    canvas.arrow((place.x0, y), (place.x1, y))
    start, end = place.x0 + place.width * 0.15, place.x0 + place.width * 0.82
    for x, text in zip((start, end), ends, strict=True):
        canvas.line((x, y - 6), (x, y + 6))
        canvas.text(x, y + 17, text, size=size, anchor="m")
    canvas.arc(Area(start, y - 38, end, y + 38), 180, 360, colour=canvas.style.accent)
    canvas.text((start + end) / 2, y - 50, between, size=size, anchor="m")
    canvas.figure("number_line", Area(place.x0, y - 56, place.x1, y + 25))
