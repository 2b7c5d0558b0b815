"""Operations with fractions: join and separate like parts, copies of a fraction, split, stories.

How it is used: importing it registers the templates. What it leaves out: comparing and equivalence
(`fractions_models`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_fractions import (
    draw_amount,
    mixed_number,
    write_amount,
)
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    introduce,
    paragraph,
    skip,
    write_answer_line,
    write_equation,
    write_equations,
    write_expression,
)
from chalklens.training.worksheets.labels import AREA_OF, combine
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import NAMES, vary

_DENOMINATORS = (2, 3, 4, 5, 6, 8, 10)
_FRACTIONS = ("FractionArithmetic", "FractionNotation")
_COPIES = (
    "Equation",
    "FractionArithmetic",
    "FractionNotation",
    "IteratedOperation",
    "Multiplication",
)


@dataclass(frozen=True, slots=True)
class FractionExercise:
    """A sum or difference of fractions with one denominator."""

    sign: str
    first: int
    second: int
    below: int

    @property
    def result(self) -> int:
        """Numerator of the result."""
        return self.first + self.second if self.sign == "+" else self.first - self.second


def choose_like(rng: random.Random, *, mixed: bool = False) -> FractionExercise:
    """An exercise with like denominators, within one whole or with mixed numbers."""
    below = rng.choice(_DENOMINATORS)
    if mixed:
        first, second = rng.randint(below + 1, 3 * below - 1), rng.randint(below + 1, 2 * below - 1)
        sign = rng.choice("+−")
        first, second = max(first, second) + 1, min(first, second)
        return FractionExercise(sign, first, second, below)
    if rng.random() < 0.5:
        first = rng.randint(1, below - 1)
        return FractionExercise("+", first, rng.randint(1, below - first), below)
    first = rng.randint(2, below)
    return FractionExercise("−", first, rng.randint(1, first - 1), below)


def _look(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""


def _draw_operands(
    canvas: Canvas, exercise: FractionExercise, names: tuple[str, str] = ("A", "B")
) -> None:
    for index, (top, letter) in enumerate(
        zip((exercise.first, exercise.second), names, strict=True)
    ):
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 30)
        draw_amount(
            canvas, box, exercise.below, top, colour=canvas.style.palette[index], letter=letter
        )
        canvas.y = box.y1 + 8
    skip(canvas, 4)


def _equation(rng: random.Random, canvas: Canvas, exercise: FractionExercise) -> tuple[Part, ...]:
    result = write_amount(
        canvas, Blank(str(exercise.result), look=_look(canvas), digits=1), exercise.below
    )
    first, second = (
        write_amount(canvas, top, exercise.below) for top in (exercise.first, exercise.second)
    )
    return (first, f" {exercise.sign} ", second, " = ", result)


@template
def fractions_add_subtract(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Read a model as joining or separating, or calculate with it."""
    exercise = choose_like(rng)
    a, b = f"{exercise.first}/{exercise.below}", f"{exercise.second}/{exercise.below}"
    adding = exercise.sign == "+"
    problem = f"{a} {exercise.sign} {b}"
    read = rng.random() < 0.5
    interpret = (
        f"[Read|Interpret] the model as {'joining' if adding else 'separating'} parts of the same whole.",
        f"What does the model say about {a} and {b}? Complete the equation.",
        f"The parts are {'put together' if adding else 'taken apart'}. Which equation does the model show?",
        "Interpret the picture: are parts joined or separated?",
        "What operation does the model show? Complete the equation.",
        f"Explain what {problem} means in the model.",
    )
    compute = (
        f"{'Add' if adding else 'Subtract'}: {problem}.",
        f"[Find|Work out|Calculate] {problem}.",
        f"{'Add' if adding else 'Subtract'} the fractions[| with like denominators].",
        f"Use the bars to find {problem}.",
        f"What is {problem}?",
        f"[Solve|Complete]: {problem}.",
    )
    titles = (f"{AREA_OF[exercise.sign]} of fractions", "Like denominators", "Fraction operations")
    introduce(canvas, rng, interpret if read else compute, titles=titles)
    if read or rng.random() < 0.6:
        _draw_operands(canvas, exercise)
    write_equation(canvas, rng, _equation(rng, canvas, exercise), least=1.1)
    scopes = ("CommonDenominator", "FractionNumbers", "SingleFrameOfReference")
    ability = "Interpretation" if read else "ProcedureExecution"
    return combine(AREA_OF[exercise.sign], _FRACTIONS, scopes, ability)


