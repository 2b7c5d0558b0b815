"""Groups of words that say what a worksheet asks for, and what it is about.

How it is used: `measure_wording(page)` -> one value from 0 to 1 per name. Words are taken as whole
words in lower case; a group's value is 1 when one of them is on the page. What it leaves out:
grammar, and meaning beyond these lists; the sentence encoder has that.
"""

from itertools import pairwise
from typing import Final

from chalklens.labelling.number_facts import Facts, scale_count, share
from chalklens.labelling.page_numbers import PageNumbers

VERBS: Final[dict[str, str]] = {
    "explain": "explain explains explained explanation reason justify tell describe",
    "why": "why because therefore",
    "write": "write rewrite record writing",
    "draw": "draw sketch construct drawing",
    "mark": "plot mark locate place label",
    "color": "color colour shade highlight highlighted shaded",
    "choose": "choose circle select pick check tick which",
    "compare": "compare comparison comparing than larger smaller longer shorter heavier lighter",
    "order": "order arrange ascending descending rank",
    "complete": "complete fill missing completed blank",
    "find": "find solve calculate compute determine work",
    "add": "add sum total altogether addend addition adding combined plus join joining",
    "subtract": "subtract difference left remain remains take minus subtraction removed fewer",
    "multiply": "multiply product times factor factors multiplication multiple",
    "divide": "divide quotient shared share equally division divided remainder divisor",
    "round": "round rounded rounding rounds nearest",
    "estimate": "estimate about approximately estimation reasonable",
    "measure": "measure measured measurement measuring measures ruler scale",
    "convert": "convert conversion equivalent unit units",
    "classify": "classify sort category categories classification group identify",
    "name": "name names called naming",
    "count": "count counting objects items many",
    "partition": "partition split decompose parts separate cut",
    "judge": "true false correct reasonable agree same equal",
    "continue": "next continue pattern rule sequence term terms",
    "interpret": "interpret mean means meaning statement",
}
TOPICS: Final[dict[str, str]] = {
    "place_value": "ones tens hundreds thousands place digit digits numeral ten hundred thousand",
    "fraction_words": "half halves third thirds fourth fourths quarter quarters eighths fraction"
    " fractions numerator denominator sixths whole",
    "number_words": "one two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty"
    " seventy eighty ninety zero",
    "plane_shapes": "square squares rectangle rectangles triangle triangles circle circles hexagon"
    " pentagon quadrilateral rhombus trapezoid polygon shape shapes figure",
    "data": "graph data bar picture plot table symbol observations",
    "clock": "clock time hour hours minute minutes o'clock past quarter noon",
    "money": "money dollar dollars cents coins coin spends pays cost costs price",
}
QUESTIONS: Final[dict[str, str]] = {
    "how_many": "how many",
    "how_much": "how much",
    "how_long": "how long",
    "what_is": "what is",
    "is_it": "is are do does can",
}
MANY_WORDS = (3, 25)


def measure_wording(page: PageNumbers) -> Facts:
    """Return the facts, always under the same names."""
    lines = [
        [i.token.text for i in f.tokens if i.token.kind in ("word", "unit")] for f in page.fragments
    ]
    words = [word for line in lines for word in line]
    known = set(words)
    facts = {f"verb_{name}": _meets(known, group) for name, group in VERBS.items()}
    facts |= {f"topic_{name}": _meets(known, group) for name, group in TOPICS.items()}
    return facts | _question_facts(page, words) | _amount_facts(page, lines)


_SETS = {group: frozenset(group.split()) for group in (*VERBS.values(), *TOPICS.values())}


def _meets(known: set[str], group: str) -> float:
    return float(not known.isdisjoint(_SETS[group]))


def _question_facts(page: PageNumbers, words: list[str]) -> Facts:
    marks = sum(
        i.token.text == "?" and i.token.kind == "mark" for f in page.fragments for i in f.tokens
    )
    pairs = {f"{a} {b}" for a, b in pairwise(words)} | set(words)
    starts = {f.tokens[0].token.text for f in page.fragments if f.tokens}
    facts = {f"question_{n}": float(q in pairs) for n, q in QUESTIONS.items() if n != "is_it"}
    facts["question_is_it"] = float(not starts.isdisjoint(QUESTIONS["is_it"].split()))
    return facts | {"question_marks": scale_count(marks, 4)}


def _amount_facts(page: PageNumbers, lines: list[list[str]]) -> Facts:
    count = sum(map(len, lines))
    texts = [f.line.text for f in page.fragments]
    capitals = sum(text.isupper() for text in texts)
    facts = {f"words_above_{n}": float(count > n) for n in MANY_WORDS}
    return facts | {
        "words": scale_count(count, 128),
        "longest_line_words": min(1.0, max(map(len, lines), default=0) / 20),
        "capital_lines": share(capitals, len(texts)),
        "sentences": scale_count(sum(text.rstrip().endswith(".") for text in texts), 8),
    }
