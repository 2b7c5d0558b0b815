"""Factors, multiples, prime and composite numbers, even and odd numerals.

How it is used: importing it registers the templates. What it leaves out: odd and even groups of
things (`numbers_counting`).
"""

import random

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    paragraph,
    write_answer_line,
    write_choices,
    write_equation,
    write_equations,
    write_lines,
)
from chalklens.training.worksheets.labels import combine
from chalklens.training.worksheets.templates import template


def factor_pairs(number: int) -> list[tuple[int, int]]:
    """All pairs of positive factors, the smaller one first."""
    return [(n, number // n) for n in range(1, int(number**0.5) + 1) if number % n == 0]


@template
def numbers_factor_pairs(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """List the factor pairs or the factors of a number."""
    number = rng.randint(6, 100)
    introduce(
        canvas,
        rng,
        (
            f"[Find|List|Write] all factor pairs of {number}.",
            f"Which [two whole numbers|pairs of numbers] have the product {number}? Find all.",
            f"[List|Write] every factor of {number}.",
            f"What are the factors of {number}?",
            f"Write {number} as a product in every possible way.",
            f"Find each pair of numbers that multiply to {number}.",
            f"How many factor pairs does {number} have? List them.",
            f"Find the factors of {number}[| in pairs].",
        ),
        titles=("Factor pairs", "Factors", "Find all factors"),
    )
    if rng.random() < 0.4:
        write_equation(canvas, rng, (str(number),), least=1.4, most=1.9)
    pairs = factor_pairs(number)
    if rng.random() < 0.5:
        look = "line"
        lines = [
            (Blank(str(a), look=look), " × ", Blank(str(b), look=look), f" = {number}")
            for a, b in pairs[:5]
        ]
        write_equations(canvas, rng, lines, most=1.1)
    else:
        write_answer_line(
            canvas, rng, ", ".join(f"{a} × {b}" for a, b in pairs), ("Factor pairs:", "Answer:")
        )
    return combine(
        "Factorization", "FactorsAndMultiples", "NumbersSmaller100", "ProcedureExecution"
    )


@template
def numbers_multiples(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Is a number a multiple of another one?"""
    divisor = rng.randint(2, 9)
    yes = rng.random() < 0.5
    number = divisor * rng.randint(2, 100 // divisor)
    number += 0 if yes else rng.randint(1, divisor - 1) if number + divisor <= 100 else -1
    yes = number % divisor == 0
    introduce(
        canvas,
        rng,
        (
            f"Is {number} a multiple of {divisor}?",
            f"[Decide|Find out] whether {number} is a multiple of {divisor}.",
            f"Can {number} be divided by {divisor} without a remainder?",
            f"Is {divisor} a factor of {number}? [Check|Test].",
            f"Do you say {number} when you count by {divisor}s?",
            f"Test: is {number} divisible by {divisor}?",
            f"Does {divisor} divide {number} evenly?",
            f"Is {number} in the {divisor} times table?",
        ),
        titles=("Multiples", "Test a multiple", "Divisible or not?"),
    )
    if rng.random() < 0.5:
        write_equation(
            canvas,
            rng,
            (
                f"{number} ÷ {divisor} = ",
                Blank(f"{number // divisor} R {number % divisor}", digits=5),
            ),
        )
    if rng.random() < 0.6:
        write_choices(canvas, ("Yes", "No"), 0 if yes else 1)
    else:
        write_answer_line(canvas, rng, "yes" if yes else "no")
    return combine(
        "FactorsAndMultiples", "PerfectDivisibility", "NumbersSmaller100", "ProcedureExecution"
    )


@template
def numbers_prime(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Is a number prime or composite?"""
    prime = rng.random() < 0.5
    number = rng.choice(
        [n for n in range(2, 101) if (len(factor_pairs(n)) == 1 and n != 1) == prime and n != 1]
    )
    prime = all(number % n for n in range(2, number))
    introduce(
        canvas,
        rng,
        (
            f"Is {number} prime or composite?",
            f"[Classify|Sort] {number}: prime or composite[|?|. How do you know?]",
            f"Does {number} have more than two factors? Prime or composite?",
            f"Decide if {number} is a prime number or a composite number.",
            f"What kind of number is {number}: prime or composite?",
            f"Is {number} a prime number? Give [evidence|the factors].",
            f"Find the factors of {number}. Then [name|classify] it as prime or composite.",
            "Prime or composite? [Choose|Decide] and give a reason.",
        ),
        titles=("Prime or composite?", "Prime numbers", "Classify the number"),
    )
    write_equation(canvas, rng, (str(number),), least=1.5, most=2.2)
    if rng.random() < 0.5:
        write_choices(canvas, ("prime", "composite"), 0 if prime else 1)
    if rng.random() < 0.6:
        paragraph(canvas, rng.choice(("Factors:", "Evidence:", "Reason:")), centred=False)
        write_lines(canvas, rng.randint(1, 2))
    kind = "PrimeNumbers" if prime else "CompositeNumbers"
    return combine("Factorization", kind, "NumbersSmaller100", "ConceptClassification")
