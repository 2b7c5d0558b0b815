"""From read lines to tokens: numbers, fractions, money, times, units, operators, unknowns, words.

How it is used: `tokenize(text)` -> tokens with their place in the text; `Number` holds exact values.
`expressions.py` puts tokens of one page together. Text is taken as a reader gives it, so its usual
mistakes are read as what was printed: dashes of all kinds and a lone 一 as minus, 十 as plus, 二 as
equals, x between numbers as times, θ and O in numbers as 0, l and I as 1, S as 5, º as degree.

Every step is linear in the text; text beyond `MAX_CHARACTERS` is not looked at. What it leaves out:
number names ("forty-two"), exponents, numerals other than Arabic.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from chalklens.labelling.units import ABBREVIATIONS, UNIT_NAMES

MAX_CHARACTERS = 20_000

Kind = Literal[
    "number", "time", "operator", "relation", "unknown", "open", "close", "unit", "arrow",
    "word", "mark",
]  # fmt: skip
Form = Literal["integer", "decimal", "fraction", "mixed"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as printed.

    Attributes:
        value: Exact value; None when a part of a fraction is unknown or was not readable.
        form: How it is printed. A whole number and a fraction beside it are `mixed`.
        decimal_places: Digits after the point.
        numerator, denominator: Of the fraction part, None when there is none or it is unknown.
        grouped: Thousands are set off by commas.
    """

    value: Fraction | None
    form: Form
    decimal_places: int = 0
    numerator: int | None = None
    denominator: int | None = None
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line: `text[start:end]`.

    Attributes:
        kind: What it is.
        text: In one spelling: words in lower case, `×` for x and *, units by their full name.
        start, end: Characters of the line it came from.
        number: The number, for `number`; hours as a fraction, for `time`.
        attached: A number that is part of a name, like the 1 of `STEP1` or the 0 of `A0B`.
        leading: A sign or operator with nothing to its left on the line.
    """

    kind: Kind
    text: str
    start: int
    end: int
    number: Number | None = None
    attached: bool = False
    leading: bool = False


_LOOK_ALIKES = str.maketrans(
    "−–—‐‑‒﹣－＋＝／⁄∕✕✖⨯╳º˚０１２３４５６７８９（）？：，．＜＞",
    "--------+=///××××°°0123456789()?:,.<>",
)
_LONE_LOOK_ALIKES = {"一": "-", "ー": "-", "十": "+", "二": "=", "θ": "0", "Θ": "0"}
_LONE = re.compile(r"(?<![^\W\d_])[一ー十二θΘ](?![^\W\d_])")
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"

_TOKEN = re.compile(
    rf"""
    (?P<time>(?<![\d:.,])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])(?:\s?[AaPp]\.?[Mm]\b\.?)?)
  | (?P<junk>\d{{16,}})
  | (?P<vulgar>(?:\d{{1,4}}\s?)?[{_VULGAR}])
  | (?P<mixed>\d{{1,4}}\s\d{{1,3}}/\d{{1,4}}(?![\d/]))
  | (?P<fraction>(?:\d{{1,6}}|\?)\s?/\s?(?:\d{{1,6}}|\?)(?![\d/]))
  | (?P<decimal>(?:\d{{1,3}}(?:,\d{{3}}){{1,5}}|\d{{1,15}}|(?<!\w)[Oo]|(?<![\w.]))\.\d{{1,9}}(?!\d))
  | (?P<confused>(?<!\w)(?=[OolIS]*\d)\d*[OolIS][OolIS\d]{{0,5}}(?!\w)|(?<!\w)t\d(?!\w))
  | (?P<integer>\d{{1,3}}(?:,\d{{3}}){{1,5}}(?!\d)|\d{{1,15}})
  | (?P<arrow>[→⇄↔⟶↦←]|->)
  | (?P<operator>[+\-×÷*])
  | (?P<relation>[=<>≠≈≤≥])
  | (?P<unknown>_+|[□▢☐◻⬜▭?])
  | (?P<open>[(\[]) | (?P<close>[)\]])
  | (?P<unit>[$¢€£%]|°[CF]?)
  | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+|-[^\W\d_]{{2,}})*)
  | (?P<mark>\S)
    """,
    re.VERBOSE,
)

_CONFUSED = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5", "t": "1"})
_WORD_OPERATORS = {"plus": "+", "minus": "-", "times": "×"}


def normalize(text: str) -> str:
    """One spelling for look-alike characters; every character keeps its place."""
    text = text[:MAX_CHARACTERS].translate(_LOOK_ALIKES)
    return _LONE.sub(lambda found: _LONE_LOOK_ALIKES[found[0]], text)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of one line of read text; never raises."""
    text = normalize(text)
    tokens = [_make_token(found, text) for found in _TOKEN.finditer(text)]
    return list(_settle(tokens, text))


def _make_token(found: re.Match[str], text: str) -> Token:
    group, piece = str(found.lastgroup), found[0]
    start, end = found.span()
    if group == "junk" or (len(piece) > 1 and not piece.strip("0")):
        return Token("mark", piece, start, end)  # 0000: what the reader makes of drawn dots
    if group in _READERS:
        attached = start > 0 and text[start - 1].isalpha() and text[start - 1] not in "xX"
        number = _READERS[group](piece)
        kind: Kind = "time" if group == "time" else "number"
        return Token(kind, piece, start, end, number, attached)
    if group == "word":
        return Token("word", piece.casefold().replace("’", "'"), start, end)
    kinds: dict[str, Kind] = {
        "arrow": "arrow", "operator": "operator", "relation": "relation", "unknown": "unknown",
        "open": "open", "close": "close", "unit": "unit", "mark": "mark",
    }  # fmt: skip
    return Token(kinds[group], "×" if piece == "*" else piece, start, end)


