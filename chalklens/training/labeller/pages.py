# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the heads are fitted on: observations of pages and their labels as parallel rows.

How it is used: `TrainingPages(...)` from `observing.py`, then `select` for a fold. Worksheets of the
corpus and rendered sheets have the same form: the group of the one is its view, of the other its
template. What it leaves out: features.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.observations import Observations

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TrainingPages:
    """Pages in parallel.

    Attributes:
        observed: What is known of each page.
        targets: Its labels, (pages, labels).
        labels: Ids, sorted; the columns of `targets`.
        groups: Its layout: view or template.
        pairs: Its problem; question and solution belong together.
    """

    observed: Observations
    targets: Flags
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    pairs: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.groups)

    def select(self, rows: Rows) -> "TrainingPages":
        """The pages of some rows; all labels stay."""
        return TrainingPages(
            self.observed.select(rows),
            self.targets[rows],
            self.labels,
            tuple(self.groups[i] for i in rows),
            tuple(self.pairs[i] for i in rows),
        )


def mark_labels(sets: Sequence[Collection[str]], labels: Sequence[str]) -> Flags:
    """Return which of `labels` each set holds, (sets, labels); others are passed over."""
    column = {id_: i for i, id_ in enumerate(labels)}
    targets = np.zeros((len(sets), len(labels)), np.bool_)
    for row, ids in enumerate(sets):
        targets[row, [column[id_] for id_ in ids if id_ in column]] = True
    return targets
