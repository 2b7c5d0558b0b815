"""Stories: one step, two steps, with an unknown, with an equation to write, with lengths.

How it is used: importing it registers the templates. What it leaves out: stories about money, time
and measures (families of their own) and about fractions (`fractions_stories`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_numbers import draw_things
from chalklens.training.worksheets.flow import (
    Blank,
    paragraph,
    skip,
    write_answer_line,
    write_equation,
    write_title,
)
from chalklens.training.worksheets.labels import AREA_OF, WRITTEN, combine, operation_numbers
from chalklens.training.worksheets.objects import THINGS, Thing
from chalklens.training.worksheets.operations_rows import Exercise, make_exercise
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import NAMES, vary


@dataclass(frozen=True, slots=True)
class Teller:
    """Who and what a story is about."""

    name: str
    other: str
    thing: Thing

    @classmethod
    def choose(cls, rng: random.Random) -> "Teller":
        """Random names and things."""
        name, other = rng.sample(NAMES, 2)
        return cls(name, other, rng.choice(THINGS))


def tell_once(rng: random.Random, exercise: Exercise, teller: Teller) -> str:
    """A story whose question asks for the result of an exercise with two operands."""
    a, b = exercise.operands
    name, other, many = teller.name, teller.other, teller.thing.plural
    first, second = teller.thing.name(a), teller.thing.name(b)
    stories = {
        "+": (
            f"{name} has {first} and gets {b} more. How many {many} does {name} have [now|altogether|in all]?",
            f"There are {first} [on the table|in a box|in the garden]. {b} more [are added|come]. How many are there [now|in all]?",
            f"{name} finds {first}. {other} finds {second}. How many do they [find together|have altogether]?",
            f"A [shop|class|bag|shelf] has {first}. Someone [brings|adds] {b} more. How many {many} are there now?",
            f"{first} are red and {b} are blue. How many {many} are there [in total|altogether]?",
            f"{name} made {first} on Monday and {second} on Tuesday. What is the total?",
        ),
        "−": (
            f"{name} has {first} and gives away {b}. How many {many} are left?",
            f"There are {first}. {b} [are taken away|are removed|get lost]. How many [remain|are left|stay]?",
            f"{name} has {first}. {other} has {second}. How many more does {name} have?",
            f"A [basket|shelf|bag] holds {first}. {name} takes {b} of them. How many are [left|still there]?",
            f"Out of {first}, {b} are blue and the others are green. How many {many} are green?",
            f"{name} had {first} and [used|sold|lost] {b}. What is left?",
        ),
        "×": (
            f"There are {a} [bags|boxes|plates] with {second} in each. How many {many} are there [in all|altogether]?",
            f"{name} makes {a} equal groups of {second}. How many {many} does {name} need?",
            f"[Each of {a} children|{a} friends each] bring{{s}} {second}. How many {many} is that?",
            f"{a} rows of {second} stand on a tray. What is the total number?",
            f"{name} packs {second} into every box. {name} fills {a} boxes. How many {many} are packed?",
            f"One bag holds {second}. How many do {a} bags hold?",
        ),
        "÷": (
            f"{first} are shared equally among {b} [children|friends|boxes]. How many does each get?",
            f"{name} puts {first} into groups of {b}. How many groups [are there|can {name} make]?",
            f"{a} {many} are packed {b} to a bag. How many bags are needed?",
            f"{name} shares {first} between {b} plates [fairly|equally]. How many are on each plate?",
            f"How many groups of {b} can be made from {first}?",
            f"{first} stand in {b} equal rows. How many are in each row?",
        ),
    }  # fmt: skip
    return vary(rng, rng.choice(stories[exercise.sign])).replace("{s}", "")


def tell_unknown(rng: random.Random, exercise: Exercise, teller: Teller) -> str:
    """A story whose question asks for the second operand."""
    a, _ = exercise.operands
    result = exercise.result
    name, many = teller.name, teller.thing.plural
    first = teller.thing.name(a)
    stories = {
        "+": (
            f"{name} has {first} and gets some more. Now there are {result}. How many did {name} get?",
            f"{name} has {first}. How many more does {name} need to have {result}?",
            f"{first} are on the shelf. Some more are added. There are {result} now. How many were added?",
            f"Together, two friends have {result} {many}. One has {a}. How many does the other one have?",
        ),
        "−": (
            f"{name} had {first} and gave some away. {result} are left. How many did {name} give away?",
            f"There were {first}. Some [were taken|were removed|got lost]. Now there are {result}. How many [are gone|were taken]?",
            f"{name} had {first}. After using an unknown number, {result} remain. How many were used?",
            f"A shelf had {first}. Now it has {result}. How many were taken away?",
        ),
        "×": (
            f"There are {a} equal groups of {many}, {result} in all. How many are in each group?",
            f"{name} fills {a} bags with the same number of {many}. {result} are used. How many are in a bag?",
            f"{a} boxes hold {result} {many} altogether. How many does one box hold?",
        ),
        "÷": (
            f"{first} are shared equally. Everyone gets {result}. How many people share them?",
            f"{name} puts {first} into equal groups and makes {result} groups. How many are in each?",
            f"{first} are packed into boxes. {result} boxes are full. How many fit into one box?",
        ),
    }  # fmt: skip
    return vary(rng, rng.choice(stories[exercise.sign]))


_TITLES = (
    "[Story|Word] problem[|s]",
    "Story time",
    "[Read and solve|Think and solve]",
    "Problem solving",
    "Number stories",
)


def _story_exercise(rng: random.Random) -> Exercise:
    sign = rng.choice("++−−×÷")
    limit = rng.choice((10, 20, 20, 100)) if sign in "+−" else 100
    exercise = make_exercise(rng, sign, limit)
    while sign in "×÷" and 1 in exercise.operands:
        exercise = make_exercise(rng, sign, limit)
    return exercise


def _write_story(canvas: Canvas, rng: random.Random, story: str) -> None:
    if rng.random() < 0.45:
        write_title(canvas, rng, vary(rng, rng.choice(_TITLES)))
    paragraph(canvas, story, size=canvas.style.size * rng.uniform(0.95, 1.25))
    skip(canvas, 6)


def _read_labels(exercise: Exercise) -> frozenset[str]:
    """Area, numbers and steps of a story about one operation."""
    # Stories are written for ranges from ten on.
    numbers = operation_numbers(exercise.sign, exercise.operands, exercise.result, least=10)
    numbers -= {"NumbersLarger10", "MultiplesOf10"}
    return combine(AREA_OF[exercise.sign], numbers, "SingleStep", "TextualReception")


@template
def operations_story(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story with one step that asks for the result."""
    exercise, teller = _story_exercise(rng), Teller.choose(rng)
    _write_story(canvas, rng, tell_once(rng, exercise, teller))
    a, b = exercise.operands
    if exercise.sign in "+−" and a + b <= 20 and rng.random() < 0.4:
        _draw_story(canvas, rng, teller.thing, exercise)
    if rng.random() < 0.6:
        write_equation(canvas, rng, (f"{a} {exercise.sign} {b} = ", Blank(str(exercise.result))))
    else:
        write_answer_line(canvas, rng, teller.thing.name(exercise.result))
    return _read_labels(exercise)


