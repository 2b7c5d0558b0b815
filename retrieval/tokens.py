# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
"""Tokens of English and Chinese text for lexical search.

How it is used: `tokenize(text)` for passages, `tokenize_query(text)` for questions (without words
that stand in every passage), `tokenize_phrase(text)` for what must occur side by side. Chinese,
Japanese and Korean runs become single characters and pairs of neighbours; other words are folded
(NFKC, case, Latin accents) and stemmed by Snowball's English stemmer (PyStemmer). Passages keep their
stop words, so that a phrase keeps its words and "The Who" can be found.

What it leaves out: dictionaries (characters and pairs were as good in every Chinese collection
tried), stemmers of other languages, simplified against traditional characters.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Any

import Stemmer

TOKENS_VERSION = f"2, snowball {Stemmer.version()}"  # other stems need another index
CACHED_WORDS = 1 << 16  # about 12 MiB
QUERY_K3 = 8
MAX_WORD_CHARACTERS = 64  # a longer run is no word: a hash, base64

CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uac00-\ud7af\U00020000-\U0003ffff"
)
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f"  # inside words
WORDS = re.compile(rf"[{CJK}]+|(?:[^\W_{CJK}][{MARKS}]*)+(?:['’](?:[^\W_{CJK}][{MARKS}]*)+)*")
ASCII_WORDS = re.compile("[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")  # the same where all is ASCII: fast
IS_CJK = re.compile(f"[{CJK}]")
LAST_LATIN = "\u024f"

# Words that say nothing about what a passage is about: the closed classes of English.
FUNCTION_WORDS = """
    a an the this that these those such
    i me my mine myself we us our ours ourselves you your yours yourself yourselves
    he him his himself she her hers herself it its itself they them their theirs themselves
    who whom whose which what when where why how
    am is are was were be been being have has had having do does did doing done
    will would shall should can could may might must ought cannot
    and or but nor if then else than because while until although though unless whether as so
    of at by for with about against between into through during before after above below to from
    up down in out on off over under upon within without via per
    again further once here there both each few more most other some any all either neither
    no not only own same too very also just now yet still even ever
    i'm you're he's she's it's we're they're i've you've we've they've i'd you'd he'd she'd we'd
    they'd i'll you'll he'll she'll we'll they'll isn't aren't wasn't weren't hasn't haven't hadn't
    doesn't don't didn't won't wouldn't shan't shouldn't can't couldn't mustn't let's that's who's
    what's here's there's when's where's why's how's
"""
STOP_WORDS = frozenset(FUNCTION_WORDS.split())

_stemmer: Any = Stemmer.Stemmer("english", 0)  # its own cache is replaced by ours


def tokenize(text: str) -> list[str]:
    """Return all tokens of a passage, in the order of the text."""
    return [token for word in _list_words(text) for token in _split(word)]


def tokenize_query(text: str) -> list[str]:
    """Return the tokens to look for; the more often one is in the list, the more it weighs.

    Stop words are left out, unless there is nothing else. A word said n times is there
    `(k3 + 1) n / (k3 + n)` times, rounded: Okapi's saturation with its usual k3 = 8 (Robertson et al.,
    TREC-3), so that what a long question says ten times counts five times.
    """
    words = _list_words(text)
    telling = [word for word in words if word not in STOP_WORDS]
    counts = Counter(token for word in telling or words for token in _split(word))
    return [
        token
        for token, n in counts.items()
        for _ in range(round((QUERY_K3 + 1) * n / (QUERY_K3 + n)))
    ]


def tokenize_phrase(text: str) -> list[tuple[str, ...]]:
    """Return runs of tokens, each of which stands side by side in a passage with this phrase.

    Several runs where Chinese and other words meet: the index holds pairs between them.
    """
    runs: list[tuple[str, ...]] = []
    words: tuple[str, ...] = ()
    for word in _list_words(text):
        if IS_CJK.match(word):
            runs += [words, tuple(word)]
            words = ()
        else:
            words += _split(word)
    return [run for run in [*runs, words] if run]


def fold(text: str) -> str:
    """Return the text as words are compared: compatibility forms and case removed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _list_words(text: str) -> list[str]:
    return (ASCII_WORDS if text.isascii() else WORDS).findall(fold(text))


def _split(word: str) -> tuple[str, ...]:
    if not word.isascii() and IS_CJK.match(word):
        return (*word, *(word[i : i + 2] for i in range(len(word) - 1)))
    return (_stem(word),) if len(word) <= MAX_WORD_CHARACTERS else ()


@lru_cache(CACHED_WORDS)
def _stem(word: str) -> str:
    return _stemmer.stemWord(word if word.isascii() else _remove_accents(word))


def _remove_accents(word: str) -> str:
    """Fold `é` to `e`; other scripts keep their marks, which tell their words apart."""
    decomposed = unicodedata.normalize("NFD", word)
    return unicodedata.normalize(
        "NFC",
        "".join(
            character
            for i, character in enumerate(decomposed)
            if not (unicodedata.combining(character) and _base(decomposed, i) <= LAST_LATIN)
        ),
    )


def _base(text: str, i: int) -> str:
    """Return the character that the mark at `i` sits on."""
    while i > 0 and unicodedata.combining(text[i]):
        i -= 1
    return text[i]
