# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""What on the page speaks for a label: numbers and expressions for rules, words for the rest.

How it is used: `EvidenceSearch(features, reading).search({label: weights})` -> for each label at most
`MAX_SPANS` pieces of text with their boxes. A label that is a rule over what is printed
(`rule_support.py`) is supported by the numbers it speaks of. For any other, and where the page has
nothing for the rule, each line is weighed as if it were the page: the heads are linear, so the share
of its terms in the label's score is known. The lines with the largest shares are the evidence. What
it leaves out: pairs of terms across lines, figures, and what speaks against a label.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.features import PageFeatures
from chalklens.labelling.rule_support import EvidenceFinder
from chalklens.types import Span, TextLine, TextReading

Floats = NDArray[np.float32]

MAX_SPANS = 3
MIN_SHARE = 0.15  # of the best line's: below it a line says nothing of its own


@dataclass(frozen=True, slots=True)
class EvidenceSearch:
    """One page, ready to be asked about labels.

    Attributes:
        features: Those the weights belong to.
        reading: The page's text.
    """

    features: PageFeatures
    reading: TextReading

    def search(self, columns: Mapping[str, Floats]) -> dict[str, tuple[Span, ...]]:
        """Return evidence per label, empty where nothing on the page speaks for it.

        Args:
            columns: How much each column of the features speaks for a label, (width,).
        """
        rules = EvidenceFinder(self.reading)
        lines = [line for line in self.reading.lines if line.text.strip()]
        terms = self.features.compute_terms([line.text for line in lines]) if lines else None
        found: dict[str, tuple[Span, ...]] = {}
        for label, weights in columns.items():
            spans = tuple(Span(s.text, s.box) for s in rules.find(label)[:MAX_SPANS])
            if not spans and terms is not None:
                spans = _pick_lines(lines, terms @ weights[: self.features.term_width])
            found[label] = spans
        return found


def _pick_lines(lines: list[TextLine], shares: Floats) -> tuple[Span, ...]:
    """The lines that speak for a label most, in reading order."""
    order = np.argsort(-shares, kind="stable")[:MAX_SPANS]
    best = float(shares[order[0]])
    kept = [int(i) for i in order if best > 0 and shares[i] >= MIN_SHARE * best]
    return tuple(Span(lines[i].text, lines[i].box) for i in sorted(kept))
