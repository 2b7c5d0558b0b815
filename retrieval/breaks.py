"""Where a text may be cut, and how bad each place is: paragraphs, lines, sentences, clauses, words.

How it is used: `list_pieces(text, start, end, settings)` returns neighbouring pieces that cover a span,
none heavier than a third of a chunk's target, each with the cost of a cut after it; `chunking` joins
them. English and Chinese sentences are told by their punctuation (closing quotes included), not by
a dictionary; abbreviations before a capital or a number are known by a short list. Code between fences
and tables cost much to cut where they fit into a chunk.

Every scan is linear in the text. What it leaves out: sentences without punctuation or spaces (Thai).
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff"

# Compare with a chunk's own cost: 0.09 when its size is 30 % off the target, 0.25 for 50 %.
PARAGRAPH_COST = 0.05
LINE_COST = 0.15
LOOSE_LINE_COST = 0.3
SENTENCE_COST = 0.35
LOOSE_SENTENCE_COST = 0.5
WRAPPED_LINE_COST = 0.7
CLAUSE_COST = 0.9
WORD_COST = 1.3
ANYWHERE_COST = 1.6
BLOCK_COST = 3.0
MAX_JOINED = 8

_WIDE_RUN = re.compile(f"[{WIDE}]+")
_BREAK = re.compile(
    rf"""(?P<paragraph>\n[ \t]*\n\s*)
    |(?P<line>\n[ \t]*)
    |(?P<wide>[。！？；…｡]+[”’」』）】》〉"')\]]*\s?|[!?](?=[{WIDE}]))
    |(?P<narrow>(?<=[.!?"'”’)\]])[ \t]+)""",
    re.VERBOSE,
)
_CLAUSE = re.compile(r"(?<=[,;:])\s+|[，、：—]\s*")
_SPACE = re.compile(r"\s+")
_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_TABLE = re.compile(r"(?:^\|[^\n]*(?:\n|\Z))+", re.MULTILINE)
_LAST_WORD = re.compile(r"[\w.]+$")
_LABEL = re.compile(r"[^\s:|]{1,60}(?: [^\s:|]{1,20}){0,2}: ")  # as rows of tables are written
_CLOSERS = "\"'”’)]"
_ENDS_LINE = frozenset(".!?:;|}。！？；：…”’」』）】\"')]")
_STARTS_ITEM = frozenset('-*+•·▪‣#>|"“「（([')
_TITLES = "dr mr mrs ms prof sr jr st vs cf e.g i.e eg ie al ca approx viz resp"
_BEFORE_NUMBERS = "no nos fig figs eq eqs sec ch chap vol p pp art tab ref refs"
_ABBREVIATIONS, _COUNTED = frozenset(_TITLES.split()), frozenset(_BEFORE_NUMBERS.split())
_LOOK_BACK_CHARS = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of text that is not cut.

    Attributes:
        end: Where it ends; it begins where the one before ends.
        weight: Its length, wide characters counted more.
        cost: Of a cut at its end.
    """

    end: int
    weight: float
    cost: float


def weigh(text: str, wide_weight: float) -> float:
    """Return the number of characters, East Asian wide ones counted `wide_weight` times."""
    if text.isascii():
        return len(text)
    return len(text) + (wide_weight - 1) * sum(map(len, _WIDE_RUN.findall(text)))


def list_pieces(
    text: str, start: int, end: int, *, wide_weight: float, piece_weight: float, block_weight: float
) -> Iterator[Piece]:
    """Yield the pieces of `text[start:end]`, in order and without gaps.

    Args:
        text: The whole text.
        start, end: The span, characters.
        wide_weight: What a wide character counts.
        piece_weight: Heavier pieces are cut at finer places.
        block_weight: Code and tables up to this are kept together.
    """
    blocks = _find_blocks(text, start, end, wide_weight, block_weight)
    starts = [first for first, _ in blocks]
    done = start
    for place, cost in _find_breaks(text, start, end, wide_weight, piece_weight):
        i = bisect_right(starts, place) - 1
        if i >= 0 and blocks[i][0] < place < blocks[i][1]:
            cost += BLOCK_COST
        yield Piece(place, weigh(text[done:place], wide_weight), cost)
        done = place


def _find_breaks(
    text: str, start: int, end: int, wide_weight: float, piece_weight: float
) -> Iterator[tuple[int, float]]:
    """Places and costs, with finer ones wherever two are too far from each other."""
    done = start
    for place, cost in (*_find_sentences(text, start, end), (end, 0.0)):
        if place <= done:
            continue
        if place - done > piece_weight / wide_weight:
            yield from _refine(text, done, place, wide_weight, piece_weight, 0)
        yield place, cost
        done = place


def _find_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, float]]:
    for found in _BREAK.finditer(text, start, end):
        place = found.end()
        if place >= end:
            return
        match found.lastgroup:
            case "paragraph":
                yield place, PARAGRAPH_COST
            case "line":
                yield place, _rate_line(text, found.start(), place)
            case "wide":
                is_half = found[0].rstrip() == "；"
                yield place, LOOSE_SENTENCE_COST if is_half else SENTENCE_COST
            case _:
                if _ends_sentence(text, found.start(), text[place]):
                    is_loose = text[place].islower()  # without capitals, or after an abbreviation
                    yield place, LOOSE_SENTENCE_COST if is_loose else SENTENCE_COST


def _rate_line(text: str, end: int, start: int) -> float:
    """A line end may end an item or a row, or be there only because the page was not wider.

    Args:
        text: The whole text.
        end: Of a line.
        start: Of the next one.
    """
    after = text[start]
    if text[end - 1 : end] in _ENDS_LINE or after in _STARTS_ITEM or after.isdigit():
        return LINE_COST
    if _LABEL.match(text, start):
        return LINE_COST
    return WRAPPED_LINE_COST if after.islower() else LOOSE_LINE_COST


def _ends_sentence(text: str, end: int, after: str) -> bool:
    """Tell whether the words before a space are the end of a sentence.

    Args:
        text: The whole text.
        end: Where the space begins.
        after: The first character after it.
    """
    before = text[max(0, end - _LOOK_BACK_CHARS) : end].rstrip(_CLOSERS)
    if not before.endswith((".", "!", "?")):
        return False
    word = _LAST_WORD.search(before[:-1])
    if word is None or not before.endswith("."):
        return True
    last = word[0].lower()
    is_initial = len(last) == 1 and last.isalpha() and word[0].isupper()
    is_counted = last in _COUNTED and (after.isdigit() or after == "(")
    return not (is_initial or is_counted or last in _ABBREVIATIONS or "." in last.strip("."))


_FINER: Sequence[tuple[re.Pattern[str], float]] = ((_CLAUSE, CLAUSE_COST), (_SPACE, WORD_COST))


def _refine(
    text: str, start: int, end: int, wide_weight: float, piece_weight: float, level: int
) -> Iterator[tuple[int, float]]:
    """Places inside a span that is too heavy: clauses, then words, then anywhere."""
    if weigh(text[start:end], wide_weight) <= piece_weight:
        return
    if level == len(_FINER):
        yield from _cut_anywhere(text, start, end, int(piece_weight / wide_weight))
        return
    pattern, cost = _FINER[level]
    done = start
    places = (found.end() for found in pattern.finditer(text, start, end))
    for place in (*places, end):
        if place > done:
            yield from _refine(text, done, place, wide_weight, piece_weight, level + 1)
            if place < end:
                yield place, cost
            done = place


def _cut_anywhere(text: str, start: int, end: int, step: int) -> Iterator[tuple[int, float]]:
    """Every `step` characters, but not between a letter and what joins it."""
    place = start + step
    while place < end:
        for _ in range(MAX_JOINED):
            if place >= end or not _joins(text[place - 1], text[place]):
                break
            place += 1
        if place < end:
            yield place, ANYWHERE_COST
        place += step


def _joins(before: str, character: str) -> bool:
    return (
        unicodedata.combining(character) != 0
        or character in "\u200d\ufe0e\ufe0f"
        or before == "\u200d"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _find_blocks(
    text: str, start: int, end: int, wide_weight: float, block_weight: float
) -> list[tuple[int, int]]:
    """Code and tables that fit into a chunk, in order and without overlap."""
    fences = list(_find_fences(text, start, end))
    tables = [found.span() for found in _TABLE.finditer(text, start, end)]
    blocks: list[tuple[int, int]] = []
    for first, last in sorted([*fences, *tables]):
        if blocks and first < blocks[-1][1]:
            continue
        if weigh(text[first:last].strip(), wide_weight) <= block_weight:
            blocks.append((first, last))
    return blocks


def _find_fences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Code between fences: the closing one is as long, of the same sign, and alone on its line."""
    opened: re.Match[str] | None = None
    for found in _FENCE.finditer(text, start, end):
        if opened is None:
            opened = found
        elif found[1].startswith(opened[1]) and not found[2].strip():
            yield opened.start(), found.end()
            opened = None
