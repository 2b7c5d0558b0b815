"""Number patterns and tables: continue a rule, recognise it, find and explain features.

How it is used: importing it registers the templates. What it leaves out: counting sequences
(`numbers_sequences`).
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
    write_lines,
)
from chalklens.training.worksheets.labels import WRITTEN, combine
from chalklens.training.worksheets.tables import draw_table
from chalklens.training.worksheets.templates import template


@dataclass(frozen=True, slots=True)
class Pattern:
    """Terms that follow from a start and a rule."""

    area: str
    step: int
    terms: tuple[int, ...]

    @property
    def rule(self) -> str:
        """The rule as a phrase."""
        return f"add {self.step}" if self.area == "Addition" else f"multiply by {self.step}"

    @property
    def parity(self) -> int:
        """Which feature holds: 0 all even, 1 all odd, 2 alternating, 3 even after the start."""
        odd = [term % 2 for term in self.terms]
        if len(set(odd)) == 1:
            return odd[0]
        return 2 if odd[1] != odd[2] else 3


_PARITIES = (
    "Every term is even.",
    "Every term is odd.",
    "The terms alternate between odd and even.",
    "After the start, every term is even.",
)


def choose_pattern(rng: random.Random) -> Pattern:
    """An additive or multiplicative pattern."""
    if rng.random() < 0.55:
        start, step = rng.randint(0, 12), rng.randint(1, 9)
        return Pattern("Addition", step, tuple(start + step * i for i in range(rng.randint(5, 6))))
    start, step = rng.randint(1, 4), rng.randint(2, 4)
    return Pattern("Multiplication", step, tuple(start * step**i for i in range(5)))


def _write_terms(canvas: Canvas, rng: random.Random, pattern: Pattern, *, hidden: int = -1) -> None:
    separator = rng.choice((" → ", ", ", "   "))
    parts: list[Part] = []
    for index, term in enumerate(pattern.terms):
        parts += [separator] if index else []
        parts.append(
            Blank(str(term), look="box" if canvas.style.blank == "gap" else "")
            if index == hidden
            else str(term)
        )
    write_equation(canvas, rng, parts, most=1.25)


@template
def operations_pattern_continue(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Follow a stated rule to a missing term."""
    pattern = choose_pattern(rng)
    introduce(
        canvas,
        rng,
        (
            "Follow the rule to find the [missing|next] term.",
            f"The rule is: {pattern.rule}. [Continue|Complete] the pattern.",
            f"[Start|Begin] with {pattern.terms[0]} and {pattern.rule} each time. Which term is missing?",
            "Use the rule to [generate|continue|extend] the [number |]pattern.",
            f"[Generate|Write] the pattern: start at {pattern.terms[0]}, rule {pattern.rule}.",
            "What number comes next in the pattern?",
            "[Fill in|Write] the missing term of the pattern.",
            f"Keep going: {pattern.rule} to get each next term.",
        ),
        titles=("Number patterns", "Follow the rule", "Growing patterns", "Patterns and rules"),
    )
    if rng.random() < 0.6:
        paragraph(canvas, f"Rule: {pattern.rule}", bold=True)
    _write_terms(
        canvas,
        rng,
        pattern,
        hidden=rng.choice((len(pattern.terms) - 1, rng.randint(2, len(pattern.terms) - 1))),
    )
    return combine(pattern.area, "PatternGeneration", WRITTEN, "ProcedureExecution")


