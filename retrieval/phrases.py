"""Whether a passage has a phrase, character by character.

How it is used: `has_phrases(text, ("mean value theorem",))`. Case, width of characters, kinds of
quotation marks and line breaks make no difference; a word has to be whole (`art` is not in `start`),
a Chinese phrase may stand anywhere. What it leaves out: phrases across two passages.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from retrieval.tokens import fold

SPACES = re.compile(r"\s+")
CACHED_PHRASES = 64


def has_phrases(text: str, phrases: Sequence[str]) -> bool:
    """Tell whether all phrases occur in the text."""
    if not phrases:
        return True
    folded = SPACES.sub(" ", fold(text))
    return all(_compile(phrase).search(folded) for phrase in phrases)


@lru_cache(CACHED_PHRASES)
def _compile(phrase: str) -> re.Pattern[str]:
    words = SPACES.sub(" ", fold(phrase)).strip()
    first = r"(?<![a-z0-9])" if _is_latin(words[:1]) else ""
    last = r"(?![a-z0-9])" if _is_latin(words[-1:]) else ""
    return re.compile(first + re.escape(words) + last)


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