@template
def fractions_mixed(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Add or subtract mixed numbers with one denominator, sometimes as a story."""
    exercise = choose_like(rng, mixed=True)
    adding = exercise.sign == "+"
    introduce(
        canvas,
        rng,
        (
            f"{'Add' if adding else 'Subtract'} the mixed numbers.",
            f"[Find|Work out] the {'sum' if adding else 'difference'} of the mixed numbers.",
            "Calculate with the mixed numbers.",
            "[Compute|Solve|Calculate].",
            f"{'Join' if adding else 'Separate'} the amounts and write the result.",
            f"{'Add' if adding else 'Subtract'}. You may write the mixed numbers as fractions first.",
            "How many [miles|kilometers|cups] is that? [Calculate|Work it out].",
            f"{'Add' if adding else 'Subtract'} wholes and parts.",
        ),
        titles=("Mixed numbers", f"{'Adding' if adding else 'Subtracting'} mixed numbers"),
    )
    if rng.random() < 0.5:
        _draw_operands(canvas, exercise)
    first = mixed_number(exercise.first, exercise.below)
    second = mixed_number(exercise.second, exercise.below)
    whole, rest = divmod(exercise.result, exercise.below)
    answer = " ".join(
        part
        for part in (str(whole) if whole else "", f"{rest}/{exercise.below}" if rest else "")
        if part
    )
    blank = Blank(answer or "0", look=_look(canvas), digits=5)
    write_equation(canvas, rng, (*first, f" {exercise.sign} ", *second, " = ", blank))
    scopes = ("CommonDenominator", "MixedNumbers", "SingleFrameOfReference")
    return combine(AREA_OF[exercise.sign], _FRACTIONS, scopes, "ProcedureExecution")


@template
def fractions_story(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A story with fractions of one whole."""
    exercise = choose_like(rng)
    a, b = f"{exercise.first}/{exercise.below}", f"{exercise.second}/{exercise.below}"
    name, other = rng.sample(NAMES, 2)
    stories = {
        "+": (
            f"{name} eats {a} of a [pizza|cake|pie] and {other} eats {b} of it. What fraction do they eat together?",
            f"{a} of a [wall|poster|flag] is painted blue and {b} is painted red. What fraction is painted?",
            f"{name} reads {a} of a book on Monday and {b} on Tuesday. What part of the book is that?",
            f"A jug is filled with {a} of a liter of juice and {b} of a liter of water. How much is in it?",
        ),
        "−": (
            f"There is {a} of a [cake|pizza] left. {name} eats {b} of the cake. What fraction [remains|is left]?",
            f"{a} of a poster was coloured. Then {b} is erased. What fraction is still coloured?",
            f"A bottle holds {a} of a liter. {name} drinks {b} of a liter. How much is left?",
            f"{name} walks {a} of a mile, {other} {b} of a mile. How much farther does {name} walk?",
        ),
    }
    introduce(
        canvas,
        rng,
        (vary(rng, rng.choice(stories[exercise.sign])),),
        titles=("Fraction stories", "Word problem[|s]", "Fractions in stories"),
    )
    if rng.random() < 0.4:
        _draw_operands(canvas, exercise)
    if rng.random() < 0.7:
        write_equation(canvas, rng, _equation(rng, canvas, exercise))
    else:
        write_answer_line(canvas, rng, f"{exercise.result}/{exercise.below}")
    scopes = ("CommonDenominator", "FractionNumbers", "SingleFrameOfReference")
    return combine(
        AREA_OF[exercise.sign],
        "Equation",
        _FRACTIONS,
        scopes,
        "ProcedureExecution",
        "TextualReception",
    )


def _fraction_size(top: int, below: int) -> str:
    return "ProperFractions" if top < below else "ImproperFractions"


def _draw_copies(canvas: Canvas, copies: int, top: int, below: int) -> None:
    for copy in range(copies):
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 24)
        draw_amount(canvas, box, below, top, letter="ABCDE"[copy])
        canvas.y = box.y1 + 7
    skip(canvas, 4)


