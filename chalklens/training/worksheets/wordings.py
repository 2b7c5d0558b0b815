"""Many sentences from one pattern, and numbers in words.

How it is used: `vary(rng, "[Find|Work out] each [sum|answer].")` takes one way through the brackets,
which may be nested; `[|, please]` may leave something out. `name_number(342)` is `three hundred
forty-two`. What it leaves out: what the sentences mean for the labels (`labels` and the templates).
"""

import random
import re

_CHOICE = re.compile(r"\[([^\[\]]*)\]")

NAMES = (
    "Ana", "Ben", "Carla", "Dev", "Ella", "Farid", "Grace", "Hugo", "Iris", "Jonas", "Kofi", "Lena",
    "Mina", "Noah", "Olga", "Pia", "Quinn", "Rosa", "Sam", "Tara", "Umar", "Vera", "Wen", "Yara", "Zoe",
)  # fmt: skip

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def vary(rng: random.Random, pattern: str) -> str:
    """Replace every `[a|b|c]`, inner ones first, by one of its parts."""
    while match := _CHOICE.search(pattern):
        choice = rng.choice(match.group(1).split("|"))
        pattern = pattern[: match.start()] + choice + pattern[match.end() :]
    text = " ".join(pattern.split())
    return text[:1].upper() + text[1:]


def name_number(number: int) -> str:
    """An integer from 0 to 999,999 in words.

    Raises:
        ValueError: It is outside of that.
    """
    if not 0 <= number < 1_000_000:
        raise ValueError(f"{number} is not between 0 and 999,999")
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    unit, word = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = f" {name_number(number % unit)}" if number % unit else ""
    return f"{name_number(number // unit)} {word}{rest}"
