# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Which rendered templates resemble which layouts of the corpus.

How it is used: `Resemblance.measure(worksheets, rendered).find_foreign(views)` -> the rendered pages
whose templates resemble none of these views. The templates were written by people who had seen the
corpus' training layouts; when a layout is left out to play the unseen one, templates like it have to
be left out with it, or the figure flatters. What it leaves out: layouts nobody has seen; for them no
template was written on purpose, and some may fit by chance.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalklens.training.labeller.pages import TrainingPages

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

SAME_LABELS = 0.5  # mean Jaccard similarity of label sets
SAMPLE_PAGES = 40  # of each view or template


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Templates against views.

    Attributes:
        templates, views: Names, sorted.
        labels: Mean over a template's label sets of the best Jaccard similarity with a set of the
            view, (templates, views).
        nearest: Of each template, the view most like it in labels and wording together.
        groups: Template of every rendered page.
    """

    templates: tuple[str, ...]
    views: tuple[str, ...]
    labels: Floats
    nearest: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def measure(cls, worksheets: TrainingPages, rendered: TrainingPages) -> "Resemblance":
        """Compare every template with every view."""
        ours, theirs = _split(rendered), _split(worksheets)
        labels = np.array(
            [[_compare_labels(a[0], b[0]) for b in theirs.values()] for a in ours.values()],
            np.float32,
        )
        wording = np.array(
            [[(a[1] @ b[1].T).max(1).mean() for b in theirs.values()] for a in ours.values()],
            np.float32,
        )
        views = tuple(theirs)
        nearest = tuple(views[i] for i in (labels + wording).argmax(1)) if views else ()
        return cls(tuple(ours), views, labels, nearest, rendered.groups)

    def find_foreign(self, left_out: Collection[str]) -> Rows:
        """Return the rows of rendered pages whose templates resemble none of some views."""
        columns = [i for i, view in enumerate(self.views) if view in left_out]
        foreign = {
            name
            for i, name in enumerate(self.templates)
            if self.nearest[i] not in left_out and self.labels[i, columns].max() < SAME_LABELS
        }
        return np.asarray([i for i, name in enumerate(self.groups) if name in foreign], np.int64)


def _split(pages: TrainingPages) -> dict[str, tuple[Floats, Floats]]:
    """Distinct label sets and some sentence vectors of each group, by name."""
    groups = np.asarray(pages.groups)
    return {
        str(name): (
            np.unique(pages.targets[groups == name], axis=0).astype(np.float32),
            pages.observed.sentences[groups == name][:SAMPLE_PAGES],
        )
        for name in np.unique(groups)
    }


def _compare_labels(ours: Floats, theirs: Floats) -> float:
    common = ours @ theirs.T
    either = ours.sum(1)[:, None] + theirs.sum(1)[None] - common
    return float((common / np.maximum(either, 1)).max(1).mean())