@template
def fractions_copies(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A whole number times a fraction: with unit fractions, or as a story."""
    below = rng.choice((3, 4, 5, 6, 8))
    top, copies = rng.randint(2, below), rng.randint(2, 4)
    problem = f"{copies} × {top}/{below}"
    story = rng.random() < 0.45
    thing = rng.choice(("cup of flour", "liter of paint", "meter of ribbon", "mile"))
    asked = (
        f"Each of {copies} [bags|bowls|children] gets {top}/{below} of a {thing}. How much is that altogether?",
        f"A recipe needs {top}/{below} of a {thing}. How much do {copies} recipes need?",
        f"{rng.choice(NAMES)} uses {top}/{below} of a {thing} every day. How much in {copies} days?",
        f"One part takes {top}/{below} of a {thing}. How much do {copies} parts take?",
    )
    units = (
        f"Use unit fractions to [find|calculate] {problem}.",
        f"How many parts of size 1/{below} are in {problem}?",
        f"Why is {problem} the same as {copies * top} × 1/{below}?",
        f"Show {problem} as copies of 1/{below}.",
        f"Think of equal copies: [what is|find] {problem}.",
        f"Explain {problem} with the model[| and find the product].",
        f"Break {top}/{below} into unit fractions to multiply by {copies}.",
        f"How does the model show {problem}?",
    )
    introduce(
        canvas,
        rng,
        asked if story else units,
        titles=("Multiply a fraction", "Copies of a fraction", "Fraction multiplication"),
    )
    if not story or rng.random() < 0.4:
        _draw_copies(canvas, copies, top, below)
    product = write_amount(canvas, Blank(str(copies * top), look=_look(canvas), digits=1), below)
    write_equation(canvas, rng, (f"{copies} × ", write_amount(canvas, top, below), " = ", product))
    size = _fraction_size(top * copies, below)
    abilities = ("ProcedureExecution", "TextualReception") if story else ("ProcedureUnderstanding",)
    return combine(_COPIES, size, "IntegerNumbers", "SingleFrameOfReference", abilities)


@template
def fractions_unit_copies(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A fraction as copies of a unit fraction."""
    below = rng.choice((2, 3, 4, 5, 6, 8))
    top = rng.randint(2, below + 2)
    introduce(
        canvas,
        rng,
        (
            f"How many copies of 1/{below} [make|are in] {top}/{below}?",
            f"Write {top}/{below} as a multiple of 1/{below}.",
            f"Complete: {top}/{below} = ? × 1/{below}.",
            f"[Interpret|Read] {top}/{below} as copies of a unit fraction.",
            f"How many unit fractions 1/{below} do you need for {top}/{below}?",
            f"What do you multiply 1/{below} by to get {top}/{below}?",
            "Count the shaded parts. How many unit fractions are they?",
            f"The model shows {top}/{below}. How many times is 1/{below} used?",
        ),
        titles=("Unit fractions", "Copies of a unit fraction", "Build fractions"),
    )
    box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 34)
    draw_amount(canvas, box, below, top)
    canvas.y = box.y1 + 10
    blank = Blank(str(top), look=_look(canvas), digits=1)
    write_equation(
        canvas,
        rng,
        (write_amount(canvas, top, below), " = ", blank, " × ", write_amount(canvas, 1, below)),
    )
    return combine(
        _COPIES, "IntegerNumbers", "SingleFrameOfReference", "UnitFractions", "Interpretation"
    )


@template
def fractions_split(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Split a fraction into a sum in two ways."""
    below = rng.choice((3, 4, 5, 6, 8))
    top = (
        rng.randint(3, below - 1)
        if below > 3 and rng.random() < 0.5
        else rng.randint(below + 1, 2 * below - 1)
    )
    mixed = top > below
    introduce(
        canvas,
        rng,
        (
            f"[Decompose|Split|Break apart] {top}/{below} in two different ways.",
            f"Write {top}/{below} as a sum in two ways.",
            "Find two ways to [split|decompose] the fraction.",
            f"Which fractions with the denominator {below} add up to {top}/{below}? Find two sums.",
            "Break the fraction into smaller parts. Write two equations.",
            "Show the fraction as a sum of fractions in two ways. Use the model.",
            f"Take {top}/{below} apart. Do it in two ways and write the equations.",
            "Write two different additions for the [fraction|shaded amount].",
        ),
        titles=("Decompose fractions", "Break apart fractions", "Sums of fractions"),
    )
    box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 32)
    draw_amount(canvas, box, below, top)
    canvas.y = box.y1 + 8
    if mixed and rng.random() < 0.6:
        y = canvas.y + canvas.style.size * 1.3
        parts = (write_amount(canvas, top, below), " = ", *mixed_number(top, below))
        write_expression(canvas, canvas.left, y, parts)
        canvas.y = y + canvas.style.size * 1.4
    look = _look(canvas) or "line"
    lines: list[tuple[Part, ...]] = []
    for piece in rng.sample(range(1, top), 2):
        pieces = (
            Blank(f"{piece}/{below}", look=look, digits=4),
            " + ",
            Blank(f"{top - piece}/{below}", look=look, digits=4),
        )
        lines.append((write_amount(canvas, top, below), " = ", *pieces))
    write_equations(canvas, rng, lines)
    scopes = ("ImproperFractions", "MixedNumbers") if mixed else ("ProperFractions",)
    areas = ("Addition", "Equation", *_FRACTIONS)
    return combine(
        areas,
        "CommonDenominator",
        "SingleFrameOfReference",
        scopes,
        "Formalization",
        "ProcedureUnderstanding",
    )


@template
def fractions_compute_rows(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Several sums or differences with like denominators, without a picture."""
    exercises = [choose_like(rng) for _ in range(rng.randint(2, 5))]
    signs = {exercise.sign for exercise in exercises}
    paragraph(
        canvas,
        vary(
            rng,
            rng.choice(
                (
                    "[Calculate|Compute|Work out] each one.",
                    "[Add or subtract|Solve].",
                    "Find each result.",
                )
            ),
        ),
    )
    write_equations(
        canvas, rng, [_equation(rng, canvas, exercise) for exercise in exercises], most=1.1
    )
    scopes = {"CommonDenominator", "FractionNumbers", "SingleFrameOfReference"}
    return combine((AREA_OF[sign] for sign in signs), _FRACTIONS, scopes, "ProcedureExecution")
