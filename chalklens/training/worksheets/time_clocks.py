"""Worksheets about reading, drawing and writing times of day.

How it is used: importing it registers its templates (`sheet.template`). Labels, as the corpus gives
them: the interval a time needs (hours, half hours, minutes, seconds); with a.m. or p.m. the nearest
five minutes; reading a clock is Interpretation into a formal time, drawing hands VisualArticulation.

What it leaves out: elapsed time (`time_elapsed`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_clock import Time, draw_clock, draw_digital_clock
from chalklens.training.worksheets.flow import Blank, lay_out, paragraph, write_expression
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    split,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import name_number, vary

_BASE = frozenset(("MeasuringTime",))
_READING = frozenset(("Formalization", "Interpretation", "VisualReception"))
_TITLES = (
    "Telling time",
    "Clocks",
    "Time",
    "What time is it?",
    "Read the clock",
    "Clock practice",
    "Time of day",
)
_MERIDIEMS = {"a.m.": "AnteMeridiem", "p.m.": "PostMeridiem"}


def choose_kind(rng: random.Random) -> str:
    """How fine the times of a sheet are."""
    return rng.choice(("hour", "half", "five", "five", "minute", "minute", "second"))


def choose_time(rng: random.Random, kind: str) -> Time:
    """A time as fine as the kind says, never coarser."""
    minute = {
        "hour": 0,
        "half": 30,
        "five": 5 * rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
        "minute": rng.choice([m for m in range(1, 60) if m != 30]),
        "second": rng.randint(1, 59),
    }[kind]
    return Time(rng.randint(1, 12), minute, rng.randint(1, 59) if kind == "second" else None)


def choose_times(rng: random.Random, kind: str, count: int) -> list[Time]:
    """Different times of one kind; at most 12."""
    times: list[Time] = []
    while len(times) < count:
        time = choose_time(rng, kind)
        if time not in times:
            times.append(time)
    return times


def label_interval(kind: str, meridiem: str = "") -> frozenset[str]:
    """Labels of the interval: with a.m. or p.m. times go to the nearest five minutes."""
    if meridiem:
        return frozenset(("MinuteIntervals", "StepsOf5", _MERIDIEMS[meridiem]))
    names = {"hour": "HourIntervals", "half": "HalfHourIntervals", "second": "SecondIntervals"}
    return frozenset((names.get(kind, "MinuteIntervals"),))


def time_words(rng: random.Random, time: Time) -> str:
    """A time in words, e.g. `half past eight` or `ten minutes to four`."""
    hour, after = name_number(time.hour), name_number(time.hour % 12 + 1)
    if time.minute == 0:
        return f"{hour} o'clock"
    if time.minute == 30:
        return rng.choice((f"half past {hour}", f"half past {hour}", f"{hour} thirty"))
    if time.minute in (15, 45) and rng.random() < 0.4:
        return f"quarter past {hour}" if time.minute == 15 else f"quarter to {after}"
    unit = "minute" if time.minute == 1 else "minutes"
    if time.minute > 30 and rng.random() < 0.3:
        return f"{name_number(60 - time.minute)} minutes to {after}"
    return f"{name_number(time.minute)} {unit} past {hour}"


@template
def time_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Clocks with hands; the times are written below or beside them."""
    kind = choose_kind(rng)
    meridiem = rng.choice(tuple(_MERIDIEMS)) if kind == "five" and rng.random() < 0.7 else ""
    instruct(canvas, rng, _READ, _TITLES)
    look, size = rng.random(), rng.choice((70, 90, 110, 140))
    for cell in lay_out(canvas, rng, rng.choice((1, 1, 2, 3, 4, 6)), size, size + 34):
        time = choose_time(rng, kind)
        draw_clock(canvas, random.Random(look), Area(cell.x0, cell.y0, cell.x1, cell.y1 - 30), time)
        parts = (Blank(time.text, digits=5), f" {meridiem}" if meridiem else "")
        write_expression(canvas, cell.middle[0], cell.y1 - 14, [p for p in parts if p], anchor="m")
    if meridiem and rng.random() < 0.6:
        paragraph(
            canvas,
            vary(rng, f"[Period:|Part of the day:|All times are] {meridiem}"),
            size=canvas.style.size * 0.85,
        )
    ability = frozenset(("ProcedureExecution",)) if meridiem or kind == "second" else _READING
    return _BASE | {"AnalogClock"} | label_interval(kind, meridiem) | ability


