# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""What the heads are fitted on: texts of pages and their labels as arrays.

How it is used: `TrainingPages.collect(sheets, readings)`, then `select` for a fold and
`examples` for a fit. Each page counts once: as it was read, and where the recipe
says so half as it was read and half as it was printed. What it leaves out: features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.corpus import Worksheet
from chalklens.types import TextReading


@dataclass(frozen=True, slots=True)
class TrainingPages:
    """Pages in parallel arrays.

    Attributes:
        read: Text of each page as the reader saw it.
        printed: Text of each page as the generator knows it.
        views: Layout of each page.
        pairs: Problem of each page; its question and solution belong together.
        labels: Ids, sorted; the columns of `targets`.
        targets: (pages, labels).
    """

    read: tuple[str, ...]
    printed: tuple[str, ...]
    views: tuple[str, ...]
    pairs: tuple[str, ...]
    labels: tuple[str, ...]
    targets: NDArray[np.bool_]

    @classmethod
    def collect(
        cls, sheets: Sequence[Worksheet], readings: Sequence[TextReading]
    ) -> "TrainingPages":
        """Line up worksheets and their readings."""
        labels = sorted({id_ for sheet in sheets for id_ in sheet.labels})
        column = {id_: i for i, id_ in enumerate(labels)}
        targets = np.zeros((len(sheets), len(labels)), np.bool_)
        for row, sheet in enumerate(sheets):
            targets[row, [column[id_] for id_ in sheet.labels]] = True
        return cls(
            tuple(reading.text for reading in readings),
            tuple(sheet.text for sheet in sheets),
            tuple(sheet.view for sheet in sheets),
            tuple(sheet.pair for sheet in sheets),
            tuple(labels),
            targets,
        )

    def __len__(self) -> int:
        return len(self.read)

    def select(self, rows: NDArray[np.int64]) -> "TrainingPages":
        """The pages of some rows; all labels stay."""
        return TrainingPages(
            tuple(self.read[i] for i in rows),
            tuple(self.printed[i] for i in rows),
            tuple(self.views[i] for i in rows),
            tuple(self.pairs[i] for i in rows),
            self.labels,
            self.targets[rows],
        )

    def examples(
        self, *, with_printed: bool
    ) -> tuple[list[str], NDArray[np.bool_], NDArray[np.float32]]:
        """Return texts, targets and weights to fit on."""
        if not with_printed:
            return list(self.read), self.targets, np.ones(len(self), np.float32)
        texts = [*self.read, *self.printed]
        weights = np.full(len(texts), 0.5, np.float32)
        return texts, np.concatenate([self.targets, self.targets]), weights