@template
def operations_story_unknown(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story with one step that asks for what was added, taken, or in each group."""
    exercise, teller = _story_exercise(rng), Teller.choose(rng)
    _write_story(canvas, rng, tell_unknown(rng, exercise, teller))
    a, b = exercise.operands
    blank = Blank(str(b), look="box" if canvas.style.blank == "gap" else "")
    if rng.random() < 0.65:
        write_equation(canvas, rng, (f"{a} {exercise.sign} ", blank, f" = {exercise.result}"))
    else:
        write_answer_line(canvas, rng, str(b))
    return _read_labels(exercise)


@template
def operations_story_three_addends(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story with three amounts within 20."""
    a, b = rng.randint(1, 9), rng.randint(1, 6)
    c = rng.randint(1, 20 - a - b)
    teller = Teller.choose(rng)
    many = teller.thing.plural
    story = rng.choice(
        (
            f"There are {a} red {many}, {b} green {many} and {c} yellow {many}. How many [are there altogether|in all]?",
            f"{teller.name} has {a} {many}, finds {b} more and gets {c} from {teller.other}. How many {many} now?",
            f"Three bags hold {a}, {b} and {c} {many}. How many {many} are in the bags [together|in all]?",
            f"On Monday {a}, on Tuesday {b} and on Friday {c} {many} were sold. What is the total?",
            f"{a} {many} are big, {b} are small and {c} are tiny. Find the number of all {many}.",
        )
    )
    _write_story(canvas, rng, vary(rng, story))
    if rng.random() < 0.6:
        write_equation(canvas, rng, (f"{a} + {b} + {c} = ", Blank(str(a + b + c))))
    else:
        write_answer_line(canvas, rng, str(a + b + c))
    scopes = combine(WRITTEN, "NumbersSmaller20", "NumbersWithoutNegatives", "ThreeOperands")
    return combine("Addition", scopes, "TextualReception")


@template
def operations_story_length(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story about lengths within 100 with one step."""
    exercise = make_exercise(rng, rng.choice("+−"), 100)
    a, b = exercise.operands
    unit, word = rng.choice((("cm", "centimeters"), ("m", "meters"), ("ft", "feet")))
    name = rng.choice(NAMES)
    stories = {
        "+": (
            f"One ribbon is {a} {unit} long, another one {b} {unit}. How long are they [together|altogether]?",
            f"{name} glues a strip of {a} {unit} to a strip of {b} {unit}. How many {word} long is the new strip?",
            f"A plant is {a} {unit} tall and grows {b} {unit} more. How tall is it now?",
        ),
        "−": (
            f"A [rope|ribbon|string] is {a} {unit} long. {name} cuts off {b} {unit}. How long is [it now|the rest]?",
            f"A path is {a} {unit} long. {name} has walked {b} {unit}. How many {word} are left?",
            f"A board of {a} {unit} is shortened by {b} {unit}. What is its length now?",
        ),
    }
    _write_story(canvas, rng, vary(rng, rng.choice(stories[exercise.sign])))
    if rng.random() < 0.6:
        write_equation(
            canvas,
            rng,
            (f"{a} {unit} {exercise.sign} {b} {unit} = ", Blank(f"{exercise.result} {unit}")),
        )
    else:
        write_answer_line(canvas, rng, f"{exercise.result} {unit}")
    scopes = ("LengthMeasurement", "NumbersSmaller100", "SingleStep")
    return combine(AREA_OF[exercise.sign], scopes, "TextualReception")


def _draw_story(canvas: Canvas, rng: random.Random, thing: Thing, exercise: Exercise) -> None:
    a, b = exercise.operands
    box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 80)
    if exercise.sign == "−":
        draw_things(canvas, rng, thing, a, box, "BoxArrangement", crossed=b)
    else:
        middle = box.x0 + box.width * a / (a + b)
        draw_things(
            canvas, rng, thing, a, Area(box.x0, box.y0, middle - 10, box.y1), "BoxArrangement"
        )
        right = Area(middle + 10, box.y0, box.x1, box.y1)
        draw_things(canvas, rng, thing, b, right, "BoxArrangement", colour=canvas.style.palette[1])
    canvas.y = box.y1 + 10
