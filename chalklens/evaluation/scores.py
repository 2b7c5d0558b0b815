"""Figures for sets of labels against the truth.

How it is used: `score_label_sets(truth, predicted)`, both id -> set of labels. Micro-F1 counts all
labels of all pages; macro-F1 is the mean over the labels that occur in the truth; exact is the
share of pages whose whole set is right. A page without a prediction counts as an empty set. These
are the definitions of the corpus' own scorer. The hierarchical figures are the same figures for
sets that `close_under_ancestors` has completed: a label in the right branch is then half right.
`list_label_errors` counts label by label. What it leaves out: intervals (`bootstrap.py`).

Source: Kiritchenko, Matwin, Nock and Famili, Learning and evaluation in the presence of class
hierarchies, 2006. The root they leave out has no counterpart here: the ontology is a forest, and
its roots are concepts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from chalklens.edugraph.ontology import Ontology


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Figures from 0 to 1; `pages` in the truth, `predicted` of them have a prediction."""

    pages: int
    predicted: int
    micro_f1: float
    macro_f1: float
    exact: float


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """One label over all pages.

    Attributes:
        id: The label.
        pages: How many carry it.
        misses: Pages that carry it and did not get it.
        false_alarms: Pages that got it and do not carry it.
        f1: Of this label alone.
    """

    id: str
    pages: int
    misses: int
    false_alarms: int
    f1: float


def score_label_sets(
    truth: Mapping[str, Set[str]], predicted: Mapping[str, Set[str]]
) -> LabelScores:
    """Compare predictions with the truth."""
    hits, false_alarms, misses = _count(truth, predicted)
    occurring = sorted({*hits, *misses})
    per_label = [_f1(hits[i], false_alarms[i], misses[i]) for i in occurring]
    exact = sum(predicted.get(id_, frozenset()) == wanted for id_, wanted in truth.items())
    return LabelScores(
        pages=len(truth),
        predicted=len(truth.keys() & predicted.keys()),
        micro_f1=_f1(hits.total(), false_alarms.total(), misses.total()),
        macro_f1=sum(per_label) / max(1, len(per_label)),
        exact=exact / max(1, len(truth)),
    )


def list_label_errors(
    truth: Mapping[str, Set[str]], predicted: Mapping[str, Set[str]]
) -> list[LabelErrors]:
    """Return every label that occurs or was given, the one with the most errors first."""
    hits, false_alarms, misses = _count(truth, predicted)
    found = [
        LabelErrors(
            id_,
            hits[id_] + misses[id_],
            misses[id_],
            false_alarms[id_],
            _f1(hits[id_], false_alarms[id_], misses[id_]),
        )
        for id_ in {*hits, *false_alarms, *misses}
    ]
    return sorted(found, key=lambda label: (-label.misses - label.false_alarms, label.id))


def close_under_ancestors(
    sets: Mapping[str, Set[str]], ontology: Ontology
) -> dict[str, frozenset[str]]:
    """Add to every set the ancestors of its labels; ids the ontology does not know stay alone."""
    found = {id_ for labels in sets.values() for id_ in labels}
    closed = {id_: _with_ancestors(id_, ontology) for id_ in found}
    return {page: _unite(closed[id_] for id_ in labels) for page, labels in sets.items()}


def _with_ancestors(id_: str, ontology: Ontology) -> frozenset[str]:
    return ontology.expand([id_]) | {id_}


def _unite(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def _count(
    truth: Mapping[str, Set[str]], predicted: Mapping[str, Set[str]]
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Hits, false alarms and misses of every label."""
    hits, false_alarms, misses = Counter[str](), Counter[str](), Counter[str]()
    for id_, wanted in truth.items():
        given = predicted.get(id_, frozenset())
        hits.update(wanted & given)
        false_alarms.update(given - wanted)
        misses.update(wanted - given)
    return hits, false_alarms, misses


def _f1(hits: int, false_alarms: int, misses: int) -> float:
    return 2 * hits / max(1, 2 * hits + false_alarms + misses)
