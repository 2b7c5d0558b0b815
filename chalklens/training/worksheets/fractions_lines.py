"""Fractions on number lines: locate, name, equal points, whole numbers as fractions.

How it is used: importing it registers the templates. What it leaves out: bars and circles
(`fractions_models`).
"""

import random
from collections.abc import Mapping

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.figures_fractions import fraction_kind, write_amount
from chalklens.training.worksheets.figures_numbers import NumberLine, draw_number_line
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    write_choices,
    write_equation,
    write_lines,
)
from chalklens.training.worksheets.labels import combine
from chalklens.training.worksheets.templates import template

_DENOMINATORS = (2, 3, 4, 5, 6, 8)


def _look(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""


def _draw_line(
    canvas: Canvas, rng: random.Random, wholes: int, parts: int, *, divided: bool
) -> NumberLine:
    marks = {float(n): str(n) for n in range(wholes + 1)}
    return draw_number_line(
        canvas, rng, 0, wholes, wholes * (parts if divided else 1), marks, above=36
    )


def _mark(canvas: Canvas, line: NumberLine, value: float, text: str = "") -> None:
    canvas.disc(line.x(value), line.y, 4.5, fill=canvas.style.accent)
    if text:
        size = canvas.style.size * 0.9
        canvas.text(
            line.x(value),
            line.y - 19,
            text,
            size=size,
            anchor="m",
            bold=True,
            colour=canvas.style.accent,
        )


@template
def fractions_locate(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Draw the equal parts and mark a fraction on a number line."""
    parts = rng.choice(_DENOMINATORS)
    top = rng.choice((1, rng.randint(1, parts - 1), rng.randint(parts + 1, 2 * parts - 1)))
    name = f"{top}/{parts}"
    introduce(
        canvas,
        rng,
        (
            f"[Mark|Locate|Place] {name} on the number line.",
            f"Divide each whole into {parts} equal parts. Then [mark|locate] {name}.",
            f"[Draw|Put] a point at {name}.",
            f"Where is {name}? Draw the equal parts and mark the point.",
            f"[Partition|Split] the line into {parts} equal parts per whole and show {name}.",
            f"Show the fraction {name} on the line.",
            f"Draw the parts and label {name}.",
            f"Plot {name} on the number line.",
        ),
        titles=("Fractions on a number line", "Locate the fraction", "Number line"),
    )
    line = _draw_line(
        canvas,
        rng,
        2 if top > parts else 1,
        parts,
        divided=canvas.style.solution or rng.random() < 0.4,
    )
    if canvas.style.solution:
        _mark(canvas, line, top / parts, name)
    kind = fraction_kind(top, parts)
    return combine(
        "FractionNotation", "NumerationWithFractions", "Numberline", kind, "VisualArticulation"
    )


@template
def fractions_read_point(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Which fraction is marked on a number line?"""
    parts = rng.choice(_DENOMINATORS)
    top = rng.choice((1, rng.randint(1, parts - 1), rng.randint(parts + 1, 2 * parts - 1)))
    introduce(
        canvas,
        rng,
        (
            "Which fraction is [marked|shown] on the number line?",
            "Write the fraction [for|of] the point.",
            "What fraction does the point show?",
            "Name the marked point with a fraction.",
            "Write a fraction for the distance from 0 to the point.",
            "Express the marked point as a fraction.",
            "Count the equal parts. Write the fraction of the point.",
            "[Label|Name] the point with a fraction.",
        ),
        titles=("Fractions on a number line", "Name the point", "Read the number line"),
    )
    line = _draw_line(canvas, rng, 2 if top > parts else 1, parts, divided=True)
    _mark(canvas, line, top / parts)
    look = _look(canvas)
    fraction = write_amount(
        canvas, Blank(str(top), look=look, digits=1), Blank(str(parts), look=look, digits=1)
    )
    write_equation(canvas, rng, (fraction,), least=1.1)
    kind = fraction_kind(top, parts)
    return combine(
        "FractionNotation", "NumerationWithFractions", "Numberline", kind, "Formalization"
    )


def _ask_same_point(first: str, second: str, other: int) -> Mapping[str, tuple[str, ...]]:
    return {
        "complete": (
            f"Complete {first} = ?/{other}. Use the number line to explain why [both are equal|the value stays the same].",
            f"Which fraction with the denominator {other} is at the same point as {first}? Explain.",
            "Find the missing numerator and tell why both fractions are one point.",
            f"Explain with the number line why {first} and {second} are equal.",
        ),
        "judge": (
            f"Are {first} and {second} the same point?",
            f"Do {first} and {second} lie at the same place? Equivalent or not?",
            "Equivalent or not equivalent? Look at the number line.",
            f"Decide with the number line whether {first} and {second} are equivalent.",
        ),
        "tenths": (
            f"Write {first} as hundredths. Explain why the point does not move.",
            f"Complete {first} = ?/100 and explain why the point stays the same.",
            f"Multiply numerator and denominator of {first} by 10. Why is the value the same?",
            "Change tenths into hundredths. Explain with the number line.",
        ),
    }


@template
def fractions_same_point(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Equivalent fractions are the same point: complete, explain or judge."""
    below, factor = rng.choice(((2, 2), (2, 3), (2, 4), (3, 2), (4, 2), (5, 2)))
    top = rng.randint(1, below - 1)
    task = rng.choice(("complete", "judge", "tenths"))
    if task == "tenths":
        below, factor, top = 10, 10, rng.randint(1, 9)
    first, other = f"{top}/{below}", below * factor
    second = f"{top * factor}/{other}"
    asked = _ask_same_point(first, second, other)
    introduce(
        canvas,
        rng,
        asked[task],
        titles=("Equivalent fractions", "Same point", "Fractions on a number line"),
    )
    line = _draw_line(canvas, rng, 1, below, divided=True)
    _mark(canvas, line, top / below, first if task != "judge" else f"{first}, {second}")
    areas, scopes = (
        ("FractionEquivalence", "FractionNotation"),
        ("Equal", "EqualShares", "Numberline"),
    )
    if task == "judge":
        write_choices(canvas, ("equivalent", "not equivalent"), 0)
        return combine(areas, scopes, "ConceptClassification")
    missing = Blank(str(top * factor), look=_look(canvas), digits=1)
    write_equation(
        canvas,
        rng,
        (write_amount(canvas, top, below), " = ", write_amount(canvas, missing, other)),
        least=1.1,
    )
    if rng.random() < 0.5 and not canvas.style.solution:
        write_lines(canvas, rng.randint(1, 2))
    more = ("Multiplication", "SingleFrameOfReference") if task == "tenths" else ()
    return combine(areas, scopes, more, "Formalization", "ProcedureUnderstanding")


@template
def fractions_whole_number(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A whole number written as a fraction."""
    whole, below = rng.randint(1, 3), rng.choice((1, 2, 3, 4, 6))
    name = f"?/{below}"
    introduce(
        canvas,
        rng,
        (
            f"Write {whole} as a fraction: {whole} = {name}.",
            f"How many parts of size 1/{below} are {whole} whole{'s' if whole > 1 else ''}?",
            f"Complete {whole} = {name}.",
            f"[Express|Write] the whole number {whole} with the denominator {below}.",
            f"Which fraction with the denominator {below} is equal to {whole}?",
            f"Use the number line to write {whole} as a fraction.",
            f"Fill in the numerator: {whole} and {name} are the same point.",
            f"Explain with the number line which fraction equals {whole}.",
        ),
        titles=("Whole numbers as fractions", "Fractions equal to wholes", "Number line"),
    )
    line = _draw_line(canvas, rng, max(2, whole), below, divided=True)
    _mark(canvas, line, whole)
    missing = Blank(str(whole * below), look=_look(canvas), digits=1)
    write_equation(canvas, rng, (f"{whole} = ", write_amount(canvas, missing, below)), least=1.1)
    scopes = ("Equal", "ImproperFractions", "IntegerNumbers", "Numberline")
    return combine("FractionEquivalence", "FractionNotation", scopes, "Formalization")