@template
def operations_pattern_rule(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Recognise the rule behind terms, or a feature nobody stated."""
    pattern = choose_pattern(rng)
    feature = rng.random() < 0.5
    rules = (
        "Which rule [makes|gives|generates] these terms?",
        "What is the rule of the pattern?",
        "[Classify|Name] the rule: [how do the terms grow|adding or multiplying]?",
        "Choose the rule that fits the pattern.",
        "How do you get from one term to the next? Choose the rule.",
        "Look at the terms. [Recognise|Find] the rule.",
        "Which of the rules belongs to these numbers?",
        "Tick the rule of the number pattern.",
    )
    features = (
        "Which feature do the terms have that the rule does not [say|state]?",
        "What do you notice about the terms that the rule does not tell?",
        "Choose the feature that appears in the pattern[| but not in the rule].",
        "Odd or even? Which feature do you see in the terms?",
        "[Classify|Describe] the pattern by a feature that is not in its rule.",
        "Follow the rule. Then choose a feature of all terms.",
        "Which statement about odd and even terms is true here?",
        "Look at the generated terms. What is special about them?",
    )
    introduce(
        canvas,
        rng,
        features if feature else rules,
        titles=("Number patterns", "Classify the pattern", "What do you notice?"),
    )
    if feature:
        paragraph(canvas, f"Start: {pattern.terms[0]}    Rule: {pattern.rule}")
    _write_terms(canvas, rng, pattern)
    skip(canvas, 3)
    _write_options(canvas, rng, pattern, feature=feature)
    if feature:
        return combine(
            pattern.area,
            "EmergentFeatureRecognition",
            WRITTEN,
            "ConceptClassification",
            "ProcedureExecution",
        )
    return combine(pattern.area, "GenerativeRuleRecognition", WRITTEN, "ConceptClassification")


def _write_options(canvas: Canvas, rng: random.Random, pattern: Pattern, *, feature: bool) -> None:
    if feature:
        right = _PARITIES[pattern.parity]
        # "After the start" is true of even terms as well.
        wrong = _PARITIES[1:3] if pattern.parity == 0 else _PARITIES
        others = [text for text in wrong if text != right]
    else:
        right = pattern.rule
        others = [
            f"add {pattern.step + 1}",
            f"multiply by {pattern.step + 1}",
            f"subtract {pattern.step}",
        ]
    options = [right, *rng.sample(others, 2)]
    rng.shuffle(options)
    write_choices(canvas, tuple(options), options.index(right))


@template
def operations_pattern_explain(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Explain why a feature of a pattern goes on."""
    kind = rng.choice(("Commutative", "Associative", "Distributive"))
    step = rng.randint(2, 6) if kind != "Associative" else rng.randint(2, 3)
    times = kind == "Distributive" or rng.random() < 0.4
    if kind == "Distributive":
        terms = [step * i for i in range(6)]
        feature, witness = (
            f"Each term is {step} greater than the one before.",
            f"{step} × (3 + 1) = {step} × 3 + {step} × 1",
        )
    elif times:
        step = min(step, 3)
        terms = [2 * step**i for i in range(5)]
        feature, witness = _explain_product(kind, step)
    else:
        terms = [1 + step * i for i in range(5)]
        feature, witness = _explain_sum(kind, step)
    area = "Multiplication" if times else "Addition"
    introduce(
        canvas,
        rng,
        (
            f"Explain why this [goes on|continues]: {feature}",
            f"{feature} Why? Explain with the {kind.lower()} property.",
            f"Why is it always true? {feature}",
            f"{feature} [Write|Explain in words] why this feature continues.",
            f"Will it go on like this? {feature} Give reasons.",
            f"Justify the feature of the pattern. {feature}",
            f"{feature} Describe why the pattern does this.",
            f"Use the {kind.lower()} property to explain. {feature}",
        ),
        titles=("Explain the pattern", "Why does it continue?", "Patterns and properties"),
    )
    _write_terms(canvas, rng, Pattern(area, step, tuple(terms)))
    if rng.random() < 0.6:
        paragraph(canvas, witness)
    write_lines(canvas, rng.randint(2, 3))
    areas = (area, f"{kind}Law", "EmergentFeatureRecognition")
    return combine(areas, WRITTEN, "ProcedureUnderstanding", "TextualArticulation")


def _explain_product(kind: str, step: int) -> tuple[str, str]:
    if kind == "Commutative":
        return (
            f"Changing the order of a term and {step} gives the same next term.",
            f"2 × {step} = {step} × 2",
        )
    return (
        f"Every second term is {step * step} times the term two places before.",
        f"(2 × {step}) × {step} = 2 × ({step} × {step})",
    )


def _explain_sum(kind: str, step: int) -> tuple[str, str]:
    if kind == "Commutative":
        return (
            f"Changing the order of a term and {step} gives the same next term.",
            f"1 + {step} = {step} + 1",
        )
    return (
        f"Every second term is {2 * step} more than the term two places before.",
        f"(1 + {step}) + {step} = 1 + ({step} + {step})",
    )


@template
def operations_table_rule(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Recognise the rule of a row in an addition or multiplication table."""
    times = rng.random() < 0.5
    most = rng.randint(4, 8)
    row = rng.randint(1, most)
    sign, area = ("×", "Multiplication") if times else ("+", "Addition")
    introduce(
        canvas,
        rng,
        (
            "Which rule does the [coloured|highlighted|marked] row follow?",
            "Look at the [coloured|marked] row of the table. [How does it grow|What is its rule]?",
            "Classify the pattern in the highlighted row.",
            "Choose the rule for the marked row.",
            f"What pattern do you see in row {row}?",
            "By how much do the numbers in the coloured row increase?",
            "Find the rule of the highlighted row in the table.",
            "The row changes by the same amount each time. By how much?",
        ),
        titles=(f"{area} table", "Table patterns", "Patterns in tables"),
    )
    head = [sign, *map(str, range(most + 1))]
    body = [
        [str(i), *(str(i * j if times else i + j) for j in range(most + 1))]
        for i in range(most + 1)
    ]
    marked = [(row + 1, j) for j in range(most + 2)]
    draw_table(
        canvas,
        rng,
        [head, *body],
        header=True,
        row_header=True,
        size=canvas.style.size * 0.8,
        padding=4,
        marked=marked,
    )
    right = row if times else 1
    options = sorted({0, right, right + 1, right + 2})[:3]
    texts = tuple("Stay the same" if n == 0 else f"Increase by {n}" for n in options)
    write_choices(canvas, texts, options.index(right))
    return combine(area, "GenerativeRuleRecognition", WRITTEN, "ConceptClassification")


@template
def operations_table_fill(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Fill an input-output table by its rule."""
    times = rng.random() < 0.5
    step = rng.randint(2, 9)
    inputs = sorted(rng.sample(range(1, 11), rng.randint(4, 6)))
    area = "Multiplication" if times else "Addition"
    rule = f"{'multiply by' if times else 'add'} {step}"
    introduce(
        canvas,
        rng,
        (
            f"[Complete|Fill in] the table. The rule is {rule}.",
            f"Use the rule to fill the table: {rule}.",
            f"[Apply|Follow] the rule “{rule}” and complete the table.",
            f"Find each output: {rule}.",
            f"What comes out of the machine? Rule: {rule}.",
            f"Each number goes in. You {rule}. What comes out?",
            f"Continue the table with the rule {rule}.",
            f"Generate the missing numbers ({rule}).",
        ),
        titles=("Input and output", "Function machine", "Rule tables"),
    )
    shown = rng.randint(1, 2)
    outputs = [value * step if times else value + step for value in inputs]
    cells: list[str | Blank] = [
        str(n) if i < shown else Blank(str(n)) for i, n in enumerate(outputs)
    ]
    if rng.random() < 0.5:
        draw_table(canvas, rng, [["In", *map(str, inputs)], ["Out", *cells]], row_header=True)
    else:
        rows: list[list[str | Blank]] = [
            ["In", "Out"],
            *([str(a), b] for a, b in zip(inputs, cells, strict=True)),
        ]
        draw_table(canvas, rng, rows, header=True)
    return combine(area, "PatternGeneration", WRITTEN, "ProcedureExecution")


@template
def operations_times_as_many(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Read a product as a comparison: so many times as many."""
    one, factor = rng.randint(2, 9), rng.randint(2, 6)
    first, second = rng.sample(("Ana", "Ben", "Mina", "Noah", "Rosa", "Sam", "Tara", "Leo"), 2)
    many = rng.choice(("stickers", "cards", "marbles", "books", "shells"))
    introduce(
        canvas,
        rng,
        (
            f"{first} has {one} {many}. {second} has {one * factor}. How many times as many does {second} have?",
            f"{one} × {factor} = {one * factor}. Read the equation as a comparison.",
            f"Interpret {one} × {factor} = {one * factor}: what does it say about {second} and {first}?",
            f"What does the equation {one} × {factor} = {one * factor} tell about the {many}?",
            "[Interpret|Read] the [multiplication |]equation as a comparison.",
            f"Complete the comparison: {one * factor} is how many times as many as {one}?",
            "Use the bars to say how many times as many.",
            f"Compare the {many} of {first} and {second} with a factor.",
        ),
        titles=("Times as many", "Multiplicative comparison", "Compare by multiplying"),
    )
    _draw_comparison(canvas, (first, second), one, factor)
    if rng.random() < 0.6:
        write_equation(canvas, rng, (f"{one} × {factor} = {one * factor}",))
    sentence = f"{second} has {{}} times as many {many} as {first}."
    before, after = sentence.split("{}")
    if canvas.measure(sentence) < canvas.right - canvas.left - 40:
        write_equation(canvas, rng, (before, Blank(str(factor), look="line"), after), most=1.0)
    else:
        write_answer_line(canvas, rng, f"{factor} times as many")
    return combine(
        "Equation",
        "Multiplication",
        "ProportionalScaling",
        "ArabicNumerals",
        "TwoOperands",
        "Interpretation",
    )


def _draw_comparison(canvas: Canvas, names: tuple[str, str], one: int, factor: int) -> None:
    left = canvas.left + max(canvas.measure(name) for name in names) + 10
    unit = min(70.0, (canvas.right - left) / factor)
    top = canvas.y
    for name, count in zip(names, (1, factor), strict=True):
        y = canvas.y + 14
        canvas.text(canvas.left, y, name)
        for index in range(count):
            box = Area(left + index * unit, y - 12, left + (index + 1) * unit, y + 12)
            canvas.rectangle(box, outline=canvas.style.accent)
            canvas.text(*box.middle, str(one), size=min(canvas.style.size, 16), anchor="m")
        canvas.y += 36
    canvas.figure("bar_model", Area(left, top, left + unit * factor, canvas.y - 8))
