"""Small pieces of English that instructions and answers are put together from.

How it is used: `with_article("octagon")` is `an octagon`, `count_of(1, "face")` is `1 face`,
`instruct` writes one wording of several patterns (`wordings.vary`) with names filled in.

What it leaves out: the patterns themselves (the template modules).
"""

import random
import re
from collections.abc import Sequence

from chalklens.training.worksheets.canvas import Canvas
from chalklens.training.worksheets.flow import introduce
from chalklens.training.worksheets.wordings import vary

_LOOSE = re.compile(r" +([.,:;?!])")


def instruct(
    canvas: Canvas,
    rng: random.Random,
    patterns: Sequence[str],
    titles: Sequence[str] = (),
    **names: object,
) -> None:
    """Write a title (sometimes) and one wording of one pattern, with `{names}` filled in."""
    pattern = rng.choice(patterns).format(**names)
    introduce(canvas, rng, [tidy(vary(rng, pattern))], titles=titles)


def tidy(text: str) -> str:
    """Take away the space that an empty alternative left before a mark."""
    return _LOOSE.sub(r"\1", text)


def with_article(noun: str) -> str:
    """The noun after `a` or `an`."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def count_of(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 face`, `6 faces`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def join_words(words: Sequence[str], last: str = "and") -> str:
    """`A`, `A and B`, `A, B and C`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
