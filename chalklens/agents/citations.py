"""Whether citations hold, by string: the words said to stand in a passage are looked for in it.

How it is used: `find_problems(draft, passages)` before a rewrite, `remove_unsupported(draft, passages)`
after the last one. A mark `[2]` is supported when passage 2 exists and a quotation given for it (in
the draft's list, or in quotation marks beside the mark) occurs in it. Compared are the words without
regard to case, white space, width, kinds of quotation marks and dashes, and Markdown's emphasis and tables; an
ellipsis stands for words left out.

What it leaves out: whether a passage means what the sentence says (`reviewer.py` asks the model), and
marks in code, where `[1]` is an index.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chalklens.agents.records import Draft, Passage
from chalklens.agents.sentences import MARK, split_sentences

MIN_QUOTE_CHARS = 8
MIN_CJK_QUOTE_CHARS = 4
NEAR_CHARS = 40
"""At most so far from a mark stands a quotation that belongs to it."""
MAX_ISSUES = 8
REPEATS = 3
_MARK = re.compile(MARK)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_QUOTED = re.compile(r"“([^“”\n]+)”|\"([^\"\n]+)\"|「([^「」\n]+)」|『([^『』\n]+)』|«([^«»\n]+)»")
_ELLIPSIS = re.compile(r"\.{3,}|\[\.\.\.\]|\(\.\.\.\)")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SPACE_BESIDE_CJK = re.compile(rf"(?<={_CJK.pattern})\s+|\s+(?={_CJK.pattern})")
_ALIKE = str.maketrans(
    dict.fromkeys("“”„‟«»「」『』″", '"')
    | dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"|": " ", "。": ".", "、": ",", "…": "...", "*": None, "\xad": None, "\u200b": None}
)
_EDGES = " \"'.,;:!?()"


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation in a sentence: where it is and the numbers in it."""

    start: int
    end: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An answer without unsupported citations; `dropped` sentences went with a false quotation."""

    answer: str
    removed: int
    dropped: int


def normalise(text: str) -> str:
    """Return what is compared of a text."""
    folded = unicodedata.normalize("NFKC", text.translate(_ALIKE)).translate(_ALIKE).casefold()
    return _SPACE_BESIDE_CJK.sub("", " ".join(folded.replace("`", "'").replace("'", "").split()))


def occurs(quote: str, text: str) -> bool:
    """Whether a quotation of some length stands in a text; its pieces in order, when words are left out."""
    pieces = [
        normalise(piece).strip(_EDGES) for piece in _ELLIPSIS.split(quote.replace("…", "..."))
    ]
    pieces = [piece for piece in pieces if piece]
    if not pieces or not all(map(_says_something, pieces)):
        return False
    where, place = normalise(text), 0
    for piece in pieces:
        found = where.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def _says_something(piece: str) -> bool:
    return len(piece) >= (MIN_CJK_QUOTE_CHARS if _CJK.search(piece) else MIN_QUOTE_CHARS)


def leave_out_quotations(text: str) -> str:
    """Return a text without code and what stands between quotation marks."""
    return _QUOTED.sub("", _CODE.sub("", text))


def find_marks(text: str) -> list[Mark]:
    """Return the citations in a text, in order; `[1-3]` cites 1, 2 and 3."""
    code = [(match.start(), match.end()) for match in _CODE.finditer(text)]
    return [
        Mark(match.start(), match.end(), numbers)
        for match in _MARK.finditer(text)
        if not any(start <= match.start() < end for start, end in code)
        and (numbers := _read_numbers(match[0]))
    ]


def _read_numbers(mark: str) -> tuple[int, ...]:
    """The numbers of a mark; none for an interval such as `[0, 5]`, which cites nothing."""
    found = [int(number) for number in re.findall(r"\d+", mark)]
    if len(found) > 1 and 0 in found:
        return ()
    if len(found) == 2 and re.search(r"[–-]", mark) and found[0] < found[1] <= found[0] + 9:
        return tuple(range(found[0], found[1] + 1))
    return tuple(dict.fromkeys(found))


def count_citations(answer: str) -> int:
    """Return how often passages are cited."""
    return sum(len(mark.numbers) for mark in find_marks(answer))


def find_problems(draft: Draft, passages: Sequence[Passage]) -> tuple[str, ...]:
    """Return what is wrong with the citations of a draft, in words for the model that wrote it."""
    texts = {passage.number: passage.hit.text for passage in passages}
    problems = [
        f'"{_short(citation.quote)}" does not occur in passage [{citation.number}].'
        for citation in draft.citations
        if citation.number in texts and not occurs(citation.quote, texts[citation.number])
    ]
    for quote, numbers in _inline_quotes(draft.answer):
        if not any(n in texts and occurs(quote, texts[n]) for n in numbers):
            cited = ", ".join(f"[{n}]" for n in numbers)
            problems.append(f'"{_short(quote)}" does not occur in passage {cited}.')
    backed = _backed_numbers(draft, texts)
    cited = dict.fromkeys(n for mark in find_marks(draft.answer) for n in mark.numbers)
    for number in cited:
        if number not in texts:
            problems.append(f"[{number}] does not exist: there are {len(texts)} passages.")
        elif number not in backed:
            problems.append(f"[{number}] is cited without words that occur in that passage.")
    if _repeats_itself(draft.answer):
        problems.append("The answer repeats a sentence over and over.")
    return tuple(dict.fromkeys(problems))[:MAX_ISSUES]


def remove_unsupported(draft: Draft, passages: Sequence[Passage]) -> Cleaned:
    """Take away marks that are not supported, and sentences whose quotation is false or repeated."""
    texts = {passage.number: passage.hit.text for passage in passages}
    cleaned = Cleaned(draft.answer, 0, 0)
    while True:  # each round takes something away; what is left may then read differently
        answer, dropped = _clean_once(replace(draft, answer=cleaned.answer), texts)
        if answer == cleaned.answer:
            break
        cleaned = Cleaned(answer, 0, cleaned.dropped + dropped)
    removed = count_citations(draft.answer) - count_citations(cleaned.answer)
    return replace(cleaned, removed=max(0, removed))


def _clean_once(draft: Draft, texts: dict[int, str]) -> tuple[str, int]:
    """Return an answer with less in it, or as it was, and how many sentences went."""
    sentences = _without_repeats(_sentences(draft.answer))
    true = [sentence for sentence in sentences if not _quotes_falsely(sentence, texts)]
    # What a sentence quotes counts only as long as the sentence stays.
    backed = _backed_numbers(replace(draft, answer="".join(true)), texts)
    answer = "".join(_rewrite_marks(sentence, backed) for sentence in true).strip()
    return answer, len(sentences) - len(true)


def _sentences(answer: str) -> list[str]:
    """Sentences; none ends inside of code or of a quotation, except with its last sign."""
    hidden = _CODE.sub(lambda match: "x" * len(match[0]), answer)
    hidden = _QUOTED.sub(lambda match: "x" * (len(match[0]) - 2) + match[0][-2:], hidden)
    pieces: list[str] = []
    place = 0
    for piece in split_sentences(hidden):
        pieces.append(answer[place : place + len(piece)])
        place += len(piece)
    return pieces


def _quotes_falsely(sentence: str, texts: dict[int, str]) -> bool:
    return any(
        not any(n in texts and occurs(quote, texts[n]) for n in numbers)
        for quote, numbers in _inline_quotes(sentence)
    )


def _rewrite_marks(sentence: str, backed: frozenset[int]) -> str:
    """Return the sentence with its supported marks, in plain form."""
    shown, place = "", 0
    for mark in find_marks(sentence):
        good = [n for n in mark.numbers if n in backed]
        before = sentence[place : mark.start]
        shown += before if good else before.rstrip(" ")
        shown += "".join(f"[{n}]" for n in good)
        place = mark.end
    return shown + sentence[place:]


def _backed_numbers(draft: Draft, texts: dict[int, str]) -> frozenset[int]:
    """Passages of which words are quoted that stand in them."""
    listed = ((citation.quote, (citation.number,)) for citation in draft.citations)
    return frozenset(
        number
        for quote, numbers in (*listed, *_inline_quotes(draft.answer))
        for number in numbers
        if number in texts and occurs(quote, texts[number])
    )


def _inline_quotes(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield quotations of some length that stand beside a mark in the same sentence."""
    for sentence in _sentences(text):
        marks = find_marks(sentence)
        for match in _QUOTED.finditer(sentence) if marks else ():
            quote = next(group for group in match.groups() if group is not None)
            nearest = min(marks, key=lambda mark: _distance(mark, match))
            if _distance(nearest, match) <= NEAR_CHARS and _says_something(normalise(quote)):
                yield quote, nearest.numbers


def _distance(mark: Mark, quoted: re.Match[str]) -> int:
    return max(mark.start - quoted.end(), quoted.start() - mark.end, 0)


def _repeats_itself(answer: str) -> bool:
    sentences = _sentences(answer)
    return len(_without_repeats(sentences)) < len(sentences)


def _without_repeats(sentences: Sequence[str]) -> list[str]:
    """Leave out a sentence from its third time on, unless it is short."""
    seen: dict[str, int] = {}
    kept: list[str] = []
    for sentence in sentences:
        key = normalise(sentence)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] < REPEATS or not _says_something(key):
            kept.append(sentence)
    return kept


def _short(quote: str) -> str:
    return quote if len(quote) <= 80 else quote[:79] + "…"
