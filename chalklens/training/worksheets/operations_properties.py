"""Properties of operations: missing values in equal forms, explaining why, area models, true or false.

How it is used: importing it registers the templates. What it leaves out: known facts
(`operations_strategies`) and patterns (`operations_patterns`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    introduce,
    paragraph,
    skip,
    write_answer_line,
    write_choices,
    write_equation,
    write_equations,
    write_lines,
)
from chalklens.training.worksheets.labels import AREA_OF, WRITTEN, combine
from chalklens.training.worksheets.operations_rows import make_exercise
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template


@dataclass(frozen=True, slots=True)
class Law:
    """A property with two equal forms; `{x}` is the unknown."""

    name: str
    first: str
    second: str
    unknown: int
    labels: frozenset[str]


def _choose_law(rng: random.Random) -> Law:
    kind = rng.choice(("Commutative", "Associative", "Distributive"))
    if kind == "Distributive":
        a, x, b = rng.randint(2, 8), rng.randint(1, 9), rng.randint(2, 9)
        total = a * (x + b)
        if total > 100:
            return _choose_law(rng)
        first = f"{a} × ({{x}} + {b}) = {total}"
        second = f"{a} × {{x}} + {a} × {b} = {total}"
        labels = combine(
            "Addition", "DistributiveLaw", "Multiplication", "NumbersSmaller100", "ThreeOperands"
        )
        return Law(kind, first, second, x, labels)
    a, x = rng.randint(1, 9), rng.randint(1, 8)
    b = rng.randint(1, 20 - a - x - 1)
    total = a + x + b
    if kind == "Commutative":
        first, second = f"{a} + {{x}} + {b} = {total}", f"{{x}} + {a} + {b} = {total}"
    else:
        first, second = f"({a} + {{x}}) + {b} = {total}", f"{a} + ({{x}} + {b}) = {total}"
    return Law(kind, first, second, x, combine("Addition", f"{kind}Law", "NumbersSmaller20"))


def _with_blank(form: str, unknown: int) -> list[Part]:
    parts: list[Part] = []
    for index, piece in enumerate(form.split("{x}")):
        if index:
            parts.append(Blank(str(unknown), look="box", digits=1))
        parts.append(piece)
    return parts


@template
def operations_property_unknown(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """The same unknown in two forms that a property makes equal."""
    law = _choose_law(rng)
    name = law.name.lower()
    introduce(
        canvas,
        rng,
        (
            f"Use the {name} property to find the [missing|unknown] value.",
            "Both [equations|forms] are equal. Find the unknown number[| that fits both].",
            "The same number [belongs in both boxes|is missing twice]. Which one?",
            f"[Apply|Think of] the {name} property. What is the missing number?",
            "The [order|grouping|form] changes but the value stays the same. Find the unknown.",
            f"How does the {name} property help you find the missing number?",
            "Find the value that makes both equations true.",
            "Use the relationship between the two equations to find the missing number.",
        ),
        titles=(f"{law.name} property", f"The {name} property", "Properties of operations"),
        title_chance=0.7,
    )
    forms = [_with_blank(form, law.unknown) for form in (law.first, law.second)]
    write_equations(canvas, rng, forms, most=1.25)
    return combine(law.labels, WRITTEN, "NumbersWithoutNegatives", "ProcedureUnderstanding")


@template
def operations_property_explain(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Explain why two forms have the same value."""
    law = _choose_law(rng)
    left = law.first.split(" = ")[0].replace("{x}", str(law.unknown))
    right = law.second.split(" = ")[0].replace("{x}", str(law.unknown))
    name = law.name.lower()
    introduce(
        canvas,
        rng,
        (
            f"Explain why {left} and {right} have the same value.",
            f"How do you know that {left} = {right}? Explain.",
            f"Which property shows that {left} = {right}? [Explain in your own words|Tell why].",
            f"[Justify|Explain] with the {name} property why both sides are equal.",
            f"A friend says {left} is not equal to {right}. Explain why the friend is wrong.",
            "Why are both sides equal? [Write a sentence|Explain your thinking|Give a reason].",
            f"Explain how the {name} property [works|is used] here.",
            "Describe why the value does not change. Use the name of the property.",
        ),
        titles=(f"{law.name} property", "Explain [it|why]", "Why does it work?", "Reasoning"),
    )
    write_equation(canvas, rng, (f"{left} = {right}",), least=1.1)
    if canvas.style.solution:
        paragraph(
            canvas, f"The {name} property keeps the value the same.", colour=canvas.style.accent
        )
    else:
        write_lines(canvas, rng.randint(2, 4))
    return combine(
        law.labels,
        WRITTEN,
        "NumbersWithoutNegatives",
        "ProcedureUnderstanding",
        "TextualArticulation",
    )


