"""Intervals by resampling whole layouts: how much a figure depends on which views were asked.

How it is used:

    bootstrap = ViewBootstrap(sorted(set(views.values())), seed=0)
    ours = bootstrap.resample(count_by_view(views, truth, predicted))["micro_f1"]
    theirs = bootstrap.resample(count_by_view(views, truth, baseline))["micro_f1"]
    bootstrap.find_interval(ours), bootstrap.find_interval(ours - theirs)

Pages of one view resemble each other, so views are drawn with replacement, not pages (cluster
bootstrap: Davison and Hinkley, Bootstrap methods and their application, 1997, 3.8). All methods
share the same draws, which pairs them. What it leaves out: corrections for few views; with a
dozen of them the intervals are somewhat too narrow.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2_000
TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`: 95 % of the resampled figures."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """What happened in each view; the views sorted, the labels in any order.

    Attributes:
        hits, false_alarms, misses: (views, labels).
        exact, pages: Pages with the right set, and all pages, (views,).
    """

    hits: Floats
    false_alarms: Floats
    misses: Floats
    exact: Floats
    pages: Floats


def count_by_view(
    views: Mapping[str, str],
    truth: Mapping[str, Set[str]],
    predicted: Mapping[str, Set[str]],
) -> ViewCounts:
    """Count view by view; `views` gives the view of each page in `truth`."""
    rows = {view: row for row, view in enumerate(sorted(set(views.values())))}
    labels = {id_ for page in truth for id_ in (*truth[page], *predicted.get(page, ()))}
    columns = {id_: column for column, id_ in enumerate(sorted(labels))}
    shape = (len(rows), len(columns))
    counts = ViewCounts(
        *(np.zeros(shape) for _ in range(3)), *(np.zeros(len(rows)) for _ in range(2))
    )
    for page, wanted in truth.items():
        row, given = rows[views[page]], predicted.get(page, frozenset())
        counts.hits[row, [columns[id_] for id_ in wanted & given]] += 1
        counts.false_alarms[row, [columns[id_] for id_ in given - wanted]] += 1
        counts.misses[row, [columns[id_] for id_ in wanted - given]] += 1
        counts.exact[row] += given == wanted
        counts.pages[row] += 1
    return counts


class ViewBootstrap:
    """Draws of views, the same for everything that is measured with it."""

    def __init__(self, views: int, *, resamples: int = RESAMPLES, seed: int = 0) -> None:
        """Draw `resamples` times as many views as there are."""
        self.views, self.resamples, self.seed = views, resamples, seed
        even = np.full(views, 1 / max(1, views))
        draws = np.random.default_rng(seed).multinomial(views, even, size=resamples)
        self.draws: Floats = draws.astype(np.float64)

    def resample(self, counts: ViewCounts) -> dict[str, Floats]:
        """Return micro-F1, macro-F1 and the exact share of every draw, (resamples,) each."""
        hits, false_alarms, misses = (
            self.draws @ part for part in (counts.hits, counts.false_alarms, counts.misses)
        )
        occurring = hits + misses > 0
        per_label = _f1(hits, false_alarms, misses) * occurring
        return {
            "micro_f1": _f1(hits.sum(1), false_alarms.sum(1), misses.sum(1)),
            "macro_f1": per_label.sum(1) / np.maximum(1, occurring.sum(1)),
            "exact": (self.draws @ counts.exact) / np.maximum(1, self.draws @ counts.pages),
        }

    def find_interval(self, figures: NDArray[Any]) -> Interval | None:
        """Return the middle 95 % of resampled figures; None when one view was all there was."""
        if self.views < 2:
            return None
        low, high = np.percentile(figures, TAILS)
        return Interval(float(low), float(high))


def _f1(hits: Floats, false_alarms: Floats, misses: Floats) -> Floats:
    return 2 * hits / np.maximum(1, 2 * hits + false_alarms + misses)
