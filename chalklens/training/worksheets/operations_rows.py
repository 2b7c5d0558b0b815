"""Exercises in rows and columns: sums, differences, products, quotients, missing operands.

How it is used: importing it registers the templates. What it leaves out: pictures
(`operations_models`) and stories (`operations_stories`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    introduce,
    lay_out,
    measure_expression,
    write_blank,
    write_expression,
)
from chalklens.training.worksheets.labels import combine, merge_items, operation_labels
from chalklens.training.worksheets.templates import template

_NOUNS = {"+": "sum", "−": "difference", "×": "product", "÷": "quotient"}
_VERBS = {"+": "add", "−": "subtract", "×": "multiply", "÷": "divide"}
_TITLES = {"+": "addition", "−": "subtraction", "×": "multiplication", "÷": "division"}


@dataclass(frozen=True, slots=True)
class Exercise:
    """An operation with its operands and result."""

    sign: str
    operands: tuple[int, ...]
    result: int

    @property
    def labels(self) -> frozenset[str]:
        """Area and numbers."""
        return operation_labels(self.sign, self.operands, self.result)


def make_exercise(
    rng: random.Random, sign: str, limit: int, *, zero: bool = False, tens: bool = False
) -> Exercise:
    """An exercise whose numbers stay within a limit; `zero` puts a zero in, `tens` takes tens."""
    if tens:
        return _make_tens(rng, sign)
    low = 0 if zero else 1
    if sign == "+":
        result = rng.randint(max(2, limit // 6), limit)
        first = rng.choice((0, result)) if zero else rng.randint(low, result - low)
        return Exercise("+", (first, result - first), result)
    if sign == "−":
        whole = rng.randint(max(2, limit // 6), limit)
        part = rng.choice((0, whole)) if zero else rng.randint(low, whole - low)
        return Exercise("−", (whole, part), whole - part)
    second = rng.randint(1, max(2, min(12, limit // 3)))
    first = rng.randint(1, max(1, limit // second))
    if sign == "×":
        first, second = rng.choice(((first, second), (second, first)))
        return Exercise("×", (first, second), first * second)
    return Exercise("÷", (first * second, second), first)


def _make_tens(rng: random.Random, sign: str) -> Exercise:
    if sign == "×":
        factors = [rng.randint(2, 9), 10 * rng.randint(2, 9)]
        rng.shuffle(factors)
        return Exercise("×", (factors[0], factors[1]), factors[0] * factors[1])
    whole = rng.randint(3, 10) * 10
    part = 10 * rng.randint(1, whole // 10 - 1)
    if sign == "−":
        return Exercise("−", (whole, part), whole - part)
    return Exercise("+", (part, whole - part), whole)


def make_long_sum(rng: random.Random, count: int) -> Exercise:
    """A sum of three or four two-digit numbers within 100."""
    operands = [10] * count
    for _ in range(rng.randint(3, 100 - 10 * count)):
        operands[rng.randrange(count)] += 1
    return Exercise("+", tuple(operands), sum(operands))


def choose_exercises(rng: random.Random, count: int) -> list[Exercise]:
    """Exercises of one kind: one operation, one range; zeros, tens or long sums now and then."""
    sign = rng.choice("++−−×÷")
    kind = rng.random()
    if sign == "+" and kind < 0.3:
        operands = rng.choice((3, 4))
        return [make_long_sum(rng, operands) for _ in range(count)]
    if kind > 0.85 and sign != "÷":
        return [make_exercise(rng, sign, 100, tens=True) for _ in range(count)]
    limit = rng.choice((5, 10, 20, 100, 1000)) if sign in "+−" else rng.choice((100, 100, 1000))
    zero = kind > 0.7 and sign in "+−" and limit <= 20
    return [make_exercise(rng, sign, limit, zero=zero) for _ in range(count)]


def choose_count(rng: random.Random, most: int = 12) -> int:
    """How many items: often one, as in the corpus."""
    return 1 if rng.random() < 0.4 else rng.randint(2, most)


def title_exercises(exercises: Sequence[Exercise]) -> tuple[str, ...]:
    """Titles that name the operation and, sometimes, the range."""
    sign = exercises[0].sign
    name = _TITLES[sign]
    limit = next(
        n for n in (5, 10, 20, 100, 1000) if max(max(*e.operands, e.result) for e in exercises) <= n
    )
    return (
        f"[{name.title()}|{_VERBS[sign].title()}|{name.title()} practice|{name.title()} facts]",
        f"[{name.title()}|{_VERBS[sign].title()}] [within|up to|to] {limit}",
        f"Integer {name}" if limit > 20 else f"{name.title()} [warm-up|drill|sheet|quiz]",
        "[Quick practice|Mental maths|Warm-up|Daily practice|Let's calculate|Fact fluency]",
    )


def instruct_practice(exercises: Sequence[Exercise]) -> tuple[str, ...]:
    """Sentences that ask for results."""
    sign = exercises[0].sign
    noun, verb = _NOUNS[sign], _VERBS[sign]
    each = "each" if len(exercises) > 1 else "the"
    return (
        f"[Find|Work out|Calculate|Write|Determine] {each} {noun}.",
        f"{verb.title()} [the numbers|these numbers|and write the {noun}|carefully|and fill in the answer].",
        f"[Solve|Complete|Calculate] {each} [problem|exercise|task|{_TITLES[sign]} problem].",
        f"What is {each} [{noun}|answer|result]?",
        "[Fill in|Write|Put in|Enter] the [result|answer|missing result].",
        f"[Practise|Practice] [your {_TITLES[sign]}|to {verb}]: [write down|find|give] the {noun}.",
        "[Compute|Evaluate|Calculate|Work it out].",
        f"[Can you|Try to] {verb} [these|without help|in your head]?",
        f"{verb.title()}.",
    )


def instruct_missing(sign: str) -> tuple[str, ...]:
    """Sentences that ask for a number inside an exercise."""
    return (
        "[Find|Write|Fill in|Work out] the missing number.",
        "Which number [makes the equation true|belongs in the box|is missing|is hidden]?",
        "[Complete|Finish] [the equation|each equation|the number sentence].",
        f"What must you {_VERBS[sign]} to get the [result|answer]?",
        "[Write the number that completes|Complete] the [fact|calculation].",
        "[Fill in|Fill] the [gap|blank|empty box].",
        "[Determine|Find] the unknown [number|value].",
        "[Something is|One number is] missing. [Find it|What is it|Write it in].",
    )


@template
def operations_practice_rows(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Exercises such as 3 + 4 = __ side by side."""
    exercises = choose_exercises(rng, choose_count(rng))
    introduce(
        canvas,
        rng,
        instruct_practice(exercises),
        titles=title_exercises(exercises),
        silence_chance=0.35,
    )
    parts = [_ask_result(exercise) for exercise in exercises]
    _write_rows(canvas, rng, parts, rng.uniform(1.0, 1.6))
    return combine(merge_items([e.labels for e in exercises[: len(parts)]]), "ProcedureExecution")


