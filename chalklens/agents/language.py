"""Which language a text is in, as far as script and small words tell.

How it is used: `find_language(question)` is a BCP 47 tag, or `und` when it cannot be told;
`names_a_language(question)` says that the user asks for one ("translate it into German"), and then
nothing is to be expected of the answer's. What it leaves out: languages written alike that share small
words; those are `und`, never a guess.

The words are the most frequent function words of each language.
"""

import re

UNKNOWN = "und"
_WORDS = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
)
_BY_LANGUAGE = {
    "en": "the of and to is are what how which does do for with this that it on be can why when who",
    "de": "der die das und ist sind was wie welche nicht ein eine für mit auf zu den dem wird kann wo",
    "fr": "le la les des est sont que quel quelle comment une pour avec dans sur du et pas qui où",
    "es": "el los las es son que qué cómo cuál una para con en del por se y no está cuántos dónde",
    "it": "il lo gli è sono che come quale una per con nel della di non e quanti dove perché",
    "pt": "o os as é são que como qual uma para com em do da não e quantos onde por",
}
_WORD_SETS = {tag: frozenset(words.split()) for tag, words in _BY_LANGUAGE.items()}
SMALL_WORDS = frozenset[str]().union(*_WORD_SETS.values())
"""Function words of all these languages."""
_NAMED = re.compile(
    r"\b(english|chinese|mandarin|german|french|spanish|italian|portuguese|japanese|korean|russian|"
    r"arabic|translate|translation|deutsch|englisch|français|español)\b|[英中汉日韩德法俄]文|[英汉日韩德法俄]语|"
    r"翻译|译成|普通话",
    re.IGNORECASE,
)
_OTHER_SCRIPT_SHARE = 0.3
"""From this share of letters on, a text is in the language of that script; names stay Latin in any."""


def find_language(text: str) -> str:
    """Return the BCP 47 tag of most of a text."""
    words = _WORDS.findall(text)
    letters = sum(map(len, words))
    for tag, script in _SCRIPTS:
        if letters and len(script.findall(text)) / letters >= _OTHER_SCRIPT_SHARE:
            return tag
    return _by_small_words([word.lower() for word in words])


def names_a_language(question: str) -> bool:
    """Whether a question speaks of a language, so that the answer may be in another one."""
    return _NAMED.search(question) is not None


def _by_small_words(words: list[str]) -> str:
    counts = {tag: sum(word in small for word in words) for tag, small in _WORD_SETS.items()}
    (best, most), (_, second) = sorted(counts.items(), key=lambda item: -item[1])[:2]
    return best if most > second else UNKNOWN
