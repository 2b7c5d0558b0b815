"""Pictures of operations: jumps on a number line, arrays, equal groups, bonds, pictures taken away.

How it is used: importing it registers the templates. What it leaves out: base-ten blocks and written
methods (`operations_methods`).
"""

import random
from collections.abc import Mapping

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_numbers import (
    draw_array,
    draw_bond,
    draw_jump,
    draw_number_line,
    draw_things,
)
from chalklens.training.worksheets.flow import (
    Blank,
    introduce,
    lay_out,
    skip,
    write_answer_line,
    write_equation,
    write_equations,
    write_lines,
)
from chalklens.training.worksheets.labels import (
    AREA_OF,
    WRITTEN,
    combine,
    number_labels,
    operation_labels,
)
from chalklens.training.worksheets.objects import THINGS
from chalklens.training.worksheets.operations_rows import make_exercise
from chalklens.training.worksheets.templates import template

_GROUPED = combine(
    WRITTEN, "NumbersSmaller100", "NumbersWithoutNegatives", "NumbersWithoutZero", "TwoOperands"
)


@template
def operations_number_line_jump(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Add or subtract on a number line."""
    sign = rng.choice("+−")
    limit = rng.choice((20, 100, 100))
    exercise = make_exercise(rng, sign, limit)
    a, b = exercise.operands
    problem = f"{a} {sign} {b}"
    introduce(
        canvas,
        rng,
        (
            f"Use the number line to [find|solve|work out] {problem}.",
            f"[Jump|Hop] on the number line: {problem}.",
            f"Start at {a} and jump {b} {'forward' if sign == '+' else 'back'}. Where do you land?",
            f"Show {problem} [on|with] the number line.",
            "[Solve|Calculate] with jumps on the number line.",
            f"Draw the jump for {problem} and write the result.",
            "Use the line to [add|subtract|calculate].".replace(
                "[add|subtract|calculate]", "add" if sign == "+" else "subtract"
            ),
            f"Where does the jump end? Work out {problem}.",
        ),
        titles=("Number line", f"{AREA_OF[sign]} on [a|the] number line", "Jump on the line"),
    )
    step = 10 if limit == 100 else 1
    high = 100 if limit == 100 else 20
    marks = {float(n): str(n) for n in range(0, high + 1, step if limit == 100 else 2)}
    line = draw_number_line(canvas, rng, 0, high, high // step, marks, above=44)
    canvas.disc(line.x(a), line.y, 4, fill=canvas.style.accent)
    if rng.random() < 0.5 or canvas.style.solution:
        draw_jump(canvas, line, a, exercise.result, height=26)
    write_equation(canvas, rng, (f"{problem} = ", Blank(str(exercise.result))))
    return combine(
        AREA_OF[sign], "Numberline", "NumbersSmaller100", "TwoOperands", "ProcedureExecution"
    )


@template
def operations_mark_on_line(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Mark a number as a point or a length from zero."""
    high, step = rng.choice(((20, 1), (50, 5), (100, 10), (40, 4), (60, 6), (30, 3)))
    number = rng.randint(1, high - 1)
    if rng.random() < 0.6:
        number = step * rng.randint(1, high // step - 1)
    introduce(
        canvas,
        rng,
        (
            f"Mark {number} on the number line.",
            f"Show {number} as a length from 0.",
            f"[Draw|Put] a point at {number}.",
            f"Where is {number}? Mark it on the line.",
            f"Draw an arrow from 0 to {number}.",
            f"Represent {number} on the number line.",
            f"[Locate|Place] the number {number} on the line.",
            f"Mark the distance from 0 that stands for {number}.",
        ),
        titles=("Number line", "Locate the number", "Numbers as lengths"),
    )
    marks = {float(n): str(n) for n in range(0, high + 1, step * (2 if step == 1 else 1))}
    line = draw_number_line(canvas, rng, 0, high, high // step, marks, above=30)
    if canvas.style.solution:
        canvas.disc(line.x(number), line.y, 5, fill=canvas.style.accent)
        canvas.arrow(
            (line.x(0), line.y - 12), (line.x(number), line.y - 12), colour=canvas.style.accent
        )
    return combine(
        "NumerationWithIntegers", "Numberline", "NumbersSmaller100", "VisualArticulation"
    )


def _ask_array(rows: int, columns: int, many: str) -> Mapping[str, tuple[str, ...]]:
    total = rows * columns
    return {
        "meaning": (
            f"What does {rows} × {columns} mean in this array?",
            f"{total} {many} stand in {rows} equal rows of {columns}. What does {rows} × {columns} mean?",
            f"Explain [with|by] the rows what {rows} × {columns} [stands for|tells].",
            f"How does the picture show {rows} × {columns}?",
            f"Describe the array with rows. What do {rows} and {columns} stand for?",
            f"Interpret {rows} × {columns} [with|using] the array.",
        ),
        "quotative": (
            f"{total} {many} are [put|arranged] {columns} per row. How many rows are there?",
            f"Arrange {total} {many} with {columns} in each row. How many rows [can be made|do you get]?",
            f"How many rows of {columns} make {total}?",
            f"{total} ÷ {columns}: how many rows of {columns} do you see?",
            f"Rows of {columns} hold {total} {many}. Count the rows.",
        ),
        "partitive": (
            f"{total} {many} are shared into {rows} equal rows. How many are in each row?",
            f"Share {total} {many} among {rows} rows. How many per row?",
            f"{rows} equal rows hold {total} {many} altogether. How many does one row hold?",
            f"{total} ÷ {rows}: how many are in every row?",
            f"How many {many} does each of the {rows} equal rows get?",
        ),
        "product": (
            f"How many {many} are there in [total|all]? Multiply.",
            f"Find the total: {rows} rows of {columns}.",
            "[Multiply|Use multiplication] to find the number of things in the array.",
            f"Calculate {rows} × {columns} with the array.",
            "Multiply rows and columns. What is the total?",
        ),
        "sum": (
            "Add the equal rows. Write the [equation|addition].",
            f"Write a repeated addition for the {many}.",
            "Write an equation that adds the rows.",
            "Which addition shows all rows? Write it and find the total.",
            f"Express the total as a sum of {rows} equal addends.",
        ),
    }


@template
def operations_array(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Rows and columns: meaning of a product, sharing into rows, repeated addition."""
    rows, columns = rng.randint(2, 5), rng.randint(2, 6)
    total = rows * columns
    thing = rng.choice(THINGS)
    task = rng.choice(("meaning", "quotative", "partitive", "product", "sum"))
    asked = _ask_array(rows, columns, thing.plural)
    introduce(
        canvas,
        rng,
        asked[task],
        titles=("Arrays", "Number array", "Rows and columns", "Array model"),
    )
    draw_array(canvas, thing, rows, columns, cell=rng.uniform(22, 36))
    if task == "sum":
        write_equation(canvas, rng, (" + ".join([str(columns)] * rows) + " = ", Blank(str(total))))
        labels = ("Addition", "Equation", "IteratedOperation", "ExpressionOnOneSide", "NumberArray")
        return combine(labels, "Formalization")
    if task == "product":
        write_equation(canvas, rng, (f"{rows} × {columns} = ", Blank(str(total))))
        return combine("Multiplication", _GROUPED, "ProcedureExecution")
    _answer_meaning(canvas, rng, task, rows, columns)
    areas = {
        "meaning": ("GroupRecognition", "Multiplication"),
        "quotative": ("QuotativeDivision",),
        "partitive": ("PartitiveDivision",),
    }[task]
    return combine(areas, _GROUPED, "EqualShares", "NumberArray", "Interpretation")


def _answer_meaning(canvas: Canvas, rng: random.Random, task: str, rows: int, columns: int) -> None:
    if task == "meaning":
        if canvas.style.solution:
            write_answer_line(canvas, rng, f"{rows} groups of {columns}", ("",))
        elif rng.random() < 0.6:
            write_lines(canvas, 2)
        return
    answer = rows if task == "quotative" else columns
    write_answer_line(
        canvas, rng, str(answer), ("Answer:", "Rows:" if task == "quotative" else "In each row:")
    )


def _ask_groups(groups: int, each: int, many: str) -> Mapping[str, tuple[str, ...]]:
    total = groups * each
    return {
        "meaning": (
            f"{total} {many} are in {groups} equal groups of {each}. What does {groups} × {each} mean?",
            f"What does {groups} × {each} tell about the groups?",
            f"Describe the groups with {groups} × {each}.",
            f"How do the groups show {groups} × {each}?",
            f"Interpret {groups} × {each} as equal groups.",
        ),
        "quotative": (
            f"Put {total} {many} into groups of {each}. How many groups [are there|are made]?",
            f"How many groups of {each} can you make from {total} {many}?",
            f"{total} {many}, {each} in every group: how many groups?",
            f"Circle groups of {each}. How many groups do you get?",
            f"Interpret {total} ÷ {each} as the number of groups.",
        ),
        "partitive": (
            f"Share {total} {many} equally among {groups} groups. How many [go in|are in] each group?",
            f"{groups} friends share {total} {many} fairly. How many does everybody get?",
            f"Deal {total} {many} out to {groups} groups. How many in each?",
            f"{total} {many} in {groups} equal groups: how many are in one group?",
            f"Interpret {total} ÷ {groups} as equal sharing.",
        ),
    }


@template
def operations_equal_groups(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Equal groups: meaning of a product, sharing, and how many groups."""
    groups, each = rng.randint(2, 6), rng.randint(2, 6)
    total = groups * each
    thing = rng.choice(THINGS)
    task = rng.choice(("meaning", "quotative", "partitive"))
    asked = _ask_groups(groups, each, thing.plural)
    introduce(canvas, rng, asked[task], titles=("Equal groups", "Sharing equally", "Making groups"))
    empty = task == "partitive" and not canvas.style.solution
    for cell in lay_out(canvas, rng, groups, 74, 66, gap=12, numbered=False):
        box = Area(cell.x0, cell.y0, min(cell.x1, cell.x0 + 120), cell.y1)
        canvas.rectangle(box, outline=canvas.style.ink, radius=canvas.style.corner + 6, stroke=1)
        if not empty:
            draw_things(canvas, rng, thing, each, box.inset(9), "BoxArrangement")
    division = f"{total} ÷ {groups if task == 'partitive' else each} = "
    answer = each if task == "partitive" else groups
    if task != "meaning" and rng.random() < 0.6:
        write_equation(canvas, rng, (division, Blank(str(answer))))
    areas = {
        "meaning": ("GroupRecognition", "Multiplication"),
        "quotative": ("QuotativeDivision",),
        "partitive": ("PartitiveDivision",),
    }[task]
    return combine(areas, _GROUPED, "EqualShares", "PhysicalNumbers", "Interpretation")


@template
def operations_decompose(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Split a small number in two ways."""
    whole = rng.randint(3, 10)
    parts = rng.sample(range(1, whole), 2)
    thing = rng.choice(THINGS)
    introduce(
        canvas,
        rng,
        (
            f"[Decompose|Split|Break apart] {whole} in two different ways.",
            f"Find two ways to make {whole}.",
            f"Which two numbers [make|give] {whole}? Find two [pairs|ways].",
            f"Take {whole} {thing.plural} apart in two ways.",
            f"Break {whole} into two parts. Do it [twice|in two ways].",
            f"Show {whole} as a sum in two different ways.",
            f"How can {whole} be split? Write two [equations|sums].",
            f"Draw and write two [number bonds|partners] of {whole}.",
        ),
        titles=("Number bonds", "Break apart", "Ways to make a number", "Decompose"),
    )
    look = "box" if canvas.style.blank == "gap" else ""
    if rng.random() < 0.5:
        for cell, part in zip(
            lay_out(canvas, rng, 2, 130, 110, numbered=False), parts, strict=False
        ):
            box = Area(cell.x0, cell.y0, min(cell.x1, cell.x0 + 150), cell.y1)
            draw_bond(canvas, box, str(whole), (Blank(str(part)), Blank(str(whole - part))))
    else:
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 60)
        draw_things(canvas, rng, thing, whole, box, "LinearArrangement")
        canvas.y = box.y1 + 6
        write_equations(
            canvas,
            rng,
            [
                (f"{whole} = ", Blank(str(p), look=look), " + ", Blank(str(whole - p), look=look))
                for p in parts
            ],
        )
    numbers = number_labels((whole,), bounds=(10,))
    return combine(
        "Addition",
        "PartitionOfCollections",
        WRITTEN,
        numbers,
        "PhysicalNumbers",
        "ProcedureUnderstanding",
    )


@template
def operations_number_bond(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Complete number bonds: a part is missing."""
    limit = rng.choice((10, 20))
    count = rng.randint(1, 4)
    exercises = [make_exercise(rng, "+", limit) for _ in range(count)]
    introduce(
        canvas,
        rng,
        (
            "Complete the number bond[|s].",
            "[Find|Write] the missing part.",
            "Which number is missing in the [bond|part-whole diagram]?",
            "The parts make the whole. Fill in the missing [number|part].",
            "Fill in the [empty circle|missing partner].",
            "Part and part make the whole: what is missing?",
            "What is the other part?",
            "Use the whole and one part to find the other part.",
        ),
        titles=("Number bonds", "Part and whole", f"Bonds [to|within] {limit}"),
    )
    for cell, exercise in zip(lay_out(canvas, rng, count, 120, 105), exercises, strict=False):
        a, b = exercise.operands
        box = Area(cell.x0, cell.y0, min(cell.x1, cell.x0 + 150), cell.y1)
        draw_bond(canvas, box, str(exercise.result), (str(a), Blank(str(b))))
    skip(canvas, 2)
    numbers = [n for e in exercises for n in (*e.operands, e.result)]
    labels = operation_labels("+", (max(e.result for e in exercises) - 1, 1), max(numbers))
    return combine(labels, "ProcedureExecution")


def _ask_picture(sign: str, a: int, b: int, write: bool) -> tuple[str, ...]:
    if write:
        return (
            "Write the equation for the picture.",
            f"[Write|Make] {'an addition' if sign == '+' else 'a subtraction'} equation that fits the picture.",
            "Which equation does the picture show? Write it.",
            "[Express|Write] the picture as a number sentence.",
            "Turn the picture into an equation.",
            "Write the number sentence [for|that matches] the picture.",
        )
    return (
        "How many are [there in all|there altogether]?" if sign == "+" else "How many are left?",
        f"Use the picture to {'add' if sign == '+' else 'subtract'}.",
        "[Find|Work out] the answer with the picture.",
        f"{'Put together' if sign == '+' else 'Take away'}: what is {a} {sign} {b}?",
        "Count and calculate.",
        f"Calculate {a} {sign} {b}. The picture helps.",
    )


@template
def operations_picture(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A picture of joining or taking away, with its equation to write."""
    sign = rng.choice("+−")
    exercise = make_exercise(rng, sign, rng.choice((5, 10)))
    a, b = exercise.operands
    thing = rng.choice(THINGS)
    write = rng.random() < 0.5
    introduce(
        canvas,
        rng,
        _ask_picture(sign, a, b, write),
        titles=(AREA_OF[sign], "Picture problems", "Look and calculate"),
    )
    middle = (canvas.left + canvas.right) / 2
    if sign == "+":
        for left, right, count in ((canvas.left, middle - 8, a), (middle + 8, canvas.right, b)):
            draw_things(
                canvas,
                rng,
                thing,
                count,
                Area(left, canvas.y, right, canvas.y + 74),
                "BoxArrangement",
            )
    else:
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + 74)
        draw_things(canvas, rng, thing, a, box, "BoxArrangement", crossed=b)
    canvas.y += 84
    if write:
        look = "box" if canvas.style.blank == "gap" else ""
        parts = (
            Blank(str(a), look=look),
            " ",
            Blank(sign, look=look, digits=1),
            " ",
            Blank(str(b), look=look),
        )
        write_equation(canvas, rng, (*parts, " = ", Blank(str(exercise.result), look=look)))
    else:
        write_equation(canvas, rng, (f"{a} {sign} {b} = ", Blank(str(exercise.result))))
    labels = operation_labels(sign, exercise.operands, exercise.result)
    return combine(labels, ("Equation", "Formalization") if write else ("ProcedureExecution",))
