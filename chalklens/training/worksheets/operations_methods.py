"""Written methods: the standard algorithms, partial products and quotients, working with blocks.

How it is used: importing it registers the templates. What it leaves out: plain columns
(`operations_rows`).
"""

import random
from collections.abc import Mapping

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.figures_numbers import draw_blocks, measure_blocks
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    paragraph,
    skip,
    write_equation,
    write_equations,
    write_lines,
)
from chalklens.training.worksheets.labels import AREA_OF, WRITTEN, combine, digit_label
from chalklens.training.worksheets.numbers_place_value import split_places
from chalklens.training.worksheets.tables import draw_table
from chalklens.training.worksheets.templates import template

_PLAIN = ("NumbersWithoutNegatives", "NumbersWithoutZero")
_SHORT = ("HTh", "TTh", "Th", "H", "T", "O")
_PLACES = ("ones", "tens", "hundreds", "thousands", "ten thousands", "hundred thousands")


@template
def operations_standard_algorithm(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Add or subtract digit by digit, recording carries or borrows."""
    sign = rng.choice("+−")
    digits = rng.choice((3, 3, 4, 6))
    low, high = 10 ** (digits - 1) + 1, 10**digits - 1
    a, b = sorted((rng.randint(low, high), rng.randint(low, high)), reverse=True)
    if sign == "+":
        a, b = rng.randint(low, high // 2), rng.randint(low, high // 2)
    result = a + b if sign == "+" else a - b
    word, verb = ("addition", "add") if sign == "+" else ("subtraction", "subtract")
    record = "carry" if sign == "+" else "borrow"
    introduce(
        canvas,
        rng,
        (
            f"Use the standard algorithm to {verb}.",
            f"{verb.title()} with the standard {word} algorithm: {a:,} {sign} {b:,}.",
            f"{verb.title()} column by column. [Record|Write down] each {record}.",
            f"Work from the ones to the left and record each {record}.",
            f"Solve {a:,} {sign} {b:,} with the written [method|algorithm].",
            f"Line up the places and {verb}. Show [every|each] {record}.",
            f"Use the standard {word} algorithm[| and write each digit of the result].",
            f"{verb.title()} digit by digit, starting with the ones.",
        ),
        titles=(
            f"Standard {word} algorithm",
            f"Written {word}",
            f"{word.title()} with the algorithm",
        ),
    )
    width = len(str(max(a, b, result)))
    names = reversed(_PLACES[:width]) if width <= 4 else _SHORT[-width:]
    rows: list[list[str | Blank]] = [
        ["Place", *names],
        [record.title(), *[""] * width],
        ["", *str(a).rjust(width)],
        [sign, *str(b).rjust(width)],
        ["Result", *(Blank(digit) for digit in str(result).zfill(width))],
    ]
    clean = [[cell.strip() if isinstance(cell, str) else cell for cell in row] for row in rows]
    draw_table(
        canvas, rng, clean, header=True, row_header=True, kind="column_arithmetic", padding=7
    )
    ranges = (
        ("NumbersLarger100", "NumbersSmaller1000")
        if digits == 3
        else ("NumbersLarger1000", "NumbersSmaller1000000")
    )
    concept = f"{AREA_OF[sign]}StandardAlgorithm"
    return combine(concept, WRITTEN, _PLAIN, ranges, "TwoOperands", "ProcedureExecution")


@template
def operations_partial_products(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Multiply with an area model split by place value."""
    digits = rng.choice((1, 2, 3, 4, 22))
    if digits == 22:
        a, b = sorted((rng.randint(11, 99), rng.randint(11, 99)), reverse=True)
    else:
        a, b = rng.randint(max(2, 10 ** (digits - 1)), 10**digits - 1), rng.randint(2, 9)
        a, b = max(a, b), min(a, b)
    introduce(
        canvas,
        rng,
        (
            f"Multiply {a:,} × {b} with partial products.",
            "Use the area model to multiply[| by place value].",
            "[Break|Split] the factors by place value. [Find|Add] the partial products.",
            f"Complete the [area model|box method] for {a:,} × {b}.",
            f"Fill in every part of the model, then add to find {a:,} × {b}.",
            "Find each partial product. What is their sum?",
            "Multiply place by place and add [the parts|all parts].",
            f"Use place value to find the product of {a:,} and {b}.",
        ),
        titles=("Area model", "Partial products", "Box method", "Multiply by place value"),
    )
    columns, lines = split_places(a), split_places(b)
    rows: list[list[str | Blank]] = [["×", *(f"{value:,}" for value in columns)]]
    rows += [
        [f"{line:,}", *(Blank(f"{line * value:,}", digits=4) for value in columns)]
        for line in lines
    ]
    draw_table(canvas, rng, rows, header=True, row_header=True, kind="area_model")
    write_equation(canvas, rng, (f"{a:,} × {b} = ", Blank(f"{a * b:,}", digits=4)))
    scopes = combine(WRITTEN, _PLAIN, "IntegerNumbers", "TwoOperands")
    sizes = (digit_label(a, "LargestOperand"), digit_label(b, "SmallestOperand"))
    return combine(
        "MultiplicationPartialProducts",
        scopes,
        sizes,
        "ProcedureExecution",
        "ProcedureUnderstanding",
    )


@template
def operations_partial_quotients(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Divide in chunks by place value, with a remainder."""
    digits = rng.choice((1, 2, 3, 4))
    b = rng.randint(2, 9)
    a = rng.randint(max(b, 10 ** (digits - 1)), 10**digits - 1)
    if a % b == 0:
        a += 1 if a + 1 < 10**digits else -1
    quotient, rest = divmod(a, b)
    introduce(
        canvas,
        rng,
        (
            f"Divide {a:,} by {b} with partial quotients.",
            "Divide in [chunks|steps]. [Write|Record] each partial quotient.",
            f"[Use|Complete] the division model for {a:,} ÷ {b}.",
            "Take away multiples of the divisor until no more fit. What is left?",
            "Divide place by place and [write|find] the quotient and the remainder.",
            f"How many times does {b} fit into {a:,}? [Work|Go] in chunks.",
            f"Break {a:,} into parts that are easy to divide by {b}.",
            "Fill in each chunk and the amount that is left.",
        ),
        titles=(
            "Partial quotients",
            "Division in chunks",
            "Division area model",
            "Divide with a remainder",
        ),
    )
    rows: list[list[str | Blank]] = [["Step", "Chunk", "Subtract", "Left"]]
    left = a
    for index, value in enumerate(split_places(quotient) or [0], 1):
        chunk = value * b
        cells = (f"{b} × {value:,}", f"{left:,} − {chunk:,}", f"{left - chunk:,}")
        rows.append([str(index), *(Blank(cell, digits=4) for cell in cells)])
        left -= chunk
    draw_table(canvas, rng, rows, header=True, kind="area_model")
    look = "box" if canvas.style.blank == "gap" else ""
    write_equation(
        canvas,
        rng,
        (
            f"{a:,} ÷ {b} = ",
            Blank(f"{quotient:,}", look=look),
            " R ",
            Blank(str(rest), look=look, digits=1),
        ),
    )
    scopes = combine(WRITTEN, _PLAIN, "IntegerNumbers", "TwoOperands")
    sizes = (digit_label(a, "Dividend"), digit_label(b, "Divisor"))
    areas = ("DivisionPartialQuotients", "Modulo")
    return combine(areas, scopes, sizes, "ProcedureExecution", "ProcedureUnderstanding")


def _choose_blocks(rng: random.Random) -> tuple[str, int, int, frozenset[str]]:
    """Sign, operands and labels of an exercise with blocks."""
    sign = rng.choice("+−")
    if rng.random() < 0.4:
        return (sign, *_large_operands(rng, sign))
    if sign == "−":
        whole = 10 * rng.randint(2, 9)
        part = 10 * rng.randint(1, whole // 10)
        scopes = combine("MultiplesOf10", "NumbersSmaller100", "NumbersWithoutNegatives")
        zero = "NumbersWithZero" if part == whole else "NumbersWithoutZero"
        return sign, whole, part, combine("SubtractionPlaceValuePartitioning", scopes, zero)
    if rng.random() < 0.4:
        a = rng.randint(10, 80)
        b = 10 * rng.randint(1, (100 - a) // 10)
        scopes = ("MultiplesOf10", "NumbersSmaller100", "TwoDigitLargestOperand")
        return sign, a, b, combine("AdditionPlaceValuePartitioning", scopes)
    a, b = rng.randint(11, 90), rng.randint(1, 9)
    areas = ["AdditionPlaceValuePartitioning"]
    areas += ["IntegerRegrouping"] if a % 10 + b >= 10 else []
    scopes = ("NumbersSmaller100", "SingleDigitSmallestOperand", "TwoDigitLargestOperand")
    return sign, a, b, combine(areas, scopes)


def _large_operands(rng: random.Random, sign: str) -> tuple[int, int, frozenset[str]]:
    a = rng.randint(120, 560)
    b = rng.randint(5, 99)
    while (a % 10 + b % 10 < 10) if sign == "+" else (a % 10 >= b % 10):
        a, b = rng.randint(120, 560), rng.randint(5, 99)
    concept = f"{AREA_OF[sign]}PlaceValuePartitioning"
    return a, b, combine(concept, "IntegerRegrouping", "NumbersSmaller1000")


def _ask_blocks(sign: str, a: int, b: int) -> Mapping[str, tuple[str, ...]]:
    problem = f"{a} {sign} {b}"
    return {
        "show": (
            f"Use the blocks to [find|show|solve] {problem}.",
            f"Show {problem} with hundreds, tens and ones.",
            f"[Combine|Move] the blocks to find {problem}."
            if sign == "+"
            else f"Take blocks away to find {problem}.",
            f"How do the blocks help you to find {problem}?",
            f"Operate by place value: {problem}.",
            f"Think of tens and ones: what is {problem}?",
        ),
        "write": (
            f"Use the blocks to show {problem}. Then write it in columns.",
            f"Show {problem} with blocks and record the written method.",
            f"[Connect|Match] the blocks with the written method for {problem}.",
            f"Find {problem} with blocks. Write each step with digits.",
            f"Operate by place value and write the vertical form of {problem}.",
        ),
        "explain": (
            f"Explain how to find {problem} with place value.",
            f"How do you find {problem}? Explain with tens and ones.",
            f"Use the blocks to explain why {problem} is {a + b if sign == '+' else a - b}.",
            f"Explain [in words|in your own words] how the blocks show {problem}.",
            f"Describe each step of {problem}. Why does the method work?",
            f"Tell how tens and ones [change|are used] in {problem}. Give reasons.",
        ),
    }


@template
def operations_blocks(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Add or subtract with base-ten blocks; sometimes write the method, sometimes explain it."""
    sign, a, b, labels = _choose_blocks(rng)
    task = rng.choice(("show", "show", "write", "explain"))
    problem = f"{a} {sign} {b}"
    asked = _ask_blocks(sign, a, b)
    titles = (
        "Place value [addition|arithmetic]"
        if sign == "+"
        else "Place value [subtraction|arithmetic]",
        "Base-ten blocks",
        "Tens and ones",
    )
    introduce(canvas, rng, asked[task], titles=titles)
    _draw_operands(canvas, rng, sign, a, b)
    result = a + b if sign == "+" else a - b
    if task == "write":
        width = len(str(max(a, result)))
        head: list[str | Blank] = ["", *("H", "T", "O")[-width:]]
        rows: list[list[str | Blank]] = [
            head,
            ["", *str(a).rjust(width)],
            [sign, *str(b).rjust(width)],
        ]
        rows.append(["", *(Blank(digit) for digit in str(result).rjust(width))])
        clean = [[cell.strip() if isinstance(cell, str) else cell for cell in row] for row in rows]
        draw_table(canvas, rng, clean, header=True, kind="column_arithmetic", padding=8)
    else:
        write_equation(canvas, rng, (f"{problem} = ", Blank(str(result))))
    abilities = {"show": (), "write": ("Formalization",), "explain": ("TextualArticulation",)}[task]
    if task == "explain" and not canvas.style.solution:
        write_lines(canvas, rng.randint(2, 3))
    return combine(labels, "PhysicalNumbers", "TwoOperands", "ProcedureUnderstanding", abilities)


def _draw_operands(canvas: Canvas, rng: random.Random, sign: str, a: int, b: int) -> None:
    unit = rng.uniform(4, 6)
    gap = 26.0
    widths = [measure_blocks(number, unit)[0] for number in (a, b)]
    room = canvas.right - canvas.left
    unit *= min(1.0, (room - gap) / sum(widths))
    widths = [measure_blocks(number, unit)[0] for number in (a, b)]
    height = max(measure_blocks(number, unit)[1] for number in (a, b))
    x = canvas.left + max(0.0, (room - sum(widths) - gap) / 2)
    draw_blocks(canvas, x, canvas.y, a, unit=unit)
    canvas.text(
        x + widths[0] + gap / 2,
        canvas.y + height / 2,
        sign,
        size=canvas.style.size * 1.2,
        anchor="m",
    )
    draw_blocks(canvas, x + widths[0] + gap, canvas.y, b, unit=unit)
    canvas.y += height + 8
    if rng.random() < 0.4:
        paragraph(
            canvas,
            " and ".join(f"{n // 10} tens {n % 10} ones" for n in (a, b)),
            size=canvas.style.size * 0.85,
        )
    skip(canvas, 4)


@template
def operations_split_explain(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Add or subtract by splitting into tens and ones, and explain it, without a picture."""
    sign, a, b, labels = _choose_blocks(rng)
    result = a + b if sign == "+" else a - b
    problem = f"{a} {sign} {b}"
    introduce(
        canvas,
        rng,
        (
            f"Explain how place value helps to find {problem}.",
            f"Explain your steps for {problem}. Use the words tens and ones.",
            f"A classmate does not understand {problem}. Explain it with tens and ones.",
            f"Solve {problem} by splitting into tens and ones. Explain why it works.",
            f"Why can you work with tens and ones separately in {problem}?",
            f"How would you explain {problem} with place value?",
            f"[Write|Describe] the strategy you use for {problem} and why it works.",
            f"Solve and justify: {problem}.",
        ),
        titles=("Explain with place value", "Strategy and reason", "Explain your thinking"),
    )
    if rng.random() < 0.5:
        sums = (" + ".join(map(str, split_places(number))) for number in (a, b))
        lines = [(f"{number} = {text}",) for number, text in zip((a, b), sums, strict=True)]
        write_equations(canvas, rng, lines, most=1.05)
    write_equation(canvas, rng, (f"{problem} = ", Blank(str(result))))
    write_lines(canvas, rng.randint(2, 4))
    return combine(labels, "TwoOperands", "ProcedureUnderstanding", "TextualArticulation")
