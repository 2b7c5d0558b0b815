"""Figures for sets of labels against the truth.

How it is used: `score_label_sets(truth, predicted)`, both id -> set of labels. Micro-F1 counts all
labels of all pages; macro-F1 is the mean over the labels that occur in the truth; exact is the
share of pages whose whole set is right. A page without a prediction counts as an empty set. These
are the definitions of the corpus' own scorer. What it leaves out: the hierarchy of labels.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Figures from 0 to 1; `pages` in the truth, `predicted` of them have a prediction."""

    pages: int
    predicted: int
    micro_f1: float
    macro_f1: float
    exact: float


def score_label_sets(
    truth: Mapping[str, Set[str]], predicted: Mapping[str, Set[str]]
) -> LabelScores:
    """Compare predictions with the truth."""
    hits, false_alarms, misses = Counter[str](), Counter[str](), Counter[str]()
    exact = 0
    for id_, wanted in truth.items():
        given = predicted.get(id_, frozenset())
        exact += given == wanted
        hits.update(wanted & given)
        false_alarms.update(given - wanted)
        misses.update(wanted - given)
    occurring = sorted({*hits, *misses})
    per_label = [_f1(hits[i], false_alarms[i], misses[i]) for i in occurring]
    return LabelScores(
        pages=len(truth),
        predicted=len(truth.keys() & predicted.keys()),
        micro_f1=_f1(hits.total(), false_alarms.total(), misses.total()),
        macro_f1=sum(per_label) / max(1, len(per_label)),
        exact=exact / max(1, len(truth)),
    )


def _f1(hits: int, false_alarms: int, misses: int) -> float:
    return 2 * hits / max(1, 2 * hits + false_alarms + misses)
