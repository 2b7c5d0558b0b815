"""Strategies: counting on and back, making ten, near doubles, compensation, known facts.

How it is used: importing it registers the templates. What it leaves out: the properties by
themselves (`operations_properties`) and written methods (`operations_methods`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    introduce,
    paragraph,
    skip,
    write_equations,
)
from chalklens.training.worksheets.labels import WRITTEN, combine, number_labels
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_PLAIN = ("NumbersWithoutNegatives", "NumbersWithoutZero")


@dataclass(frozen=True, slots=True)
class Strategy:
    """A worked strategy: its concept, what it is called, the problem, and its steps with results."""

    concept: str
    names: tuple[str, ...]
    problem: str
    result: int
    limit: int
    rewrite: str
    steps: tuple[tuple[str, int], ...]


def _count_on(rng: random.Random) -> Strategy:
    limit = rng.choice((10, 20, 1000))
    jump = rng.randint(1, 3)
    start = rng.randint(limit // 2, limit - jump)
    steps = tuple((f"{start + i} + 1", start + i + 1) for i in range(jump))
    names = ("[Count|Counting] on", "Count forward by ones")
    rewrite = f"Start at {start} and count [forward|on] {jump}."
    return Strategy(
        "AdditionCountingOn", names, f"{start} + {jump}", start + jump, limit, rewrite, steps
    )


def _count_back(rng: random.Random) -> Strategy:
    limit = rng.choice((10, 20, 1000))
    jump = rng.randint(1, 3)
    start = rng.randint(max(5, limit // 2 + 1), limit)
    steps = tuple((f"{start - i} − 1", start - i - 1) for i in range(jump))
    names = ("[Count|Counting] back", "Count backward by ones")
    rewrite = f"Start at {start} and count [back|backward] {jump}."
    return Strategy(
        "SubtractionCountingBack", names, f"{start} − {jump}", start - jump, limit, rewrite, steps
    )


def _make_ten(rng: random.Random) -> Strategy:
    base = rng.choice((0, 0, 0, 10 * rng.randint(4, 90)))
    first = base + rng.randint(5, 9)
    second = rng.randint(base + 11 - first, 9)
    ten = base + 10
    part = ten - first
    rest = second - part
    steps = ((f"{first} + {part}", ten), (f"{ten} + {rest}", ten + rest))
    names = ("[Make|Making] [a |]ten", "Bridge through ten", "Use a friendly ten")
    rewrite = f"{first} + {second} = {first} + ({part} + {rest})"
    limit = 20 if base == 0 else 1000
    return Strategy(
        "AdditionMakeTen", names, f"{first} + {second}", first + second, limit, rewrite, steps
    )


def _subtract_ten(rng: random.Random) -> Strategy:
    whole = rng.randint(11, 18)
    second = rng.randint(whole - 9, 9)
    part, rest = whole - 10, second - (whole - 10)
    if rest < 1:
        return _subtract_ten(rng)
    steps = ((f"{whole} − {part}", 10), (f"10 − {rest}", 10 - rest))
    names = ("Subtract [down |]to ten", "[Make|Making] ten to subtract", "Take away to ten first")
    rewrite = f"{whole} − {second} = {whole} − ({part} + {rest})"
    return Strategy(
        "SubtractionMakeTen", names, f"{whole} − {second}", whole - second, 20, rewrite, steps
    )


def _near_double(rng: random.Random) -> Strategy:
    limit, low, high = rng.choice(((10, 2, 4), (20, 5, 9), (1000, 60, 480)))
    double = rng.randint(low, high)
    steps = ((f"{double} + {double}", 2 * double), (f"{2 * double} + 1", 2 * double + 1))
    names = ("Near doubles", "[Use|Using] a double", "Doubles plus one")
    rewrite = f"{double} + {double + 1} = {double} + {double} + 1"
    problem = f"{double} + {double + 1}"
    return Strategy("AdditionNearDoubles", names, problem, 2 * double + 1, limit, rewrite, steps)


def _compensate_sum(rng: random.Random) -> Strategy:
    tens = 10 * rng.randint(20, 60)
    shift = rng.randint(1, 4)
    first, second = tens - shift, rng.randint(60, 350)
    steps = (
        (f"{first} + {shift}", tens),
        (f"{second} − {shift}", second - shift),
        (f"{tens} + {second - shift}", first + second),
    )
    names = ("Compensation", "Move some over", "[Addition compensation|Adjust both addends]")
    rewrite = f"{first} + {second} = {tens} + {second - shift}"
    return Strategy(
        "AdditionCompensation", names, f"{first} + {second}", first + second, 1000, rewrite, steps
    )


def _compensate_difference(rng: random.Random) -> Strategy:
    tens = 10 * rng.randint(12, 40)
    shift = rng.randint(1, 4)
    first, second = rng.randint(tens + 50, 900), tens - shift
    steps = (
        (f"{second} + {shift}", tens),
        (f"{first} + {shift}", first + shift),
        (f"{first + shift} − {tens}", first - second),
    )
    names = ("[Compensation|Same change]", "Keep the difference", "Shift both numbers")
    rewrite = f"{first} − {second} = {first + shift} − {tens}"
    problem = f"{first} − {second}"
    return Strategy("SubtractionCompensation", names, problem, first - second, 1000, rewrite, steps)


def _think_addition(rng: random.Random) -> Strategy:
    limit, low, high = rng.choice(((20, 11, 20), (1000, 200, 990)))
    whole = rng.randint(low, high)
    ten = (whole - 1) // 10 * 10
    part = ten - rng.randint(1, min(9, ten - 1) if limit == 20 else 40)
    steps = ((f"{part} + {ten - part}", ten), (f"{ten} + {whole - ten}", whole))
    names = (
        "Think addition",
        "[Subtract by adding|Count up to subtract]",
        "Use addition to subtract",
    )
    rewrite = f"{part} + ? = {whole}"
    problem = f"{whole} − {part}"
    return Strategy("SubtractionThinkAddition", names, problem, whole - part, limit, rewrite, steps)


_STRATEGIES = (
    _count_on, _count_back, _make_ten, _subtract_ten, _near_double, _compensate_sum,
    _compensate_difference, _think_addition,
)  # fmt: skip


def _visible(canvas: Canvas) -> str:
    return "box" if canvas.style.blank == "gap" else ""


@template
def operations_strategy_steps(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Complete the steps of a mental strategy."""
    strategy = rng.choice(_STRATEGIES)(rng)
    name = rng.choice(strategy.names)
    lower = name[0].lower() + name[1:] if name[0] != "[" else name
    introduce(
        canvas,
        rng,
        (
            f"Solve {strategy.problem} with this strategy: {lower}.",
            f"Use the [steps|strategy] to [solve|work out] {strategy.problem}.",
            "[Complete|Follow] the steps of the strategy.",
            f"{name}: complete [each|every] step [to solve|for] {strategy.problem}.",
            f"How does the strategy help you solve {strategy.problem}? Fill in the steps.",
            "Finish the [strategy|thinking] step by step[|, then find the result].",
            f"Show how to find {strategy.problem} [this way|with the strategy].",
            "Think it through in steps. What is missing?",
        ),
        titles=(name,),
        title_chance=0.8,
    )
    paragraph(canvas, f"{strategy.problem} = ?", size=canvas.style.size * 1.2, bold=True)
    if rng.random() < 0.7:
        paragraph(canvas, vary(rng, strategy.rewrite))
    skip(canvas, 4)
    words = rng.choice(("Step {n}: ", "{n}. ", ""))
    lines: list[tuple[Part, ...]] = [
        (words.format(n=index) + f"{left} = ", Blank(str(right), look=_visible(canvas)))
        for index, (left, right) in enumerate(strategy.steps, 1)
    ]
    lines.append((f"{strategy.problem} = ", Blank(str(strategy.result), look=_visible(canvas))))
    write_equations(canvas, rng, lines)
    scopes = combine(WRITTEN, _PLAIN, f"NumbersSmaller{strategy.limit}", "TwoOperands")
    return combine(strategy.concept, scopes, "ProcedureUnderstanding")


