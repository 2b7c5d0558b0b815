# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""From probabilities to a set of labels. Worker side.

How it is used: `rule = DecisionRule(labels, threshold, low_confidence_below, contradictions)`, then
`rule.choose(probabilities)` -> ids with their probabilities, the surest first. Labels from the
threshold up are chosen, and at least one; of two that the ontology says contradict each other the
less probable one is dropped. What it leaves out: implied labels and ancestors: the training data
name them only sometimes, and adding them always made sets worse (MODEL_CARD.md).

One threshold for all labels: for micro-F1 over calibrated probabilities the best one is the same for
every label (Lipton, Elkan and Naryanaswamy 2014).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalklens.edugraph.ontology import Ontology

Floats = NDArray[np.float32]

MIN_REPORTED = 0.05


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """How labels are chosen.

    Attributes:
        labels: Bare ids, one per column of probabilities.
        threshold: Labels with at least this probability are chosen.
        low_confidence_below: Expected F1 of a set (`expect_f1`) under which pages of new layouts turned
            out less than half right.
        contradictions: Pairs of ids that exclude each other.
    """

    labels: tuple[str, ...]
    threshold: float
    low_confidence_below: float
    contradictions: frozenset[frozenset[str]]

    def choose(self, probabilities: Floats) -> dict[str, float]:
        """Return the chosen ids of one page with their probabilities."""
        order = np.argsort(-probabilities, kind="stable")
        kept = [i for i in order if probabilities[i] >= self.threshold] or [order[0]]
        chosen: dict[str, float] = {}
        for i in kept:
            label = self.labels[i]
            if not any(frozenset((label, other)) in self.contradictions for other in chosen):
                chosen[label] = round(float(probabilities[i]), 4)
        return chosen

    def is_unsure(self, probabilities: Floats, chosen: Mapping[str, float]) -> bool:
        """Whether a chosen set is not to be relied on."""
        picked = np.asarray([label in chosen for label in self.labels])
        return float(expect_f1(probabilities, picked)) < self.low_confidence_below

    def report(self, probabilities: Floats) -> dict[str, float]:
        """Return every label with a probability worth naming."""
        return {
            label: round(float(p), 4)
            for label, p in zip(self.labels, probabilities, strict=True)
            if p >= MIN_REPORTED
        }


def expect_f1(probabilities: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Return the F1 to expect of chosen sets if the probabilities are right, (...,).

    Both arrays are (..., labels). The ratio of expectations, which is close to the expectation of the
    ratio for sets of several labels (Ye, Chai, Lee and Chieu, Optimizing F-measure, 2012, section 3).
    """
    hits = np.where(chosen, probabilities, 0).sum(-1)
    return 2 * hits / np.maximum(chosen.sum(-1) + probabilities.sum(-1), 1e-6)


def find_contradictions(labels: Iterable[str]) -> frozenset[frozenset[str]]:
    """Return the pairs among some labels that our ontology says contradict each other."""
    ontology, known = Ontology.load(), frozenset(labels)
    return frozenset(
        frozenset((label, other))
        for label in known
        for other in ontology.contradictions(label)
        if other in known
    )