_READ = (
    "What time is it?",
    "What time [does the clock show|is shown|do the hands show]?",
    "[Read|Look at] [the|each] clock and write [down |]the time.",
    "Write the time [shown on|that you see on] [the|each] clock.",
    "Tell the time. [Write it with digits.|Write it below.|]",
    "Look at the [hour hand and the minute hand|two hands|hands]. [Which time is it?|Write the time.]",
    "[Tell|Say] what time the [analog |]clock [shows|reads].",
    "Which time [do you read|can you read] on the clock?",
)


@template
def time_hands(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Clocks without hands and times to show on them."""
    kind = choose_kind(rng)
    meridiem = rng.choice(tuple(_MERIDIEMS)) if kind == "five" and rng.random() < 0.7 else ""
    instruct(canvas, rng, _DRAW, (*_TITLES, "Show the time", "Clock hands"))
    look, size = rng.random(), rng.choice((80, 100, 130))
    below = rng.random() < 0.6
    for cell in lay_out(canvas, rng, rng.choice((1, 1, 2, 3, 4)), size, size + 28):
        time = choose_time(rng, kind)
        dial = Area(
            cell.x0, cell.y0 + (0 if below else 26), cell.x1, cell.y1 - (26 if below else 0)
        )
        draw_clock(canvas, random.Random(look), dial, time if canvas.style.solution else None)
        text = f"{time.text} {meridiem}".strip()
        canvas.text(
            cell.middle[0], cell.y1 - 11 if below else cell.y0 + 12, text, bold=True, anchor="m"
        )
    if canvas.style.solution and rng.random() < 0.5:
        paragraph(
            canvas,
            vary(
                rng,
                "[Short hand: hour.|The short hand shows the hour.] [Long hand: minutes.|The long hand shows the minutes.]",
            ),
            size=canvas.style.size * 0.8,
        )
    return _BASE | {"AnalogClock", "VisualArticulation"} | label_interval(kind, meridiem)


_DRAW = (
    "[Let|Make] the clock tell this time.",
    "Draw the [missing |]hands [on|of] the clock.",
    "[Draw|Add] the hour hand and the minute hand [to show the time|for the time given].",
    "Show [the|this|each] time on the clock.",
    "[Make|Let] the clock show the time [written below|that is given].",
    "Draw hands so that the clock [shows|reads] the [given |written |]time.",
    "Put the hands in [place|the right place] [for each time|for the time].",
    "Complete the clock [face |]. Draw where the [two |]hands point.",
)


@template
def time_digital_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Digital displays; the times are written down, with digits or in words."""
    kind = rng.choice(("hour", "half", "minute"))
    instruct(canvas, rng, _READ_DIGITAL, (*_TITLES, "Digital clock", "Digital time"))
    words = rng.random() < 0.5
    look = rng.random()
    for cell in lay_out(canvas, rng, rng.choice((1, 1, 2, 3)), 120, 100):
        time = choose_time(rng, kind)
        draw_digital_clock(
            canvas,
            random.Random(look),
            Area(cell.x0, cell.y0, min(cell.x1, cell.x0 + 190), cell.y0 + 62),
            time.text,
        )
        answer = time_words(rng, time) if words else time.text
        width = min(cell.width, 190)
        write_expression(
            canvas,
            cell.x0 + width / 2,
            cell.y1 - 15,
            (Blank(answer, "line" if words else "", digits=9),),
            size=min(15, width * 1.5 / max(9, len(answer))),
            anchor="m",
        )
    return _BASE | {"DigitalClock"} | _READING | label_interval(kind)


_READ_DIGITAL = (
    "Read the digital clock.",
    "[Read|Look at] the [display|digital clock]. [Write the time.|What time does it show?]",
    "Write the time [shown on|from] the [digital clock|display].",
    "What time [does this digital clock show|is on the digital clock]?",
    "[Say|Write] the time [that the digits show|you see] [in your own words|].",
    "Which time do the digits show?",
    "Read [each|the] digital time and write it [down|below].",
    "How do you [read|write] this [digital |]time?",
)


@template
def time_digital_writing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Times in words, to be set on a digital display."""
    kind = rng.choice(("hour", "half", "minute", "five"))
    meridiem = rng.choice(tuple(_MERIDIEMS)) if kind == "five" else ""
    instruct(canvas, rng, _WRITE_DIGITAL, (*_TITLES, "Digital time", "Set the clock"))
    look = rng.random()
    for cell in lay_out(canvas, rng, rng.choice((1, 1, 2, 3)), 170, 100):
        time = choose_time(rng, kind)
        words = f"{time_words(rng, time)} {meridiem}".strip()
        canvas.text(
            cell.middle[0],
            cell.y0 + 14,
            words,
            size=min(canvas.style.size, 16 * cell.width / 230),
            anchor="m",
            bold=True,
        )
        display = Area(cell.middle[0] - 72, cell.y0 + 34, cell.middle[0] + 72, cell.y1 - 6)
        draw_digital_clock(
            canvas,
            random.Random(look),
            display,
            time.text if canvas.style.solution else rng.choice(("–:––", "––:––", "_:__", ":")),
        )
        if meridiem:
            canvas.text(display.x1 + 5, display.y1 - 8, meridiem, size=11)
    return _BASE | {"DigitalClock"} | _label_writing(kind, meridiem)


def _label_writing(kind: str, meridiem: str) -> frozenset[str]:
    if meridiem:
        return label_interval(kind, meridiem) | {"VisualArticulation"}
    shown = frozenset[str]() if kind == "minute" else frozenset(("VisualArticulation",))
    return label_interval(kind) | {"Formalization", "TextualReception"} | shown


_WRITE_DIGITAL = (
    "[How is|What is] this time on a digital clock?",
    "[Set|Fill in] the digital clock.",
    "Write [the|this] time [on|for] the digital clock.",
    "How does the digital clock [show|write] this time?",
    "[Read|Look at] the time in words. [Write it with digits.|Set the display.]",
    "Turn the words into a digital time.",
    "Show the time [in words |]on the [display|digital clock].",
    "Write the [spoken |]time [with|in] digits.",
)


@template
def time_choice(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """One clock and times to choose from, or one time and clocks to choose from."""
    kind = rng.choice(("hour", "half", "minute", "minute"))
    times = choose_times(rng, kind, rng.choice((3, 4)))
    right = rng.randrange(len(times))
    look = rng.random()
    if rng.random() < 0.5:
        instruct(canvas, rng, _CHOOSE_TIME, _TITLES)
        place = reserve(canvas, rng, rng.uniform(110, 160))
        draw_clock(canvas, random.Random(look), place, times[right])
        write_choices(canvas, rng, [time.text for time in times], {right})
    else:
        target = times[right].text if rng.random() < 0.6 else time_words(rng, times[right])
        instruct(canvas, rng, _CHOOSE_CLOCK, _TITLES, time=target)
        for place, time in zip(
            lay_out_choices(canvas, rng, len(times), 110, {right}), times, strict=True
        ):
            draw_clock(canvas, random.Random(look), place, time)
    return _BASE | {"AnalogClock"} | _READING | label_interval(kind)


_CHOOSE_TIME = (
    "Which time does the clock show?",
    "Choose the time [on|shown by] the clock.",
    "What time is it? [Circle|Mark|Choose] the right time.",
    "Read the clock and [tick|pick|choose] the [matching|correct] time.",
    "[Mark|Find] the time that belongs to the clock.",
)
_CHOOSE_CLOCK = (
    "Which clock shows {time}?",
    "[Find|Circle|Mark] the clock that [shows|reads] {time}.",
    "It is {time}. Which clock is right?",
    "Choose the clock for {time}.",
    "Where do you read {time}?",
)


@template
def time_matching(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Clocks in one row, digital times in another, to be joined."""
    kind = rng.choice(("hour", "half", "minute"))
    instruct(canvas, rng, _MATCH, (*_TITLES, "Matching", "Which belong together?"))
    count = rng.choice((3, 4))
    times = choose_times(rng, kind, count)
    order = rng.sample(range(count), count)
    size = (canvas.right - canvas.left) / count
    place = reserve(canvas, rng, size + 90, framed=False)
    clocks = split(Area(place.x0, place.y0, place.x1, place.y0 + size - 12), count)
    displays = split(Area(place.x0, place.y1 - 38, place.x1, place.y1), count)
    look = rng.random()
    for index, box in enumerate(clocks):
        draw_clock(canvas, random.Random(look), box, times[index])
        draw_digital_clock(
            canvas, random.Random(look + 1), displays[index].inset(4, 0), times[order[index]].text
        )
        if canvas.style.solution:
            end = displays[order.index(index)]
            canvas.line(
                (box.middle[0], box.y1 + 4), (end.middle[0], end.y0 - 3), colour=canvas.style.accent
            )
    write_conclusion(canvas, rng, "Each clock is joined to the same time.")
    return _BASE | {"AnalogClock", "DigitalClock"} | _READING | label_interval(kind)


_MATCH = (
    "Match each clock with its [digital |]time.",
    "Join the clocks that show the same time.",
    "Draw a line from each clock to [the same time|its digital time].",
    "Which times belong together?",
    "Connect [every|each] clock to the [display|digital clock] that shows the same.",
)
