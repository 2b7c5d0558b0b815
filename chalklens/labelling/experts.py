# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Two sets of heads, and which one to believe: the mixture behind every label. Worker side.

How it is used: `Experts(...).judge(rows, codes, matches)`. The `general` heads know terms, sentences,
facts and figures, and were fitted on worksheets and on rendered sheets alike: they answer for layouts
nobody has seen. The `familiar` heads also know how the page looks as a whole and were fitted on
worksheets only: they answer when the page looks like one that was seen. How much it does is one
logistic function of its correlation with the most similar training page.

Source: a mixture of two experts with a gate (Jacobs, Jordan, Nowlan and Hinton, 1991), the gate
fitted to tell pages of left-out layouts from pages of known ones. What it leaves out: fitting.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit

from chalklens.labelling.heads import LabelHeads

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Familiarity:
    """How much a page looks like one of the training pages.

    Attributes:
        codes: Unit thumbnail codes of these, (pages, axes).
        slope, shift: weight of the familiar heads = expit(slope * correlation + shift).
    """

    codes: Floats
    slope: float
    shift: float

    def nearest(self, codes: Floats) -> Floats:
        """Correlation of each page with the most similar training page, (pages,)."""
        return (codes @ self.codes.T).max(axis=1)

    def weigh(self, codes: Floats) -> Floats:
        """Weight of the familiar heads, (pages,), 0 to 1."""
        return expit(self.slope * self.nearest(codes) + self.shift).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Experts:
    """General heads, familiar heads, and the gate between them."""

    general: LabelHeads
    familiar: LabelHeads
    familiarity: Familiarity

    def judge(self, rows: csr_matrix, codes: Floats, matches: Floats) -> tuple[Floats, Floats]:
        """Return probabilities (pages, labels) and the familiar heads' shares (pages,).

        The general heads read the first columns of a row. `matches` is that of `label_texts.py`.
        """
        shares = self.familiarity.weigh(codes)
        general = self.general.probabilities(rows[:, : len(self.general.weights)], matches)
        familiar = self.familiar.probabilities(rows, matches)
        mixed = shares[:, None] * familiar + (1 - shares[:, None]) * general
        return mixed.astype(np.float32), shares

    def weigh_columns(self, share: float, label: int) -> Floats:
        """Return how much each column speaks for a label, given the familiar heads' share."""
        weights = share * self.familiar.slope * self.familiar.weights[:, label]
        general = self.general.weights[:, label]
        weights[: len(general)] += (1 - share) * self.general.slope * general
        return weights
