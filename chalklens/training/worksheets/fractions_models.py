"""Fractions of a whole: which part is shaded, shade it, equal shares, equivalent and compared models.

How it is used: importing it registers the templates. What it leaves out: number lines
(`fractions_lines`) and operations (`fractions_operations`).
"""

import random
from collections.abc import Mapping

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_fractions import (
    draw_bar,
    draw_whole,
    fraction_kind,
    write_amount,
)
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    introduce,
    skip,
    write_choices,
    write_equation,
    write_expression,
    write_lines,
)
from chalklens.training.worksheets.labels import combine
from chalklens.training.worksheets.templates import template

_DENOMINATORS = (2, 3, 4, 6, 8)
_SHARED = ("SingleFrameOfReference", "VisualNumbers")


def _whole_box(canvas: Canvas, rng: random.Random, shape: str) -> Area:
    height = rng.uniform(90, 130) if shape == "Circle" else rng.uniform(34, 70)
    width = height if shape == "Circle" else min(canvas.right - canvas.left, rng.uniform(200, 420))
    x0 = (canvas.width - width) / 2 if canvas.style.centred else canvas.left
    return Area(x0, canvas.y, x0 + width, canvas.y + height)


def _visible(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""


@template
def fractions_name_shaded(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Which fraction of a whole is shaded?"""
    parts = rng.choice((2, 3, 4, 4, 6, 8))
    shaded = rng.randint(1, parts - 1)
    shape = rng.choice(("Circle", "Rectangle"))
    introduce(
        canvas,
        rng,
        (
            "[What|Which] fraction [of the whole |]is [shaded|coloured|highlighted|marked]?",
            "Write the fraction that [is shaded|the picture shows].",
            "[Name|Give] the [shaded|coloured] part as a fraction.",
            "How much of the whole is [shaded|coloured]? Write a fraction.",
            "What part of the shape is [coloured|shaded|filled]?",
            "Look at the model. Which fraction does it show?",
            f"The whole has {parts} equal parts. What fraction is [shaded|coloured]?",
            "[Write|Say] the fraction for the shaded part.",
        ),
        titles=("Fractions", "Parts of a whole", "Name the fraction"),
    )
    box = _whole_box(canvas, rng, shape)
    draw_whole(canvas, shape, box, parts, shaded)
    canvas.y = box.y1 + 10
    if rng.random() < 0.6 or canvas.style.solution:
        look = _visible(canvas)
        fraction = write_amount(
            canvas, Blank(str(shaded), look=look, digits=1), Blank(str(parts), look=look, digits=1)
        )
        write_equation(canvas, rng, (fraction,), least=1.2, most=1.5)
    areas = ("FractionNotation", "ProportionSense", shape)
    return combine(areas, "EqualShares", fraction_kind(shaded, parts), "Interpretation")


@template
def fractions_partition_shape(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Divide a shape into equal parts."""
    parts = rng.choice((2, 3, 4))
    word = {2: "two", 3: "three", 4: "four"}[parts]
    name = {2: "halves", 3: "thirds", 4: "fourths"}[parts]
    shape = rng.choice(("Circle", "Rectangle"))
    introduce(
        canvas,
        rng,
        (
            f"[Divide|Partition|Split|Cut] the {shape.lower()} into {word} equal parts.",
            f"Draw lines to make {name}.",
            f"[Partition|Divide] the shape so that each part is 1/{parts} of the whole.",
            f"Show {name}: draw {word} equal shares.",
            f"Cut the {shape.lower()} into {word} equal shares. [Draw|Show] the cuts.",
            f"Draw how {word} children share this fairly.",
            f"[Make|Draw] {word} parts of the same size.",
            f"Divide into {name}[| with straight lines].",
        ),
        titles=("Equal parts", "Equal shares", f"Draw {name}"),
    )
    box = _whole_box(canvas, rng, shape)
    draw_whole(canvas, shape, box, parts if canvas.style.solution else 1, 0)
    canvas.y = box.y1 + 8
    return combine(
        "ShapeDecomposition", shape, "EqualShares", "UnitFractions", "VisualArticulation"
    )


@template
def fractions_compare_bars(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Compare two fractions with a common numerator or denominator, drawn as bars."""
    common = rng.choice(("Numerator", "Denominator"))
    if common == "Denominator":
        below = rng.choice(_DENOMINATORS[1:])
        first, second = ((top, below) for top in rng.sample(range(1, below), 2))
    else:
        top = rng.randint(1, 3)
        first, second = (
            (top, below) for below in rng.sample([d for d in _DENOMINATORS if d > top], 2)
        )
    greater = first[0] / first[1] > second[0] / second[1]
    side = common.lower()
    introduce(
        canvas,
        rng,
        (
            f"Compare the fractions. They [have|share] the same {side}.",
            f"[Use|Look at] the {side}s to [compare|decide which fraction is greater].",
            f"Both fractions have the same {side}. Which is [greater|less]?",
            "Which fraction is greater? [Use the bars|Look at the models].",
            f"The {side}s are equal. Write < or >.",
            "[Compare the shaded parts|Compare]. Then write <, > or =.",
            f"Reason about the {side}s: which fraction is larger?",
            "Both bars are the same whole. Compare the fractions.",
        ),
        titles=("Compare fractions", f"Same {side}", "Which is greater?"),
    )
    for shaded, parts in (first, second):
        box = Area(canvas.left + 46, canvas.y, canvas.right, canvas.y + rng.uniform(26, 34))
        write_expression(
            canvas,
            canvas.left + 18,
            box.middle[1],
            (write_amount(canvas, shaded, parts),),
            size=canvas.style.size * 0.9,
            anchor="m",
        )
        draw_bar(canvas, box, parts, shaded)
        canvas.y = box.y1 + 14
    relation = "Greater" if greater else "Less"
    sign = Blank(">" if greater else "<", look=_visible(canvas), digits=1)
    write_equation(
        canvas,
        rng,
        (write_amount(canvas, *first), "  ", sign, "  ", write_amount(canvas, *second)),
        least=1.1,
    )
    areas = (f"FractionCommon{common}Comparison", "FractionNotation")
    return combine(
        areas, f"Common{common}", relation, "ProperFractions", _SHARED, "LogicalInference"
    )


@template
def fractions_compare_half(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Compare two fractions with one half as a benchmark."""
    relation = rng.choice(("Greater", "Less", "Equal"))
    under = rng.choice(((1, 3), (1, 4), (2, 6), (3, 8), (2, 5), (1, 6), (2, 8)))
    over = rng.choice(((2, 3), (3, 4), (4, 6), (5, 8), (3, 5), (5, 6), (7, 8)))
    halves = rng.sample(((1, 2), (2, 4), (3, 6), (4, 8), (5, 10)), 2)
    first, second = {"Greater": (over, under), "Less": (under, over), "Equal": tuple(halves)}[
        relation
    ]
    introduce(
        canvas,
        rng,
        (
            "Compare both fractions with 1/2. Then compare them with each other.",
            "Use one half as a benchmark to compare the fractions.",
            "Is each fraction less than, equal to or more than 1/2? Compare.",
            f"Compare {first[0]}/{first[1]} and {second[0]}/{second[1]} by thinking about 1/2.",
            "How does 1/2 help you to compare [the|these] fractions?",
            "Which fraction is past one half? [Use it to compare|Compare them].",
            "The dashed line marks 1/2. Compare the fractions.",
            "Use the benchmark 1/2: write <, > or =.",
        ),
        titles=("Benchmark fractions", "Compare with one half", "Benchmark 1/2"),
    )
    for shaded, parts in (first, second):
        box = Area(
            canvas.left + 46, canvas.y + 10, canvas.right, canvas.y + 10 + rng.uniform(24, 32)
        )
        canvas.text(canvas.left, box.middle[1], f"{shaded}/{parts}")
        draw_bar(canvas, box, parts, shaded)
        canvas.dashed_line(
            (box.middle[0], box.y0 - 7), (box.middle[0], box.y1 + 7), colour=canvas.style.palette[1]
        )
        canvas.y = box.y1 + 10
    skip(canvas, 4)
    sign = Blank(
        {"Greater": ">", "Less": "<", "Equal": "="}[relation], look=_visible(canvas), digits=1
    )
    write_equation(
        canvas,
        rng,
        (write_amount(canvas, *first), "  ", sign, "  ", write_amount(canvas, *second)),
        least=1.1,
    )
    areas = (
        "FractionNotation",
        "FractionReferenceComparison",
        "NumericEquality" if relation == "Equal" else "NumericInequality",
    )
    return combine(areas, "FractionNumbers", relation, _SHARED, "ProcedureUnderstanding")


def _ask_equivalent(
    first: tuple[int, int], second: tuple[int, int], factor: int
) -> Mapping[str, tuple[str, ...]]:
    return {
        "complete": (
            "Complete the equivalent fraction.",
            "[Find|Write] the missing numerator[| so that the fractions are equal].",
            "[Fill in|Write] the number that makes the fractions equivalent.",
            "Make an equivalent fraction[| with the new denominator].",
            f"Write {first[0]}/{first[1]} with the denominator {second[1]}.",
            f"Multiply numerator and denominator by {factor} to complete the fraction.",
            f"How many parts of size 1/{second[1]} are the same amount?",
            "Use the bars to find the equal fraction.",
        ),
        "explain": (
            "Complete the equivalent fraction. [Then explain|Explain] why the value stays the same.",
            "Complete it and explain why both fractions [name|show] the same amount.",
            "Why are the two fractions equal? Complete and explain.",
            "Find the missing number. How do you know that the amount does not change?",
            "Use the models to explain why the fractions are equivalent.",
            "Complete. Tell why cutting every part into smaller parts keeps the amount.",
            "Explain with the bars why the fractions have the same value.",
            "Write the missing number and justify that the fractions are equivalent.",
        ),
        "judge": (
            "Are these fractions equivalent?",
            "Do both bars show the same amount? [Write|Choose] equivalent or not equivalent.",
            "Equivalent or not [equivalent|]? Decide.",
            "Decide whether the fractions are equivalent.",
            "Look at the models. Are the fractions equal?",
            "Is the same amount shaded? Classify the pair.",
            "[Sort|Classify] this pair: equivalent or not?",
            "Do the fractions name the same part of the whole?",
        ),
    }


@template
def fractions_equivalent_bars(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Equivalent fractions with bars: complete, explain or judge."""
    first, second, factor = _choose_equivalent(rng)
    task = rng.choice(("complete", "explain", "judge"))
    instructions = _ask_equivalent(first, second, factor)
    introduce(
        canvas,
        rng,
        instructions[task],
        titles=("Equivalent fractions", "Equal amounts", "Same value"),
    )
    for shaded, parts in (first, second):
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + rng.uniform(24, 36))
        draw_bar(canvas, box, parts, shaded)
        canvas.y = box.y1 + 10
    if task == "judge":
        a, b = (write_amount(canvas, *fraction) for fraction in (first, second))
        write_equation(canvas, rng, (a, "   and   ", b))
        write_choices(canvas, ("equivalent", "not equivalent"), 0)
    else:
        top = Blank(str(second[0]), look=_visible(canvas), digits=1)
        equation: tuple[Part, ...] = (
            write_amount(canvas, *first),
            " = ",
            write_amount(canvas, top, second[1]),
        )
        write_equation(canvas, rng, equation, least=1.1)
    if task == "explain" and rng.random() < 0.6:
        write_lines(canvas, rng.randint(1, 3))
    areas, scopes = (
        {"FractionEquivalence", "FractionNotation"},
        {"Equal", "EqualShares", "VisualNumbers"},
    )
    if task == "complete":
        return combine(areas, "Multiplication", scopes, "SingleFrameOfReference", "Formalization")
    abilities = (
        ("ConceptClassification",)
        if task == "judge"
        else ("Formalization", "ProcedureUnderstanding")
    )
    return combine(areas, scopes, abilities)


def _choose_equivalent(rng: random.Random) -> tuple[tuple[int, int], tuple[int, int], int]:
    below, factor = rng.choice(((2, 2), (2, 3), (2, 4), (3, 2), (4, 2), (5, 2), (2, 5)))
    top = rng.randint(1, below - 1)
    return (top, below), (top * factor, below * factor), factor
