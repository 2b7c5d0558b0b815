"""What a question says besides its words: phrases in quotes, filters by field, its script.

How it is used: `parse_query(request)` -> `Query`. In the text of a question,

    limits of "mean value theorem" source:calculus.pdf page:10-40 after:2024-03

looks for passages with that phrase on those pages of sources whose name has `calculus.pdf` in it,
changed since March 2024. Fields are `source`, `page`, `after`, `before`, `collection` and `tag`, written
in lower case with the value right behind the colon (in quotes if it has spaces). What does not read as
such a filter stays part of the question, and every filter that was read is told in a note.

What it leaves out: operators (AND, OR, NOT, wildcards in words): a question is a question.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar

from chalklens.errors import InputError
from chalklens.types import SearchFilter, SearchRequest
from retrieval.tokens import IS_CJK, WORDS, fold

Script = Literal["latin", "cjk", "other"]
Bound = TypeVar("Bound", int, float)

MAX_CHARACTERS = 8000
MAX_PHRASES = 8
MAX_PHRASE_WORDS = 16
MAX_WORDS_WITH_PHRASES = 64  # a longer text was pasted: its quotes are somebody's speech
MAX_FIELDS = 16

QUOTED = re.compile(
    r'(?<![A-Za-z0-9])"([^"]+)"(?![A-Za-z0-9])|“([^“”]+)”|„([^„“”]+)[“”]|「([^「」]+)」|『([^『』]+)』|«([^«»]+)»'
)
FIELD = re.compile(r'(?<!\S)(source|page|after|before|collection|tag):("[^"]+"|[^\s"]+)(?!\S)')
PAGES = re.compile(r"([1-9]\d{0,6})(?:-([1-9]\d{0,6}))?")
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
CONTROLS = dict.fromkeys([*range(9), *range(14, 32), *range(127, 160)], " ")
QUOTES = ' "“”„「」『』«»'
QUOTES_INSIDE = re.compile('["“„「『«]')
EDGES = " \t\n.,;:!?，。；：！？、…"


@dataclass(frozen=True, slots=True)
class Query:
    """A question taken apart.

    Attributes:
        text: The words to search for, without filters and quotation marks.
        phrases: Must occur in a passage as they are.
        filter: Of the request, narrowed by what was typed.
        script: In which most of the words are written.
        notes: What was read as a filter.
    """

    text: str
    phrases: tuple[str, ...]
    filter: SearchFilter
    script: Script
    notes: tuple[str, ...] = ()


def parse_query(request: SearchRequest) -> Query:
    """Take a question apart.

    Raises:
        InputError: It is empty or too long, has nothing but filters, or its filters cannot hold
            together.
    """
    text = _clean(request.query)
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The query has {len(text)} characters; {MAX_CHARACTERS} are possible.",
            "Ask for one thing at a time.",
        )
    rest, typed, notes = _take_fields(text)
    words, phrases = _take_phrases(rest)
    if not words.strip(QUOTES):
        raise InputError(
            "There is nothing to search for" + (" but filters." if notes else "."),
            'Give words, a question or a "phrase".',
        )
    combined = combine_filters(request.filter, typed) if notes else request.filter
    return Query(words, phrases, combined, find_script(words), notes)


def find_script(text: str) -> Script:
    """Return the script of most words; a Chinese character counts as half a word."""
    if text.isascii():
        return "latin"
    found = WORDS.findall(fold(text))
    counts: dict[Script, float] = {"latin": 0.0, "cjk": 0.0, "other": 0.0}
    for word in found:
        if IS_CJK.match(word):
            counts["cjk"] += len(word) / 2
        else:
            counts["latin" if word[0] <= "\u024f" else "other"] += 1
    return max(counts, key=lambda script: counts[script])


def combine_filters(given: SearchFilter, typed: SearchFilter) -> SearchFilter:
    """Return the filter that asks for both.

    Raises:
        InputError: Both name sources, or collections, or a range would be empty.
    """
    combined = SearchFilter(
        collections=_either("collection", given.collections, typed.collections),
        sources=_either("source", given.sources, typed.sources),
        first_page=_strictest(max, given.first_page, typed.first_page),
        last_page=_strictest(min, given.last_page, typed.last_page),
        tags=tuple(dict.fromkeys(given.tags + typed.tags)),
        modified_from=_strictest(max, given.modified_from, typed.modified_from),
        modified_to=_strictest(min, given.modified_to, typed.modified_to),
    )
    check_range("pages", combined.first_page, combined.last_page)
    check_range("dates", combined.modified_from, combined.modified_to)
    return combined


def check_range(what: str, first: float | None, last: float | None) -> None:
    """Refuse a range that holds nothing."""
    if first is not None and last is not None and first > last:
        raise InputError(
            f"The range of {what} ends before it begins.", "Give the smaller value first."
        )


def _clean(text: str) -> str:
    """Remove what no passage has: control characters and halves of characters."""
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode("utf-8").translate(CONTROLS)
    return text.strip()


def _take_fields(text: str) -> tuple[str, SearchFilter, tuple[str, ...]]:
    typed, notes = SearchFilter(), list[str]()
    pieces, end = list[str](), 0
    for match in FIELD.finditer(text):
        narrowed = READERS[match[1]](typed, match[2].strip('"'))
        if narrowed is None or len(notes) >= MAX_FIELDS:
            continue
        typed = narrowed
        notes.append(f"Read as a filter: {match[0]}")
        pieces.append(text[end : match.start()])
        end = match.end()
    return "".join([*pieces, text[end:]]).strip(), typed, tuple(notes)


def _take_phrases(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the words without quotation marks, and what stood between these."""
    if not QUOTES_INSIDE.search(text):
        return " ".join(text.split()), ()
    found = [next(filter(None, match.groups())).strip(EDGES) for match in QUOTED.finditer(text)]
    plain = QUOTED.sub(lambda match: " ".join(filter(None, (" ", *match.groups(), " "))), text)
    phrases = tuple(dict.fromkeys(p for p in found if 0 < _count_words(p) <= MAX_PHRASE_WORDS))
    if _count_words(text) > MAX_WORDS_WITH_PHRASES:
        phrases = ()
    return " ".join(plain.split()), phrases[:MAX_PHRASES]