@template
def operations_strategy_relation(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Which operation do the counting steps belong to?"""
    limit = rng.choice((10, 20))
    adding = rng.random() < 0.5
    jump = rng.randint(2, 3)
    if adding:
        start = rng.randint(1, limit - jump)
        end = start + jump
    else:
        start = rng.randint(jump + 1, limit)
        end = start - jump
    sign = "+" if adding else "−"
    introduce(
        canvas,
        rng,
        (
            "Which operation do the steps [show|make together]? [Write|Put in] + or −.",
            "Use the steps to complete the related [operation|equation].",
            "Put the [small |]steps together. Which sign is missing?",
            "The steps belong to one operation. Write the sign.",
            "[Counting|Stepping] by ones is the same as which operation?",
            "What single operation does the same as all steps?",
            "Relate counting to adding or subtracting: choose + or −.",
            "Which sign makes the equation match the steps?",
        ),
        titles=("Count [on|forward]" if adding else "Count back[|ward]", "Counting and operations"),
        title_chance=0.6,
    )
    delta = 1 if adding else -1
    places = [start + delta * index for index in range(jump)]
    steps: list[tuple[Part, ...]] = [(f"{here} {sign} 1 = {here + delta}",) for here in places]
    blank = Blank(sign, look="box", digits=1)
    write_equations(canvas, rng, [*steps, (f"{start} ", blank, f" {jump} = {end}")])
    concept = "AdditionCountingOn" if adding else "SubtractionCountingBack"
    numbers = number_labels((start, end, limit), bounds=(10, 20))
    return combine(concept, WRITTEN, numbers, "TwoOperands", "ConceptDerivation")


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact that is known, how the other one follows, what is asked, and the labels."""

    known: str
    relation: str
    asked: str
    answer: int
    hint: str
    labels: frozenset[str]


def _scale_fact(rng: random.Random) -> KnownFact:
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    labels = combine(
        "MultiplicationKnownFactDerivation",
        "PlaceValue",
        WRITTEN,
        _PLAIN,
        "MultiplesOf10",
        "NumbersSmaller1000",
    )
    labels |= {"SingleDigitSmallestOperand", "TwoDigitLargestOperand", "TwoOperands"}
    relation = f"{a} × {b * 10} = ({a} × {b}) × 10"
    return KnownFact(
        f"{a} × {b} = {a * b}", relation, f"{a} × {b * 10}", a * b * 10, "place value", labels
    )


def _turn_fact(rng: random.Random) -> KnownFact:
    small = rng.random() < 0.5
    a, b = (
        (rng.randint(2, 3), rng.randint(2, 6)) if small else (rng.randint(3, 9), rng.randint(7, 9))
    )
    ranges = ("CommutativeLaw", "NumbersSmaller20") if small else ("NumbersSmaller100",)
    labels = combine("MultiplicationKnownFactDerivation", WRITTEN, _PLAIN, ranges, "TwoOperands")
    known = f"{b} × {a} = {a * b}"
    return KnownFact(
        known, f"{b} × {a} = {a} × {b}", f"{a} × {b}", a * b, "the commutative property", labels
    )


def _regroup_fact(rng: random.Random) -> KnownFact:
    a, b, c = rng.choice(
        ((2, 2, 2), (2, 2, 3), (2, 3, 3), (3, 2, 2), (2, 2, 4), (2, 4, 2), (3, 3, 2), (2, 2, 5))
    )
    labels = combine(
        "MultiplicationKnownFactDerivation",
        "AssociativeLaw",
        WRITTEN,
        _PLAIN,
        "NumbersSmaller20",
        "ThreeOperands",
    )
    relation = f"({a} × {b}) × {c} = {a} × ({b} × {c})"
    return KnownFact(
        f"{b} × {c} = {b * c}",
        relation,
        f"({a} × {b}) × {c}",
        a * b * c,
        "the associative property",
        labels,
    )


def _divide_fact(rng: random.Random) -> KnownFact:
    a, b = rng.randint(2, 10), rng.randint(2, 10)
    labels = combine(
        "DivisionKnownFactDerivation", WRITTEN, _PLAIN, "NumbersSmaller100", "TwoOperands"
    )
    relation = f"{a} × ? = {a * b}"
    return KnownFact(
        f"{a} × {b} = {a * b}", relation, f"{a * b} ÷ {a}", b, "multiplication", labels
    )


@template
def operations_known_fact(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Derive a fact from one that is known."""
    fact = rng.choice((_scale_fact, _turn_fact, _regroup_fact, _divide_fact))(rng)
    introduce(
        canvas,
        rng,
        (
            f"Use the known fact to [find|solve|work out] {fact.asked}.",
            f"You know {fact.known}. How does it help you find {fact.asked}?",
            f"[Use|Apply] {fact.hint} to get from the known fact to the new one.",
            f"[Derive|Find] {fact.asked} from the fact you know.",
            "Follow the relationship [from the known fact|] to find the [missing|new] value.",
            f"How can {fact.known} help? Use {fact.hint}.",
            "One fact helps with another one. Complete the related fact.",
            f"Start with what you know. Then use {fact.hint}.",
        ),
        titles=("Known facts", "Related facts", "Use what you know", "Derived facts"),
    )
    names = rng.choice(
        (("Known fact", "Relationship", "New fact"), ("I know", "so", "New fact"), ("", "", ""))
    )
    lines: tuple[tuple[Part, ...], ...] = (
        (fact.known,),
        (fact.relation,),
        (f"{fact.asked} = ", Blank(str(fact.answer), look=_visible(canvas))),
    )
    prefixes = ((f"{name}:  ",) if name else () for name in names)
    write_equations(canvas, rng, [(*p, *parts) for p, parts in zip(prefixes, lines, strict=True)])
    return combine(fact.labels, "ProcedureUnderstanding")
