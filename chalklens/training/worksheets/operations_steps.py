"""Stories with two steps: solve, write the equation, judge an answer, interpret a remainder.

How it is used: importing it registers the templates. What it leaves out: stories with one step
(`operations_stories`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    paragraph,
    skip,
    write_answer_line,
    write_choices,
    write_equations,
    write_lines,
    write_title,
)
from chalklens.training.worksheets.labels import AREA_OF, WRITTEN, combine
from chalklens.training.worksheets.objects import THINGS
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import NAMES, vary

_PLAIN = ("NumbersWithoutNegatives", "NumbersWithoutZero")


@dataclass(frozen=True, slots=True)
class TwoSteps:
    """Two operations after one another, told as a story without its question."""

    signs: tuple[str, str]
    numbers: tuple[int, int, int]
    middle: int
    result: int
    story: str
    many: str

    @property
    def areas(self) -> frozenset[str]:
        """The operations of both steps."""
        return frozenset(AREA_OF[sign] for sign in self.signs)

    @property
    def largest(self) -> int:
        """The largest number that occurs."""
        return max(*self.numbers, self.middle, self.result)


def calculate(sign: str, a: int, b: int) -> int:
    """The result of an operation on whole numbers."""
    return {"+": a + b, "−": a - b, "×": a * b, "÷": a // b}[sign]


def choose_steps(rng: random.Random, limit: int) -> TwoSteps:
    """A story with two steps whose numbers stay within a limit and above zero."""
    first, second = rng.choice("++−×÷"), rng.choice("++−−×÷")
    for _ in range(200):
        a, b, c = _choose_numbers(rng, first, second, limit)
        middle = calculate(first, a, b)
        if second == "÷" and (c == 0 or middle % c):
            continue
        result = calculate(second, middle, c)
        if min(a, b, c, middle, result) >= 1 and max(a, b, middle, result) <= limit:
            return _tell(rng, (first, second), (a, b, c), middle, result)
    return choose_steps(rng, limit)


def _choose_numbers(
    rng: random.Random, first: str, second: str, limit: int
) -> tuple[int, int, int]:
    small = max(3, min(12, limit // 8))
    b = rng.randint(2, small if first in "×÷" else max(3, limit // 4))
    a = rng.randint(2, max(3, limit // (b if first == "×" else 2)))
    a = a // b * b or b if first == "÷" else a
    c = rng.randint(2, small if second in "×÷" else max(3, limit // 4))
    return a, b, c


def _tell(
    rng: random.Random,
    signs: tuple[str, str],
    numbers: tuple[int, int, int],
    middle: int,
    result: int,
) -> TwoSteps:
    a, b, c = numbers
    thing = rng.choice(THINGS)
    name = rng.choice(NAMES)
    many = thing.plural
    begin = {
        "+": (f"{name} has {a} {many} and gets {b} more.", f"There are {a} {many}. {b} more are added.", f"A box holds {a} {many}. {name} puts in {b} more."),
        "−": (f"{name} has {a} {many} and gives away {b}.", f"There are {a} {many}. {b} of them are taken away.", f"A shelf has {a} {many}, and {b} are removed."),
        "×": (f"There are {a} [bags|boxes|rows] with {b} {many} in each.", f"{name} makes {a} equal groups of {b} {many}."),
        "÷": (f"{a} {many} are shared equally among {b} [boxes|groups]. Look at one of them.", f"{name} shares {a} {many} equally among {b} plates and takes one plate."),
    }  # fmt: skip
    proceed = {
        "+": (f"Then {c} more are added.", f"After that, {c} more come.", f"Later {name} finds {c} more."),
        "−": (f"Then {c} are removed.", f"After that, {c} are given away.", f"Later {c} get lost."),
        "×": (f"{c} children each have that many.", f"Then {c} such sets are put together."),
        "÷": (f"Then they are shared equally among {c} [teams|friends].", f"All of them are put equally into {c} boxes."),
    }  # fmt: skip
    story = vary(rng, rng.choice(begin[signs[0]]) + " " + rng.choice(proceed[signs[1]]))
    return TwoSteps(signs, numbers, middle, result, story, many)


def _ask(rng: random.Random, steps: TwoSteps) -> str:
    if steps.signs[1] == "÷":
        return f"How many {steps.many} does each get?"
    return vary(
        rng, f"How many {steps.many} [are there [now|at the end]|is that [in all|altogether]]?"
    )


_TITLES = (
    "Two-step [story|problem|word problem]",
    "[Story|Word] problems",
    "[Two steps|Multi-step problem]",
    "Problem solving",
)


def _write_story(canvas: Canvas, rng: random.Random, text: str) -> None:
    if rng.random() < 0.45:
        write_title(canvas, rng, vary(rng, rng.choice(_TITLES)))
    paragraph(canvas, vary(rng, text), size=canvas.style.size * rng.uniform(0.95, 1.2))
    skip(canvas, 6)


@template
def operations_story_two_steps(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story with two steps that asks for the result."""
    steps = choose_steps(rng, 100)
    _write_story(canvas, rng, f"{steps.story} {_ask(rng, steps)}")
    a, b, c = steps.numbers
    if rng.random() < 0.5:
        lines = (
            (
                f"Step 1: {a} {steps.signs[0]} {b} = ",
                Blank(str(steps.middle), look=_visible(canvas)),
            ),
            (
                "Step 2: ",
                Blank(str(steps.middle), look=_visible(canvas)),
                f" {steps.signs[1]} {c} = ",
                Blank(str(steps.result)),
            ),
        )
        write_equations(canvas, rng, lines, most=1.15)
    else:
        write_answer_line(canvas, rng, str(steps.result))
    within = steps.largest <= 100 and set(steps.signs) <= {"+", "−"}
    scopes = ("NumbersSmaller100",) if within else ("MultiLevelComposition",)
    return combine(steps.areas, WRITTEN, _PLAIN, "MultiStep", scopes, "TextualReception")