@template
def operations_missing_rows(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Exercises such as 3 + __ = 7 side by side."""
    exercises = choose_exercises(rng, choose_count(rng))
    inverse = rng.random() < 0.35 and len(exercises[0].operands) == 2
    instructions = (
        _instruct_inverse(exercises[0].sign) if inverse else instruct_missing(exercises[0].sign)
    )
    titles = ("[Missing|Unknown] [number|operand|value]s", *title_exercises(exercises))
    introduce(canvas, rng, instructions, titles=titles, silence_chance=0.0 if inverse else 0.35)
    _write_rows(
        canvas,
        rng,
        [_ask_operand(rng, e, canvas.style.blank) for e in exercises],
        rng.uniform(1.0, 1.6),
    )
    ability = ("ProcedureInversion", "Equation") if inverse else ("ProcedureExecution",)
    return combine(merge_items([e.labels for e in exercises]), ability)


@template
def operations_practice_columns(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Exercises written below one another with a line."""
    exercises = choose_exercises(rng, choose_count(rng, 8))
    introduce(
        canvas,
        rng,
        instruct_practice(exercises),
        titles=title_exercises(exercises),
        silence_chance=0.35,
    )
    _write_columns(canvas, rng, exercises, missing=None)
    return combine(merge_items([e.labels for e in exercises]), "ProcedureExecution")


@template
def operations_missing_columns(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Exercises written below one another whose second number is missing."""
    exercises = choose_exercises(rng, choose_count(rng, 8))
    titles = ("[Missing|Unknown] [number|operand|value]s", *title_exercises(exercises))
    introduce(canvas, rng, instruct_missing(exercises[0].sign), titles=titles, silence_chance=0.35)
    _write_columns(canvas, rng, exercises, missing=1)
    return combine(merge_items([e.labels for e in exercises]), "ProcedureExecution")


def _instruct_inverse(sign: str) -> tuple[str, ...]:
    other = {"+": "subtraction", "−": "addition", "×": "division", "÷": "multiplication"}[sign]
    return (
        "[Work backwards|Think backwards] to find the unknown number in the equation.",
        f"Use [{other}|the inverse operation|the opposite operation] to find the unknown number.",
        "[Solve the equation|Find the number that solves the equation] for the unknown.",
        f"Undo the {_TITLES[sign]} to find the number that was there [at first|before].",
        "Determine the unknown whole number in the equation.",
        "Which number makes the equation true? [Work backwards|Use the inverse] to check.",
        f"[Turn|Reverse] the {_TITLES[sign]} [around|equation] to find the [unknown|hidden] number.",
        "[Find|Solve for] the unknown in [this|the] equation by inverting the operation.",
    )


def _ask_result(exercise: Exercise) -> tuple[Part, ...]:
    problem = f" {exercise.sign} ".join(map(_format, exercise.operands))
    return f"{problem} = ", Blank(_format(exercise.result))


def _ask_operand(rng: random.Random, exercise: Exercise, look: str) -> tuple[Part, ...]:
    hidden = rng.randrange(len(exercise.operands))
    parts: list[Part] = []
    for index, operand in enumerate(exercise.operands):
        if index:
            parts.append(f" {exercise.sign} ")
        # Nothing at all would not show that a number is missing.
        blank = Blank(_format(operand), look="box" if look == "gap" else look)
        parts.append(blank if index == hidden else _format(operand))
    return (*parts, f" = {_format(exercise.result)}")


def _format(number: int) -> str:
    return f"{number:,}" if number >= 10_000 else str(number)


def _write_rows(
    canvas: Canvas, rng: random.Random, items: list[tuple[Part, ...]], enlarged: float
) -> None:
    """Write the items; those that do not fit on the page are taken out of the list."""
    size = canvas.style.size * (enlarged * 1.3 if len(items) == 1 else enlarged)
    width = max(measure_expression(canvas, parts, size) for parts in items)
    if width > canvas.right - canvas.left:
        size *= (canvas.right - canvas.left) / width
        width = canvas.right - canvas.left
    cells = lay_out(
        canvas,
        rng,
        len(items),
        width,
        size * rng.uniform(1.5, 2.1),
        numbered=None if width < 200 else False,
    )
    for cell, parts in zip(cells, items, strict=False):
        if len(items) == 1 and canvas.style.centred:
            write_expression(canvas, *cell.middle, parts, size=size, anchor="m")
        else:
            write_expression(canvas, cell.x0, cell.middle[1], parts, size=size)
    del items[len(cells) :]


def _write_columns(
    canvas: Canvas, rng: random.Random, exercises: list[Exercise], *, missing: int | None
) -> None:
    """Write the exercises; those that do not fit on the page are taken out of the list."""
    size = canvas.style.size * rng.uniform(1.0, 1.5)
    digits = max(len(str(n)) for e in exercises for n in (*e.operands, e.result))
    width = canvas.measure("0" * (digits + 2), size) + size
    height = size * 1.35 * (len(exercises[0].operands) + 1) + size * 0.6
    cells = lay_out(canvas, rng, len(exercises), width, height, gap=18)
    for cell, exercise in zip(cells, exercises, strict=False):
        left = cell.x0 + (max(0.0, cell.width - width) / 2 if canvas.style.centred else 0.0)
        _write_column(canvas, Area(left, cell.y0, left + width, cell.y1), exercise, size, missing)
    del exercises[len(cells) :]


def _write_column(
    canvas: Canvas, box: Area, exercise: Exercise, size: float, missing: int | None
) -> None:
    y = box.y0 + size * 0.8
    right = box.x1 - size * 0.3
    last = len(exercise.operands) - 1
    for index, operand in enumerate(exercise.operands):
        text = str(operand)
        if index:
            canvas.text(box.x0, y, exercise.sign, size=size)
        _write_number(canvas, right, y, text, size, hidden=index == missing)
        y += size * (1.35 if index < last else 0.85)
    canvas.line((box.x0, y), (box.x1, y))
    _write_number(
        canvas, right, y + size * 0.95, str(exercise.result), size, hidden=missing is None
    )
    canvas.figure("column_arithmetic", box)


def _write_number(
    canvas: Canvas, right: float, y: float, text: str, size: float, *, hidden: bool
) -> None:
    width = canvas.measure("0" * max(2, len(text)), size, bold=True) + size * 0.3
    if hidden:
        box = Area(right - width, y - size * 0.6, right, y + size * 0.6)
        write_blank(canvas, box, Blank(text), size=size)
    else:
        canvas.text(right, y, text, size=size, anchor="r")
