"""Worksheets about measured angles: adding and subtracting them, turns, sketching, the protractor.

How it is used: importing it registers its templates. Labels, as the corpus gives them: adjacent
angles are an AngleCalculation by Addition or, for a missing part, Subtraction and ProcedureInversion;
explaining the sum is ProcedureUnderstanding; turns and parts of a circle are an Interpretation.

What it leaves out: kinds of angles (`geometry_primitives`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_lines import (
    Angle,
    aim,
    draw_angle,
    draw_arc,
    draw_protractor,
)
from chalklens.training.worksheets.flow import Blank, Fraction, write_lines
from chalklens.training.worksheets.panels import reserve, write_answer, write_conclusion, write_hint
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template

_ADJACENT = frozenset(("AdjacentAngles", "AngleCalculation", "AngleMeasurement", "DegreeScale"))
_TITLES = (
    "Angles",
    "Angle measures",
    "Adding angles",
    "Measuring angles",
    "Degrees",
    "Adjacent angles",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two adjacent angles AOB and BOC in degrees."""

    first: int
    second: int

    @property
    def whole(self) -> int:
        """Angle AOC."""
        return self.first + self.second


def choose_pair(rng: random.Random) -> Pair:
    """Two angles in steps of five degrees, together below a straight angle."""
    first, second = rng.randrange(25, 91, 5), rng.randrange(25, 86, 5)
    return Pair(first, min(second, 170 - first))


def _draw_pair(canvas: Canvas, rng: random.Random, pair: Pair, hidden: str) -> None:
    """Three rays from O with arcs; the arc named by `hidden` (AOB, BOC or AOC) has a question mark."""
    place = reserve(canvas, rng, rng.uniform(150, 190), rng.uniform(240, 360))
    length = min(place.height - 34, place.width / 2 - 20)
    origin = (place.middle[0] - (length * 0.35 if pair.whole < 90 else 0), place.y1 - 14)
    for degrees, letter in ((0, "A"), (pair.first, "B"), (pair.whole, "C")):
        canvas.arrow(origin, aim(origin, degrees, length), head=8)
        canvas.text(
            *aim(origin, degrees, length + 9), letter, size=canvas.style.size * 0.8, anchor="m"
        )
    canvas.text(origin[0], origin[1] + 10, "O", size=canvas.style.size * 0.8, anchor="m")
    spans = {"AOB": (0, pair.first), "BOC": (pair.first, pair.whole), "AOC": (0, pair.whole)}
    radii = {"AOB": 0.34, "BOC": 0.4, "AOC": 0.68}
    for index, (name, span) in enumerate(spans.items()):
        text = f"{span[1] - span[0]}°" if name != hidden or canvas.style.solution else "?°"
        draw_arc(canvas, origin, span, length * radii[name], text, canvas.style.palette[index])
    canvas.figure("angle", place)