def _count_words(text: str) -> float:
    words = WORDS.findall(fold(text))
    return sum(len(word) / 2 if IS_CJK.match(word) else 1 for word in words)


def _either(what: str, given: Sequence[str], typed: Sequence[str]) -> tuple[str, ...]:
    if given and typed:
        raise InputError(
            f"The query names a {what}, and so does the filter.", f"Give the {what} in one of them."
        )
    return tuple(given or typed)


def _strictest(
    choose: Callable[[Bound, Bound], Bound], given: Bound | None, typed: Bound | None
) -> Bound | None:
    if given is None or typed is None:
        return typed if given is None else given
    return choose(given, typed)


def _read_source(typed: SearchFilter, value: str) -> SearchFilter | None:
    pattern = value if set(value) & set("*?[") else f"*{value}*"
    return replace(typed, sources=(*typed.sources, pattern))


def _read_collection(typed: SearchFilter, value: str) -> SearchFilter | None:
    return replace(typed, collections=(*typed.collections, value))


def _read_tag(typed: SearchFilter, value: str) -> SearchFilter | None:
    return replace(typed, tags=(*typed.tags, value))


def _read_page(typed: SearchFilter, value: str) -> SearchFilter | None:
    if not (match := PAGES.fullmatch(value)):
        return None
    return replace(typed, first_page=int(match[1]), last_page=int(match[2] or match[1]))


def _read_after(typed: SearchFilter, value: str) -> SearchFilter | None:
    day = _read_date(value)
    return None if day is None else replace(typed, modified_from=day)


def _read_before(typed: SearchFilter, value: str) -> SearchFilter | None:
    day = _read_date(value)
    return None if day is None else replace(typed, modified_to=day - 1e-3)


def _read_date(value: str) -> float | None:
    """Return the beginning of a year, month or day in UTC; None when it is no date."""
    if not (match := DATE.fullmatch(value)):
        return None
    try:
        return datetime(*(int(part or 1) for part in match.groups()), tzinfo=UTC).timestamp()
    except ValueError:
        return None


READERS: dict[str, Callable[[SearchFilter, str], SearchFilter | None]] = {
    "source": _read_source,
    "page": _read_page,
    "after": _read_after,
    "before": _read_before,
    "collection": _read_collection,
    "tag": _read_tag,
}