@template
def operations_story_equation(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Write an equation with a letter for a story with two steps."""
    steps = choose_steps(rng, 1000)
    letter = rng.choice("nxabk")
    orders = (
        f"Write an equation with the letter {letter} for the unknown number[| and solve it].",
        f"Let {letter} be the [answer|unknown]. Write [one|an] equation for the story.",
        f"Which equation [fits|represents] the story? Use {letter} for the unknown number.",
        f"Write and solve an equation. Use {letter} for the final number.",
        f"Represent the problem by an equation with {letter}.",
        f"Write the equation for the story[|, then find {letter}].",
        f"Translate the story into an equation with {letter}.",
        f"[Set up|Make] an equation: {letter} stands for the result.",
    )
    story = f"{steps.story} {_ask(rng, steps)}"
    text = (
        f"{story} {rng.choice(orders)}" if rng.random() < 0.6 else f"{rng.choice(orders)} {story}"
    )
    _write_story(canvas, rng, text)
    a, b, c = steps.numbers
    equation = f"({a} {steps.signs[0]} {b}) {steps.signs[1]} {c} = {letter}"
    if canvas.style.solution or rng.random() < 0.3:
        write_equations(
            canvas, rng, ((equation,), (f"{letter} = ", Blank(str(steps.result)))), most=1.1
        )
    else:
        write_answer_line(canvas, rng, equation, ("Equation:", "My equation:"))
        write_answer_line(canvas, rng, str(steps.result), (f"{letter} =",))
    scopes = combine(WRITTEN, _PLAIN, "MultiLevelComposition", "MultiStep", "NumbersSmaller1000000")
    return combine(steps.areas, "Equation", scopes, "Formalization", "TextualReception")


@template
def operations_story_reasonable(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Is the answer that somebody gives to a story reasonable?"""
    steps = choose_steps(rng, rng.choice((100, 1000)))
    off = rng.random() < 0.5
    shown = steps.result + (max(20, steps.result // 2) if off else rng.randint(-2, 2))
    shown = max(1, shown)
    name = rng.choice(NAMES)
    explain = rng.random() < 0.5
    question = (
        "Is [this|the] answer reasonable?[| Use rounding.]",
        "Does [this|the answer] make sense? [Estimate|Round] to check.",
        "Could that be right? Use estimation.",
        "[Check|Judge] with rounded numbers whether this is reasonable.",
    )
    reason = (
        "Is the answer reasonable? Explain [using rounding|with an estimate|how you know].",
        "Do you agree? Use rounding to explain why or why not.",
        "Decide whether the answer is reasonable and explain your thinking.",
        "Estimate, then tell why the answer is reasonable or not.",
    )
    text = f"{steps.story} {name} says [the result is|there are then] {shown}. {rng.choice(reason if explain else question)}"
    _write_story(canvas, rng, text)
    if explain and not canvas.style.solution:
        write_lines(canvas, 2)
    else:
        write_choices(canvas, ("Reasonable", "Not reasonable"), 1 if off else 0)
    if explain:
        labels = (
            "MultiStep",
            "NumbersSmaller1000000",
            "ProcedureUnderstanding",
            "TextualReception",
        )
    else:
        labels = ("NumbersSmaller1000",)
    return combine(steps.areas, "IntegerRounding", labels, "PlausibilityEvaluation")


_REMAINDER = (
    "What does the remainder mean [here|in this story]?",
    "Interpret the remainder[| in the story].",
    "Decide what to do with the remainder.",
    "Use the story to decide about the quotient and the remainder.",
    "Divide. Then think: what happens with the rest?",
    "Does the remainder count? Use the [story|context].",
    "Should you drop the remainder, use it, or round up?",
    "Explain what the remainder means for the answer.",
)


def _tell_remainder(rng: random.Random, divisor: int, quotient: int, rest: int) -> tuple[str, int]:
    """Return a story and the answer that it wants: what fits, what is needed, or what is left."""
    total = divisor * quotient + rest
    many = rng.choice(("markers", "stickers", "eggs", "books", "children", "apples", "photos"))
    return rng.choice(
        (
            (f"{total} {many} are packed {divisor} to a box. How many boxes are full?", quotient),
            (
                f"{total} {many} are packed {divisor} to a box. How many boxes are needed for all of them?",
                quotient + 1,
            ),
            (f"{total} {many} are put into groups of {divisor}. How many are left over?", rest),
            (
                f"{total} {many} go into vans with {divisor} places. How many vans are needed?",
                quotient + 1,
            ),
            (f"{total} {many} are shared equally among {divisor} classes. How many remain?", rest),
            (
                f"{divisor} {many} fit on a page. There are {total}. How many pages are filled completely?",
                quotient,
            ),
        )
    )


@template
def operations_story_remainder(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """What does the remainder mean in the story?"""
    divisor = rng.randint(3, 12)
    quotient, rest = rng.randint(4, 90), rng.randint(1, divisor - 1)
    total = divisor * quotient + rest
    question, answer = _tell_remainder(rng, divisor, quotient, rest)
    introduce(
        canvas,
        rng,
        _REMAINDER,
        titles=("Interpret the remainder", "Remainders", "What about the rest?"),
    )
    paragraph(canvas, question)
    skip(canvas, 6)
    look = _visible(canvas)
    lines = (
        (
            f"{total} ÷ {divisor} = ",
            Blank(str(quotient), look=look),
            " R ",
            Blank(str(rest), look=look),
        ),
    )
    if rng.random() < 0.6:
        write_equations(canvas, rng, lines, most=1.15)
    write_answer_line(canvas, rng, str(answer))
    areas = ("Division", "ImperfectDivisibility", "Modulo")
    return combine(areas, "MultiStep", "ResultInterpretation", "TextualReception")


def _visible(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""
