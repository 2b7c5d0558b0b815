"""Passages that say the same twice: one of them is enough.

How it is used: `Repeats().add(text)` -> True when something (nearly) the same was added before. Two
passages repeat each other when nine in ten of their words are the same; where there are no spaces
between words, pairs of characters are compared. What it leaves out: passages that say the same in
other words; these are worth reading.
"""

from itertools import pairwise

MIN_SHARED = 0.9
MAX_CHARACTERS = 4000
MIN_SHARED_LENGTH = 0.85
SAME_SCORE = 0.02
CHARACTERS_PER_WORD = 20  # with fewer spaces than that it is not words that are separated


class Repeats:
    """The passages seen so far; bounded by the caller, who asks for at most a few hundred."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, str]] = []

    def add(self, text: str, score: float = 0.0) -> bool:
        """Remember a passage; return whether it repeats an earlier one.

        Passages whose scores are far apart cannot be the same, which spares most comparisons.
        """
        for other_score, other in self._seen:
            if abs(score - other_score) <= SAME_SCORE and _is_same(text, other):
                return True
        self._seen.append((score, text))
        return False


def _is_same(text: str, other: str) -> bool:
    fewest, most = sorted((len(text), len(other)))
    if fewest < MIN_SHARED_LENGTH * most:
        return False
    words, others = _list_words(text[:MAX_CHARACTERS]), _list_words(other[:MAX_CHARACTERS])
    return len(words & others) >= MIN_SHARED * max(len(words), len(others))


def _list_words(text: str) -> frozenset[str]:
    words = text.lower().split()
    if len(words) * CHARACTERS_PER_WORD > len(text):
        return frozenset(words)
    return frozenset(a + b for a, b in pairwise("".join(words)))