@template
def operations_true_false(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Is an equation true or false?"""
    exercise = make_exercise(rng, rng.choice("+−"), 20)
    a, b = exercise.operands
    wrong = rng.random() < 0.5
    shown = exercise.result + (rng.choice((-1, 1, 2)) if wrong else 0)
    if not 0 <= shown <= 20:
        shown = exercise.result + (1 if shown < 0 else -1)
    true = shown == exercise.result
    introduce(
        canvas,
        rng,
        (
            "Is this equation true or false?",
            "True or false?",
            "Decide [whether|if] the equation is [correct|true].",
            "Does the equal sign tell the truth? Check.",
            "Are both sides equal? [Circle|Choose|Tick] true or false.",
            "[Check|Judge] the equation: true or false?",
            "Can this be right? [Mark|Choose] true or false.",
            "Is the number sentence correct?",
        ),
        titles=("True or false?", "Check the equation", "Equal or not?"),
    )
    flipped = rng.random() < 0.2
    text = f"{shown} = {a} {exercise.sign} {b}" if flipped else f"{a} {exercise.sign} {b} = {shown}"
    write_equation(canvas, rng, (text,), least=1.2, most=1.7)
    write_choices(canvas, ("True", "False"), 0 if true else 1)
    scopes = combine(WRITTEN, "NumbersSmaller20", "NumbersWithoutNegatives")
    return combine(AREA_OF[exercise.sign], "Equation", scopes, "PlausibilityEvaluation")


@template
def operations_reasonable(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Does rounding support a proposed answer?"""
    sign = rng.choice("+−×÷")
    exercise = make_exercise(rng, sign, 1000)
    while exercise.result < 20 or max(exercise.operands) < 20:
        exercise = make_exercise(rng, sign, 1000)
    a, b = exercise.operands
    off = rng.random() < 0.5
    proposed = exercise.result + (
        rng.choice((-1, 1)) * max(30, exercise.result // 3) if off else rng.randint(-2, 2)
    )
    proposed = max(1, min(999, proposed))
    rounded = [(n + 5) // 10 * 10 if n >= 10 else n for n in (a, b)]
    introduce(
        canvas,
        rng,
        (
            "Is the answer reasonable? [Estimate by rounding|Round to check].",
            f"A student says that {a} {sign} {b} is {proposed}. Is that reasonable?",
            "Use [an estimate|rounding] to decide whether the answer [is reasonable|makes sense].",
            "Does the estimate support the [proposed |]answer?",
            "Round, estimate, and judge the answer.",
            "Could this answer be right? Check with an estimate.",
            "[Check|Test] the answer with rounded numbers.",
            "Reasonable or not reasonable? Estimate first.",
        ),
        titles=("Reasonable answers", "Answer check", "Estimate to check"),
    )
    write_equation(canvas, rng, (f"{a} {sign} {b} = {proposed}",), least=1.1)
    if rng.random() < 0.75:
        paragraph(canvas, f"{a} → {rounded[0]}     {b} → {rounded[1]}")
        paragraph(
            canvas,
            f"{rounded[0]} {sign} {rounded[1]} ≈ ?"
            if not canvas.style.solution
            else f"{rounded[0]} {sign} {rounded[1]}",
        )
    skip(canvas, 4)
    write_choices(canvas, ("Reasonable", "Not reasonable"), 1 if off else 0)
    return combine(AREA_OF[sign], "IntegerRounding", "NumbersSmaller1000", "PlausibilityEvaluation")


@template
def operations_distributive_area(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A rectangle split in two: the product is the sum of two products."""
    a, b, c = rng.randint(2, 9), rng.randint(2, 6), rng.randint(2, 6)
    introduce(
        canvas,
        rng,
        (
            f"[Use|Split] the rectangle to show that {a} × {b + c} = {a} × {b} + {a} × {c}.",
            "The rectangle is split into two parts. Write its area in two ways.",
            "Why can you add the areas of both parts? Use the distributive property.",
            "Find the area of each part. Then [add|find the whole area].",
            "How does the drawing show the distributive property?",
            "Break the large rectangle apart and add the areas.",
            "Use the distributive property to find the area of the [whole|large] rectangle.",
            "Show with the area model that both ways give the same area.",
        ),
        titles=("Distributive property", "Area and multiplication", "Break apart a rectangle"),
    )
    unit = min(22.0, (canvas.right - canvas.left - 60) / (b + c))
    x0 = (canvas.width - unit * (b + c)) / 2 + 10
    top = canvas.y + canvas.style.size * 1.4
    size = canvas.style.size * 0.9
    parts = ((x0, b, canvas.style.accent), (x0 + unit * b, c, canvas.style.palette[1]))
    for left, wide, colour in parts:
        box = Area(left, top, left + unit * wide, top + unit * a)
        canvas.rectangle(box, fill=soften(colour, 0.6), outline=canvas.style.ink)
        canvas.text(box.middle[0], top - size * 0.75, str(wide), size=size, anchor="m")
    canvas.text(x0 - size * 0.8, top + unit * a / 2, str(a), size=size, anchor="m")
    canvas.figure("area_model", Area(x0, top, x0 + unit * (b + c), top + unit * a))
    canvas.y = top + unit * a + 10
    left = f"{a} × ({b} + {c})"
    write_equation(
        canvas, rng, (f"{left} = {a} × {b} + {a} × ", Blank(str(c), look="box", digits=1)), most=1.1
    )
    write_answer_line(canvas, rng, str(a * (b + c)), ("Area:", "Total area:"))
    areas = ("AreaCalculation", "Addition", "DistributiveLaw", "Multiplication", "Rectangle")
    return combine(areas, "IntegerNumbers", "ProcedureUnderstanding")
