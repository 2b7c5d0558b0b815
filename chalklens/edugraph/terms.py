"""Says which concept a written term means: an id, an IRI, a prefixed name, a near miss, an old id.

How it is used: `TermIndex(ontology)` once per ontology, then `find` (what was written, up to case
and punctuation), `resolve` (close misspellings too) and `suggest` (the ids nearest to it).

A misspelling is repaired only to an id that exists, and only when it cannot mean something else:
same digits, same number of words, each word close and with the same first letter, no second id as
near. So
`Additon` becomes `Addition`, while `NumbersSmaller50`, `IrregularPolygon` and `NumbersWithDecimals`
stay what they are: unknown. What it leaves out: synonyms and translations; labels are ids.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.vocabulary import Vocabulary, load_vocabularies

MAX_TERM_CHARS: Final = 200

_MIN_REPAIRED_CHARS: Final = 5
_MAX_LENGTH_DIFFERENCE: Final = 2
_MIN_SIMILARITY: Final = 0.88
_MIN_WORD_SIMILARITY: Final = 0.75
_MIN_LEAD: Final = 0.03
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a written term means.

    Attributes:
        written: The term without IRI, prefix and quotes; shortened when it is very long.
        name: The id as its release spells it; empty when no release knows the term.
        id: The id in the ontology at hand; empty when there is none.
        vocabulary: The release that `name` belongs to.
    """

    written: str
    name: str = ""
    id: str = ""
    vocabulary: str = ""


class TermIndex:
    """Finds concepts of one ontology by what people and models write."""

    def __init__(
        self, ontology: Ontology, vocabularies: Sequence[Vocabulary] | None = None
    ) -> None:
        """Index the ids of the ontology and of older releases (ours when none are given)."""
        older = load_vocabularies() if vocabularies is None else vocabularies
        entries = list(_entries(ontology, older))
        self._by_name = {entry.name: entry for entry in reversed(entries)}
        self._by_key = {_key(entry.name): entry for entry in reversed(entries)}
        self._current_keys = {_key(id_): id_ for id_ in ontology.concepts}

    def find(self, term: str) -> Resolution:
        """Find a term as written, or else up to case, spaces and punctuation."""
        written = local_name(term)
        entry = self._by_name.get(written) or self._by_key.get(_key(written))
        return _resolution(written, entry)

    def resolve(self, term: str) -> Resolution:
        """Find a term, repairing a close misspelling."""
        found = self.find(term)
        if found.name or len(found.written) < _MIN_REPAIRED_CHARS:
            return found
        return _resolution(found.written, self._nearest(found.written))

    def suggest(self, term: str, count: int = 5) -> tuple[str, ...]:
        """The ids of the ontology that look most like the term, nearest first."""
        near = get_close_matches(_key(local_name(term)), self._current_keys, n=count, cutoff=0.0)
        return tuple(self._current_keys[key] for key in near)

    def _nearest(self, written: str) -> Resolution | None:
        key = _key(written)
        comparable = [other for other in self._by_key if _is_comparable(key, other)]
        near = get_close_matches(key, comparable, n=2, cutoff=_MIN_SIMILARITY)
        if not near or (
            len(near) > 1 and _likeness(key, near[1]) > _likeness(key, near[0]) - _MIN_LEAD
        ):
            return None
        entry = self._by_key[near[0]]
        return entry if _words_agree(written, entry.name) else None


def local_name(term: str) -> str:
    """The bare name in an IRI, a prefixed name or a quoted term.

    `http://edugraph.io/edu#X`, `<http://edugraph.io/edu/X>`, `edu:X`, `"X"` and `X (Area)` all give
    `X`. More than `MAX_TERM_CHARS` characters are cut: no id is that long.
    """
    name = term[: MAX_TERM_CHARS * 4].strip(" \t\r\n\"'`<>“”‘’*.,;")
    name = re.sub(r"\s*\([^()]*\)\Z", "", name).rstrip("/#>")
    name = re.split(r"[#:/]", name)[-1].strip(" \"'`<>*")
    return name if len(name) <= MAX_TERM_CHARS else name[:MAX_TERM_CHARS] + "…"


def _entries(ontology: Ontology, older: Sequence[Vocabulary]) -> Iterator[Resolution]:
    """All known names, those of the ontology first, then from the oldest release on."""
    for id_ in ontology.concepts:
        yield Resolution(id_, name=id_, id=id_, vocabulary=ontology.version)
    for vocabulary in older:
        names = {*vocabulary.renamed, *(i for ids in vocabulary.by_dimension.values() for i in ids)}
        for name in sorted(names):
            id_ = vocabulary.renamed.get(name, "")
            known = id_ if id_ in ontology else ""
            yield Resolution(name, name=name, id=known, vocabulary=vocabulary.version)


def _resolution(written: str, entry: Resolution | None) -> Resolution:
    if entry is None:
        return Resolution(written)
    return Resolution(written, entry.name, entry.id, entry.vocabulary)


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _is_comparable(key: str, other: str) -> bool:
    return (
        key[:1] == other[:1]
        and abs(len(key) - len(other)) <= _MAX_LENGTH_DIFFERENCE
        and re.sub(r"\D", "", key) == re.sub(r"\D", "", other)
    )


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _words_agree(written: str, name: str) -> bool:
    """Whether no word was exchanged (With/Without, Quality/Equality); true for unmarked words."""
    ours, theirs = (_WORD.findall(text) for text in (written, name))
    if len(ours) == 1:
        return True
    return len(ours) == len(theirs) and all(
        one[0].lower() == other[0].lower()
        and _likeness(one.lower(), other.lower()) >= _MIN_WORD_SIMILARITY
        for one, other in zip(ours, theirs, strict=True)
    )