@template
def angle_sum(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two adjacent angles are known; the whole is asked for."""
    pair = choose_pair(rng)
    instruct(canvas, rng, _SUM, _TITLES)
    _draw_pair(canvas, rng, pair, "AOC")
    if rng.random() < 0.6:
        write_answer(
            canvas,
            rng,
            (f"{pair.first}° + {pair.second}° = ", Blank(str(pair.whole), digits=3), "°"),
        )
    else:
        write_answer(
            canvas,
            rng,
            (
                rng.choice(("Angle AOC = ", "Angle AOC: ", "m(AOC) = ")),
                Blank(str(pair.whole), digits=3),
                "°",
            ),
        )
    write_conclusion(canvas, rng, f"{pair.first}° and {pair.second}° give {pair.whole}° together.")
    return _ADJACENT | {"Addition", "ProcedureExecution"}


_SUM = (
    "[Give|Find] the measure of [angle AOC|the whole angle].",
    "How [large|big|many degrees] is angle AOC?",
    "[Work out|Calculate] the [whole angle|measure of angle] AOC.",
    "Angles AOB and BOC are adjacent. [What is the measure of AOC?|Find angle AOC.]",
    "Add the [two |]angles. How many degrees has AOC?",
    "What do the two [adjacent |]angles measure together?",
    "[Find|Calculate] the size of the [large|whole] angle.",
    "How many degrees are there from ray OA to ray OC?",
)


@template
def angle_missing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """The whole and one part are known; the other part is asked for."""
    pair, hidden = choose_pair(rng), rng.choice(("AOB", "BOC"))
    known, missing = (pair.second, pair.first) if hidden == "AOB" else (pair.first, pair.second)
    instruct(canvas, rng, _MISSING, (*_TITLES, "Unknown angles", "Missing angles"), angle=hidden)
    _draw_pair(canvas, rng, pair, hidden)
    write_answer(canvas, rng, (f"{pair.whole}° − {known}° = ", Blank(str(missing), digits=3), "°"))
    if rng.random() < 0.4:
        write_answer(
            canvas, rng, (f"{known}° + ", Blank(str(missing), digits=3), f"° = {pair.whole}°")
        )
    write_conclusion(canvas, rng, f"{pair.whole}° less {known}° leaves {missing}°.")
    return _ADJACENT | {"Subtraction", "ProcedureInversion"}


_MISSING = (
    "[Give|Find] the measure of {angle}.",
    "How [large|big|many degrees] is angle {angle}?",
    "[Work out|Calculate|Find] the [unknown|missing] angle {angle}.",
    "The whole angle and one part are known. [Find|Give] the measure of {angle}.",
    "Which angle is missing? [Find its measure.|How many degrees?]",
    "[Find|Calculate] the [missing|unknown] part of angle AOC.",
    "What must angle {angle} measure?",
)


@template
def angle_sum_explaining(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two adjacent angles and the whole; why the measures add is to be explained."""
    pair = choose_pair(rng)
    instruct(canvas, rng, _EXPLAIN, _TITLES)
    _draw_pair(canvas, rng, pair, "")
    if canvas.style.solution:
        write_conclusion(
            canvas,
            rng,
            f"{pair.first}° + {pair.second}° = {pair.whole}°.",
            "The parts lie side by side at ray OB without overlapping; that is why their measures are added.",
        )
    else:
        write_lines(canvas, rng.choice((2, 3)))
    return _ADJACENT | {"Addition", "ProcedureUnderstanding"}


_EXPLAIN = (
    "[Look at the diagram.|] Explain how the adjacent angles AOB and BOC build up angle AOC.",
    "Why is angle AOC the sum of angles AOB and BOC? [Explain.|Use the drawing.]",
    "[Explain|Tell] why you can add the measures of the [two|adjacent] angles.",
    "[Explain|Describe] how the parts AOB and BOC make the whole angle AOC.",
    "How do you know that angle AOC measures as much as AOB and BOC together?",
    "The parts make the whole. Use this as evidence: why do the angle measures add?",
)


@template
def angle_turns(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A number of one-degree turns; their angle is asked for."""
    count = rng.randint(4, 60)
    instruct(canvas, rng, _TURNS, (*_TITLES, "One-degree turns"), count=count)
    place = reserve(canvas, rng, 120, rng.uniform(220, 320))
    length = place.height - 20
    origin = (place.middle[0] - length * 0.4, place.y1 - 10)
    steps = min(count, 12)
    for step in range(steps + 1):
        thin = 0 < step < steps
        canvas.line(
            origin,
            aim(origin, count * step / steps, length),
            colour=soften(canvas.style.ink, 0.6) if thin else None,
        )
    draw_arc(canvas, origin, (0, count), length * 0.5, f"{count} × 1°")
    canvas.figure("angle", place)
    write_answer(canvas, rng, (f"{count} × 1° = ", Blank(str(count)), "°"))
    write_conclusion(canvas, rng, f"{count} turns of 1° make {count}°.")
    return frozenset(
        (
            "AngleConcept",
            "AngleMeasurement",
            "Interpretation",
            "AngleCalculation",
            "DegreeScale",
            "Iteration",
        )
    )


_TURNS = (
    "[What angle do|How many degrees do] {count} one-degree turns give?",
    "An angle turns through {count} one-degree [angles|turns]. [What is its measure?|How large is it?]",
    "{count} turns of one degree [make|give] an angle of how many degrees?",
    "What is the measure of an angle made of {count} one-degree [parts|angles|turns]?",
    "[Find|Tell] the measure of {count} one-degree turns [put together|].",
    "Each small turn is one degree. How many degrees are {count} of them?",
)


@template
def angle_of_arc(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A highlighted part of a full circle; the measure of its angle is asked for."""
    parts = rng.choice((2, 3, 4, 5, 6, 8, 10, 12))
    degrees = 360 // parts
    instruct(canvas, rng, _ARC, (*_TITLES, "Turns", "Parts of a turn"))
    place = reserve(canvas, rng, rng.uniform(130, 170), rng.uniform(180, 300))
    (x, y), radius = place.middle, min(place.width, place.height) / 2 - 14
    canvas.ellipse(Area(x - radius, y - radius, x + radius, y + radius))
    draw_arc(canvas, (x, y), (0, degrees), radius, colour=canvas.style.accent)
    for turn, letter in ((0, "A"), (degrees, "B")):
        canvas.arrow((x, y), aim((x, y), turn, radius), head=7)
        canvas.text(
            *aim((x, y), turn, radius + 9), letter, size=canvas.style.size * 0.75, anchor="m"
        )
    canvas.text(x - 8, y + 9, "O", size=canvas.style.size * 0.75, anchor="m")
    canvas.figure("angle", place)
    share = Fraction("1", str(parts)) if rng.random() < 0.5 else f"1/{parts}"
    write_answer(canvas, rng, (share, " of a full turn = ", Blank(str(degrees), digits=3), "°"))
    write_conclusion(canvas, rng, f"360° ÷ {parts} = {degrees}°")
    return frozenset(
        (
            "AngleConcept",
            "AngleMeasurement",
            "Interpretation",
            "ArchConcept",
            "Circle",
            "FractionInterpretation",
            "RayConcept",
        )
    )


_ARC = (
    "How many degrees does the marked angle have?",
    "[How many degrees|How large] is the [highlighted|marked] angle?",
    "Both rays begin at O. [What is the measure of the angle?|How many degrees lie between them?]",
    "The [arc|marked arc] is a part of [a full turn|the circle]. How many degrees is that?",
    "[Find|Give] the measure of the angle [that the arc shows|at the center].",
    "A full turn has 360°. What does the highlighted part measure?",
)


@template
def angle_one_degree(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A full turn cut into equal small turns; the measure of one is derived."""
    instruct(canvas, rng, _ONE_DEGREE, (*_TITLES, "One degree"))
    place = reserve(canvas, rng, rng.uniform(120, 150), rng.uniform(200, 320))
    (x, y), radius = place.middle, min(place.width, place.height) / 2 - 6
    canvas.ellipse(Area(x - radius, y - radius, x + radius, y + radius))
    for step in range(0, 360, 10):
        canvas.line(aim((x, y), step, radius * 0.93), aim((x, y), step, radius), stroke=0.8)
    canvas.slice(
        Area(x - radius, y - radius, x + radius, y + radius), -3, 0, fill=canvas.style.accent
    )
    canvas.figure("circle", place)
    write_hint(canvas, rng, "1 of 360 equal turns", "one full turn", "360 equal parts")
    write_answer(canvas, rng, ("1/360 of a full turn = ", Blank("1"), "°"))
    return frozenset(
        (
            "AngleConcept",
            "AngleMeasurement",
            "Circle",
            "ConceptDerivation",
            "DegreeScale",
            "FractionInterpretation",
            "UnitFractions",
        )
    )


_ONE_DEGREE = (
    "Think of a circle cut into 360 equal turns. What does one of them measure?",
    "[Cut|Divide|Split] a full turn into 360 equal parts. How [large|big] is one [part|of them]?",
    "What is 1/360 of a full turn called?",
    "How many degrees does one of 360 equal turns [have|measure]?",
    "A full turn is made of 360 equal small turns. [Find|Give] the measure of one.",
)


@template
def angle_sketching(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A first ray and a measure; the angle is to be drawn."""
    degrees = rng.randrange(20, 171, 5)
    instruct(canvas, rng, _SKETCH, (*_TITLES, "Draw angles", "Sketching angles"), degrees=degrees)
    place = reserve(canvas, rng, rng.uniform(130, 170), rng.uniform(220, 360), framed=True)
    solved = canvas.style.solution
    draw_angle(canvas, Angle(degrees, second=solved), place, arc=f"{degrees}°" if solved else "")
    write_hint(
        canvas, rng, f"angle AOB = {degrees}°", "Begin at O.", "The second ray goes through B."
    )
    return frozenset(
        (
            "AngleConcept",
            "AngleMeasurement",
            "ConceptSpecification",
            "DegreeScale",
            "VisualArticulation",
        )
    )


_SKETCH = (
    "[Sketch|Draw] a {degrees}° angle that starts at ray OA.",
    "[Complete|Draw] an angle of {degrees}° at O.",
    "[Draw|Sketch] ray OB so that angle AOB measures {degrees}°.",
    "Start at ray OA. [Draw|Make] an angle of {degrees} degrees.",
    "[Add|Draw] the second ray: the angle is to measure {degrees}°.",
    "Angle AOB has {degrees}°. [Draw it.|Complete the drawing.]",
    "Use ray OA to [make|sketch] an angle of {degrees}°.",
)


@template
def angle_protractor(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """An angle under a protractor; its measure is to be read off."""
    degrees, outer = rng.randint(15, 165), rng.random() < 0.5
    instruct(canvas, rng, _PROTRACTOR, (*_TITLES, "Protractor", "Using a protractor"))
    place = reserve(canvas, rng, rng.uniform(170, 220), rng.uniform(320, 440))
    origin, radius = draw_protractor(canvas, place, colour=rng.choice(canvas.style.palette))
    start = 180 if outer else 0
    for turn, letter in ((start, "A"), (180 - degrees if outer else degrees, "B")):
        canvas.arrow(origin, aim(origin, turn, radius * 1.02), colour=canvas.style.ink, head=9)
        canvas.text(
            *aim(origin, turn, radius + 9), letter, size=canvas.style.size * 0.8, anchor="m"
        )
    canvas.text(origin[0], origin[1] + 9, "O", size=canvas.style.size * 0.8, anchor="m")
    write_hint(
        canvas,
        rng,
        "0° is at A: use the outer scale" if outer else "0° is at A: use the inner scale",
        "Begin at ray OA.",
    )
    write_answer(
        canvas,
        rng,
        (rng.choice(("Angle AOB = ", "AOB = ", "Angle AOB: ")), Blank(str(degrees), digits=3), "°"),
    )
    return frozenset(("AngleCalculation", "DegreeScale", "ProcedureExecution", "Protractor"))


_PROTRACTOR = (
    "What does the protractor say about angle AOB?",
    "[Read|Look at] the protractor. [How many degrees has angle AOB?|What does angle AOB measure?]",
    "[Measure|Find the measure of] angle AOB [with the protractor|].",
    "How [large|big] is angle AOB? [Read the protractor.|]",
    "[Read off|Write] the measure of the angle.",
    "What angle does the protractor show?",
    "[Find|Tell] the number of degrees between the two rays.",
)
