"""Passages that say the same twice: one of them is enough.

How it is used: `Repeats().add(text)` -> True when something (nearly) the same was added before. Two
passages repeat each other when nine in ten of their words are the same; where there are no spaces
between words, pairs of characters are compared. What it leaves out: passages that say the same in
other words; these are worth reading.
"""

from functools import cached_property
from itertools import pairwise

MIN_SHARED = 0.9
MAX_CHARACTERS = 4000
MIN_SHARED_LENGTH = 0.85
SAME_SCORE = 0.02
CHARACTERS_PER_WORD = 20  # with fewer spaces than that it is not words that are separated


class Repeats:
    """The passages seen so far; bounded by the caller, who asks for at most a few hundred."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, _Passage]] = []

    def add(self, text: str, score: float = 0.0) -> bool:
        """Remember a passage; return whether it repeats an earlier one.

        Passages whose scores are far apart cannot be the same, which spares most comparisons.
        """
        passage = _Passage(text)
        for other_score, other in self._seen:
            if abs(score - other_score) <= SAME_SCORE and _is_same(passage, other):
                return True
        self._seen.append((score, passage))
        return False


class _Passage:
    """A text whose words are taken apart when they are first needed."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> frozenset[str]:
        return _list_words(self.text[:MAX_CHARACTERS])


def _is_same(passage: _Passage, other: _Passage) -> bool:
    length, other_length = len(passage.text), len(other.text)
    if min(length, other_length) < MIN_SHARED_LENGTH * max(length, other_length):
        return False
    words, others = passage.words, other.words
    if min(len(words), len(others)) < MIN_SHARED * max(len(words), len(others)):
        return False
    return len(words & others) >= MIN_SHARED * max(len(words), len(others))


def _list_words(text: str) -> frozenset[str]:
    words = text.lower().split()
    if len(words) * CHARACTERS_PER_WORD > len(text):
        return frozenset(words)
    return frozenset(a + b for a, b in pairwise("".join(words)))
