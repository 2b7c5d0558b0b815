"""Label sets: out of what a model wrote, and back into what it is taught to write.

How it is used:

    parsed = parse_labels(generation.text, ontology)
    parsed.labels          # LabelSet of ids that exist, each in its own dimension
    parsed.rejected        # terms that no release knows
    parsed.retired         # ids of an older release without a safe successor
    drop_parents(parsed.labels, ontology)

Accepted are JSON in any state (see `answers`), `Area`/`Areas`/`area` and the other dimensions as
keys or as headings of plain lists, terms as IRIs, prefixed names or ids (see `terms`), lists of
texts or of objects, and an answer that says the picture is not elementary mathematics, which is an
answer too: `unsupported`. Of several answers in one text the last counts (models think aloud, or
repeat the example they were given), unless each names other dimensions.

What it leaves out: prose. A concept that is only mentioned in a sentence is not a label.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, cast

from chalklens.edugraph.answers import read_values
from chalklens.edugraph.concept import DIMENSIONS, Dimension
from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.terms import Resolution, TermIndex, local_name
from chalklens.errors import InputError
from chalklens.types import LabelSet

MAX_ANSWER_CHARS: Final = 200_000
MAX_TERMS: Final = 500

_MAX_DEPTH: Final = 8
_DIMENSION_KEY: Final = re.compile(r"\W*(area|scope|abilit(?:y|ie))s?\W*\Z", re.IGNORECASE)
_DIMENSION_HEADING: Final = re.compile(
    r"[\W\d_]*(area|scope|abilit(?:y|ie))s?[\s*_`\"']*[:=](?P<rest>[^\n]*)\Z", re.IGNORECASE
)
_BULLET: Final = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s+(?P<rest>[^\n]+)\Z")
_UNSUPPORTED: Final = re.compile(
    r"unsupported[\W_]?material|not[\W_]?math[\W_]?material", re.IGNORECASE
)
_LABEL_KEYS: Final = frozenset(("labels", "label_set", "labelset", "concepts", "ids", "terms"))
_TERM_KEYS: Final = ("id", "@id", "iri", "label", "concept", "term", "name", "value")
# What models say about a label: never a label itself.
_REMARK_KEYS: Final = frozenset(
    ("confidence", "score", "probability", "reason", "explanation", "evidence", "dimension")
)
_NO_TERMS: Final = frozenset(("", "none", "null", "n/a"))


@dataclass(frozen=True, slots=True)
class ParsedLabels:
    """What an answer says.

    Attributes:
        labels: The ids that exist in the ontology, each in its own dimension, sorted, once.
        rejected: Terms that no release knows, as written, in order.
        retired: Ids of an older release that have no safe successor in the ontology; kept out of
            `labels`, because any choice would be invented.
        mapped: Old id to the new id that stands for it in `labels`.
        repaired: Term as written to the id it was repaired to (case, spaces, close misspelling).
        unsupported: The answer says that the picture is not elementary mathematics.
        truncated: The answer was cut off; what was complete has been kept.
        vocabulary: Release whose ids the answer uses: the ontology's, or an older one when an id
            that only that one has occurs.
    """

    labels: LabelSet
    rejected: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict[str, str])
    repaired: Mapping[str, str] = field(default_factory=dict[str, str])
    unsupported: bool = False
    truncated: bool = False
    vocabulary: str = ""


@dataclass(slots=True)
class _Claim:
    """The terms of one answer, before anybody looked at them."""

    terms: list[str] = field(default_factory=list[str])
    dimensions: set[str] = field(default_factory=set[str])
    is_unsupported: bool = False
    is_guess: bool = False  # nothing but their place says that these are labels
    error: str = ""

    def says_something(self) -> bool:
        return bool(self.terms or self.dimensions or self.is_unsupported or self.error)


def parse_labels(
    answer: str | Mapping[str, Any] | Sequence[Any], ontology: Ontology
) -> ParsedLabels:
    """Read the labels out of a model's answer, or out of parsed JSON.

    Raises:
        InputError: The answer names no labels and does not say `UnsupportedMaterial` either
            (`no_labels`), or it is far longer than any set of labels (`answer_too_long`).
    """
    claim, truncated = _read_text(answer) if isinstance(answer, str) else (_read(answer), False)
    if len(claim.terms) > MAX_TERMS:
        raise _too_long(f"more than {MAX_TERMS} terms")
    index = _term_index(ontology)
    found = [index.resolve(term) for term in dict.fromkeys(claim.terms)]
    is_chatter = claim.is_guess and not claim.is_unsupported and not any(r.name for r in found)
    if is_chatter or not claim.says_something() or (claim.error and not found):
        raise _no_labels(claim)
    return _report(claim, found, ontology, truncated=truncated)


def make_label_set(ids: Iterable[str], ontology: Ontology) -> LabelSet:
    """Sort ids of the ontology into their dimensions.

    Raises:
        InputError: An id does not exist.
    """
    known = sorted(set(ids))
    for id_ in known:
        if id_ not in ontology:
            raise InputError(
                f"There is no concept {id_} in EduGraph {ontology.version}.",
                "Use `parse_labels` for labels that may be misspelt or old.",
                code="unknown_concept",
            )
    areas, scopes, abilities = (
        tuple(id_ for id_ in known if ontology[id_].dimension == dimension)
        for dimension in DIMENSIONS
    )
    return LabelSet(areas, scopes, abilities)


def label_object(labels: LabelSet) -> dict[Dimension, list[str]]:
    """The JSON object of a label set, in the form the published model was taught to write."""
    return {
        "Area": list(labels.areas),
        "Scope": list(labels.scopes),
        "Ability": list(labels.abilities),
    }


def drop_parents(labels: LabelSet, ontology: Ontology) -> LabelSet:
    """Leave out every label of which a descendant is present as well.

    That is the convention of the published Qwen3-VL-4B-EduGraph. The embedded labeller keeps the
    one of its training data, in which 702 of 8,062 pages carry a label together with an ancestor.
    """
    implied = {ancestor for id_ in labels.ids for ancestor in ontology.ancestors(id_)}
    return make_label_set(set(labels.ids) - implied, ontology)


def _report(
    claim: _Claim, found: Sequence[Resolution], ontology: Ontology, *, truncated: bool
) -> ParsedLabels:
    labels = make_label_set((r.id for r in found if r.id), ontology)
    return ParsedLabels(
        labels=labels,
        rejected=_unique(r.written for r in found if not r.name and r.written),
        retired=_unique(r.name for r in found if r.name and not r.id),
        mapped={r.name: r.id for r in found if r.id and r.id != r.name},
        repaired={r.written: r.name for r in found if r.name and r.name != r.written},
        unsupported=claim.is_unsupported and not labels.ids,
        truncated=truncated,
        vocabulary=_vocabulary(found, ontology),
    )


def _vocabulary(found: Sequence[Resolution], ontology: Ontology) -> str:
    older = sorted({r.vocabulary for r in found if r.name and r.name not in ontology})
    return older[0] if older else ontology.version


@lru_cache(maxsize=4)
def _term_index(ontology: Ontology) -> TermIndex:
    return TermIndex(ontology)


def _read_text(text: str) -> tuple[_Claim, bool]:
    if len(text) > MAX_ANSWER_CHARS:
        raise _too_long(f"more than {MAX_ANSWER_CHARS} characters")
    text = text.rsplit("</think>", 1)[-1]
    answer = read_values(text)
    values = answer.values
    if not text.strip(" \n\r\t`").removeprefix("json").lstrip().startswith("["):
        # Brackets inside chatter are no answer: "[see the picture]".
        values = [value for value in values if isinstance(value, Mapping)]
    claims = [claim for claim in map(_read, values) if claim.says_something()]
    if not claims:
        return _read_lines(text), answer.truncated
    return _last_or_all(claims), answer.truncated


def _last_or_all(claims: list[_Claim]) -> _Claim:
    named = [dimension for claim in claims for dimension in claim.dimensions]
    is_split = len(named) == len(set(named)) and all(claim.dimensions for claim in claims)
    if len(claims) == 1 or not is_split:
        return claims[-1]
    return _Claim([term for claim in claims for term in claim.terms], set(named))


def _read(value: Any) -> _Claim:
    claim = _Claim()
    if isinstance(value, Mapping):
        _read_mapping(cast(Mapping[str, Any], value), claim, 0)
    else:
        claim.is_guess = True
        claim.terms.extend(_terms(value, 0))
    marked = [term for term in claim.terms if _UNSUPPORTED.search(term)]
    claim.is_unsupported |= bool(marked)
    claim.terms = [term for term in claim.terms if term not in marked]
    return claim


def _read_mapping(value: Mapping[str, Any], claim: _Claim, depth: int) -> None:
    for key, content in value.items():
        name = str(key)
        if match := _DIMENSION_KEY.match(local_name(name)):
            claim.dimensions.add(match[1][:3].lower())
            claim.terms.extend(_terms(content, depth + 1))
        elif name.lower() in ("error", "errors"):
            _read_error(content, claim)
        elif _UNSUPPORTED.search(name):
            claim.is_unsupported |= content is None or bool(content)
        elif name.lower() in _LABEL_KEYS and not isinstance(content, Mapping):
            claim.terms.extend(_terms(content, depth + 1))
        elif depth < _MAX_DEPTH:
            for part in _mappings(content):
                _read_mapping(part, claim, depth + 1)


def _mappings(content: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a value: itself, or the items of a list."""
    items = cast(list[Any], content) if isinstance(content, list) else [content]
    return (cast(Mapping[str, Any], item) for item in items if isinstance(item, Mapping))


