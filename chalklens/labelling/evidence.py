# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""What on the page speaks for a label: numbers and expressions for rules, words and figures for the rest.

How it is used: `EvidenceSearch(features, reading, figures).search({label: weights})` -> for each label
at most `MAX_SPANS` pieces of text or `[figures]` with their boxes. A label that is a rule over what is printed
(`rule_support.py`) is supported by the numbers it speaks of. For any other, and where the page has
nothing for the rule, each line is weighed as if it were the page: the heads are linear, so the share
of its terms in the label's score is known, and so is that of each figure found. The lines and figures
with the largest shares are the evidence. What it leaves out: pairs of terms across lines, and what
speaks against a label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from chalklens.labelling.features import PageFeatures, scale_figures
from chalklens.labelling.observations import FoundFigure
from chalklens.labelling.rule_support import EvidenceFinder
from chalklens.types import Span, TextReading

Floats = NDArray[np.float32]

MAX_SPANS = 3
MIN_SHARE = 0.15  # of the best line's: below it a line says nothing of its own


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """A drawn figure as evidence: its column of the features, and its value there."""

    span: Span
    column: int
    value: float


@dataclass(frozen=True, slots=True)
class EvidenceSearch:
    """One page, ready to be asked about labels.

    Attributes:
        features: Those the weights belong to.
        reading: The page's text.
        figures: What is drawn on it.
    """

    features: PageFeatures
    reading: TextReading
    figures: Sequence[PlacedFigure] = ()

    def search(self, columns: Mapping[str, Floats]) -> dict[str, tuple[Span, ...]]:
        """Return evidence per label, empty where nothing on the page speaks for it.

        Args:
            columns: How much each column of the features speaks for a label, (width,).
        """
        rules = EvidenceFinder(self.reading)
        lines = [line for line in self.reading.lines if line.text.strip()]
        terms = self.features.compute_terms([line.text for line in lines])
        pieces = [Span(line.text, line.box) for line in lines] + [f.span for f in self.figures]
        found: dict[str, tuple[Span, ...]] = {}
        for label, weights in columns.items():
            spans = tuple(Span(s.text, s.box) for s in rules.find(label)[:MAX_SPANS])
            found[label] = spans or _pick(pieces, self._weigh(terms, weights))
        return found

    def _weigh(self, terms: csr_matrix, weights: Floats) -> Floats:
        """How much each line and then each figure speaks for a label."""
        width = self.features.term_width
        drawn = [float(weights[f.column] * f.value) for f in self.figures]
        return np.concatenate([terms @ weights[:width], np.asarray(drawn, np.float32)])


def place_figures(
    features: PageFeatures, kinds: Sequence[str], found: Sequence[FoundFigure]
) -> list[PlacedFigure]:
    """Find the column and the value of each found figure; `kinds` are those of the tower, in order."""
    first = features.general_width - len(kinds)
    values = scale_figures(np.asarray([f.probability for f in found], np.float32))
    return [
        PlacedFigure(
            Span(f"[{figure.kind.replace('_', ' ')}]", figure.box),
            first + kinds.index(figure.kind),
            float(value) * features.weights.figures,
        )
        for figure, value in zip(found, values, strict=True)
    ]


def _pick(pieces: list[Span], shares: Floats) -> tuple[Span, ...]:
    """The pieces that speak for a label most, in their order."""
    order = np.argsort(-shares, kind="stable")[:MAX_SPANS]
    best = float(shares[order[0]]) if len(order) else 0.0
    kept = [int(i) for i in order if best > 0 and shares[i] >= MIN_SHARE * best]
    return tuple(pieces[i] for i in sorted(kept))