def _read_time(piece: str) -> Number:
    hour, minute = int(piece.partition(":")[0]), int(piece.partition(":")[2][:2])
    return Number(Fraction(60 * hour + minute, 60), "integer")


def _read_vulgar(piece: str) -> Number:
    part = Fraction(unicodedata.numeric(piece[-1])).limit_denominator(12)
    whole = piece[:-1].strip()
    value = part + int(whole) if whole else part
    form: Form = "mixed" if whole else "fraction"
    return Number(value, form, numerator=part.numerator, denominator=part.denominator)


def _read_mixed(piece: str) -> Number:
    whole, _, part = piece.partition(" " if " " in piece else piece[len(piece.split()[0])])
    fraction = _read_fraction(part)
    value = None if fraction.value is None else int(whole) + fraction.value
    return replace(fraction, value=value, form="mixed")


def _read_fraction(piece: str) -> Number:
    top, bottom = (part.strip() for part in piece.split("/"))
    numerator = int(top) if top != "?" else None
    denominator = int(bottom) if bottom != "?" else None
    known = numerator is not None and denominator
    value = Fraction(numerator or 0, denominator or 1) if known else None
    return Number(value, "fraction", numerator=numerator, denominator=denominator)


def _read_decimal(piece: str) -> Number:
    digits = piece.translate(_CONFUSED).replace(",", "")
    places = len(digits.partition(".")[2])
    return Number(Fraction("0" + digits), "decimal", places, grouped="," in piece)


def _read_integer(piece: str) -> Number:
    digits = piece.translate(_CONFUSED).replace(",", "")
    return Number(Fraction(int(digits)), "integer", grouped="," in piece)


_READERS = {
    "time": _read_time,
    "vulgar": _read_vulgar,
    "mixed": _read_mixed,
    "fraction": _read_fraction,
    "decimal": _read_decimal,
    "confused": _read_integer,
    "integer": _read_integer,
}


def _settle(tokens: list[Token], text: str) -> Iterator[Token]:
    """Decide what depends on the neighbours: ?, x, signs, units, place-value O."""
    before: Token | None = None
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        token = _settle_one(token, before, after, text)
        yield token
        before = token


def _settle_one(token: Token, before: Token | None, after: Token | None, text: str) -> Token:
    match token.kind:
        case "word":
            return _settle_word(token, before, after)
        case "unknown" if token.text == "?":
            return token if _asks(token, before, after, text) else replace(token, kind="mark")
        case "operator":
            return _settle_operator(token, before, after)
        case _:
            return token


def _settle_word(token: Token, before: Token | None, after: Token | None) -> Token:
    word = token.text
    if word in _WORD_OPERATORS and _is_operand(before) and _is_operand(after):
        return replace(token, kind="operator", text=_WORD_OPERATORS[word])
    begins = before is None or _is_operand(before)
    if word == "x" and (_opens(after) if after else before is None) and begins:
        return replace(token, kind="operator", text="×", leading=before is None)
    if word == "o" and after and after.text in ("ones", "tens", "hundreds", "thousands"):
        return replace(token, kind="number", number=Number(Fraction(0), "integer"))
    unit = UNIT_NAMES.get(word) or _abbreviated(word, before, after)
    return replace(token, kind="unit", text=unit) if unit else token


def _abbreviated(word: str, before: Token | None, after: Token | None) -> str | None:
    unit = ABBREVIATIONS.get(word)
    if not unit:
        return None
    if before is None:
        return unit if after is None else None
    if word == "in" and after and after.kind == "word" and after.text not in _AFTER_INCH:
        return None
    return unit if before.kind in ("number", "unknown", "open") or before.text == "%" else None


_AFTER_INCH = frozenset({"long", "wide", "tall", "high", "and", "or", "to", "by", "x"})


def _asks(token: Token, before: Token | None, after: Token | None, text: str) -> bool:
    """Whether a question mark stands for a number, not at the end of a sentence."""
    if before is None or before.kind in ("operator", "relation", "open", "unknown", "arrow"):
        return True
    if before.kind == "word" and before.end == token.start:
        return False
    if after and after.kind in ("operator", "relation", "number", "close"):
        return True
    return text[token.start - 1].isspace()


def _settle_operator(token: Token, before: Token | None, after: Token | None) -> Token:
    if before is None:
        return replace(token, leading=True)
    if token.text == "+" or (_is_operand(before) and (after is None or _opens(after))):
        return token
    if before.kind in ("operator", "relation", "open") and _opens(after):
        return replace(token, leading=True)
    return token if token.text in "×÷" and token.text else replace(token, kind="mark")


def _is_operand(token: Token | None) -> bool:
    return token is not None and token.kind in ("number", "unknown", "close", "unit")


def _opens(token: Token | None) -> bool:
    """Whether an operand begins: a number, an unknown, a bracket or a currency sign."""
    return token is not None and (
        token.kind in ("number", "unknown", "open", "relation")
        or (token.kind == "unit" and token.text in "$€£")
    )