def _read_error(content: Any, claim: _Claim) -> None:
    if _UNSUPPORTED.search(str(content)):
        claim.is_unsupported = True
    elif content:
        claim.error = str(content)


def _terms(value: Any, depth: int) -> Iterator[str]:
    """The terms in a value that stands where labels belong."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        parts = re.split(r"[,;\n]+", value)
        yield from (part for part in parts if part.strip(" .*_-").lower() not in _NO_TERMS)
    elif isinstance(value, Mapping):
        yield from _terms_of_mapping(cast(Mapping[str, Any], value), depth)
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for item in cast(Iterable[Any], value):
            yield from _terms(item, depth + 1)


def _terms_of_mapping(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    """One described term, or terms as keys with a confidence or narrower terms as values."""
    lowered = {str(key).lower(): content for key, content in value.items()}
    named = [lowered[key] for key in _TERM_KEYS if isinstance(lowered.get(key), str)]
    if named:
        yield named[0]
        return
    for key, content in value.items():
        name = str(key).lower()
        is_wrapper = name in _LABEL_KEYS or _DIMENSION_KEY.match(name)
        if not is_wrapper and name not in _REMARK_KEYS:
            yield str(key)
        if is_wrapper or not isinstance(content, str):
            yield from _terms(content, depth + 1)


def _read_lines(text: str) -> _Claim:
    """Headings (`Area: Addition, Subtraction`) and the bullets below them."""
    claim = _Claim(is_guess=True)
    below_heading = False
    for line in text.splitlines():
        if match := _DIMENSION_HEADING.match(line):
            below_heading = True
            claim.dimensions.add(match[1][:3].lower())
            claim.terms.extend(_terms(match["rest"].strip(" *_`"), 0))
        elif below_heading and (bullet := _BULLET.match(line)):
            claim.terms.append(re.split(r"\s[-–—(]|:\s", bullet["rest"])[0])
        elif line.strip():
            below_heading = False
    claim.is_unsupported = not claim.terms and bool(_UNSUPPORTED.search(text))
    return claim


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _no_labels(claim: _Claim) -> InputError:
    detail = f' It says: "{claim.error[:200]}".' if claim.error else ""
    return InputError(
        f"The answer holds no EduGraph labels.{detail}",
        "Ask again, or constrain the answer with chalklens.edugraph.schema.label_json_schema.",
        code="no_labels",
    )


def _too_long(what: str) -> InputError:
    return InputError(
        f"The answer is too long to be a set of labels: {what}.",
        "Limit max_new_tokens, or constrain the answer with a JSON schema.",
        code="answer_too_long",
    )
