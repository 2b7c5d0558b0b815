"""All figures about label sets on one split: the labeller's and each baseline's, side by side.

How it is used: `measure_methods(gold, answers, bootstrap)` -> key -> `MethodFigures`; the method under
the key `labeller` is compared with each of the others, draw by draw. What it leaves out: where the
answers come from, and what probabilities are worth (`calibration_curve.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalklens.edugraph.ontology import Ontology
from chalklens.evaluation.bootstrap import Floats, Interval, ViewBootstrap, count_by_view
from chalklens.evaluation.scores import LabelScores, close_under_ancestors, score_label_sets
from chalklens.labelling.corpus import DIMENSIONS, Worksheet

LABELLER = "labeller"
FIGURES = (
    "micro_f1",
    "macro_f1",
    "exact",
    "hierarchical_micro_f1",
    "hierarchical_macro_f1",
)
"""What is resampled; the names are those of `LabelScores`, of closed sets where they say so."""

Sets = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """The labeller's figure minus a baseline's, and its interval with paired draws."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """What one method reaches.

    Attributes:
        title: Its name for people.
        rule: How it decides, in a few words.
        plain: Labels as they are.
        hierarchical: Truth and answers closed under the ontology's ancestors.
        intervals: Of `FIGURES`, by resampling views; empty with one view.
        labeller_ahead: The labeller's `FIGURES` minus this method's; empty for the labeller.
        dimensions: Plain, per dimension.
        views: Plain, per layout.
    """

    title: str
    rule: str
    plain: LabelScores
    hierarchical: LabelScores
    intervals: Mapping[str, Interval]
    labeller_ahead: Mapping[str, Difference]
    dimensions: Mapping[str, LabelScores]
    views: Mapping[str, LabelScores]

    def figure(self, name: str) -> float:
        """Return one of `FIGURES`."""
        plain_name = name.removeprefix("hierarchical_")
        return getattr(self.plain if plain_name == name else self.hierarchical, plain_name)


@dataclass(frozen=True, slots=True)
class Answer:
    """A method's label set per page, by page id."""

    title: str
    rule: str
    sets: Sets


@dataclass(frozen=True)
class Gold:
    """The truth of a split, and what it is compared by.

    Attributes:
        sets: Label set per page.
        closed: The same with all ancestors.
        views: Layout per page.
        dimension_of: `area`, `scope` or `ability` of each label.
    """

    ontology: Ontology
    sets: Sets
    closed: Sets
    views: Mapping[str, str]
    dimension_of: Mapping[str, str] = field(repr=False)

    @classmethod
    def collect(cls, sheets: Sequence[Worksheet], ontology: Ontology) -> "Gold":
        """Take the truth out of worksheets."""
        sets = {sheet.id: sheet.labels for sheet in sheets}
        known = {id_: concept.dimension.lower() for id_, concept in ontology.concepts.items()}
        stated = {id_: name for sheet in sheets for id_, name in sheet.dimensions}
        closed = close_under_ancestors(sets, ontology)
        return cls(ontology, sets, closed, {s.id: s.view for s in sheets}, {**known, **stated})

    def only(self, pages: Iterable[str]) -> dict[str, frozenset[str]]:
        """Return the label sets of some pages."""
        return {page: self.sets[page] for page in pages}

    def of_dimension(self, sets: Sets, name: str) -> dict[str, frozenset[str]]:
        """Keep the labels of one dimension."""
        return {
            page: frozenset(id_ for id_ in labels if self.dimension_of.get(id_) == name)
            for page, labels in sets.items()
        }


def measure_methods(
    gold: Gold, answers: Mapping[str, Answer], bootstrap: ViewBootstrap
) -> dict[str, MethodFigures]:
    """Measure every method; `answers` has one under `labeller`."""
    closed = {
        key: close_under_ancestors(answer.sets, gold.ontology) for key, answer in answers.items()
    }
    drawn = {
        key: _resample(gold, answer.sets, closed[key], bootstrap) for key, answer in answers.items()
    }
    figures: dict[str, MethodFigures] = {}
    for key, answer in answers.items():
        figures[key] = MethodFigures(
            answer.title,
            answer.rule,
            score_label_sets(gold.sets, answer.sets),
            score_label_sets(gold.closed, closed[key]),
            _find_intervals(drawn[key], bootstrap),
            {},
            _score_dimensions(gold, answer.sets),
            _score_views(gold, answer.sets),
        )
    return {key: _compare(key, figures, drawn, bootstrap) for key in figures}


def _resample(gold: Gold, sets: Sets, closed: Sets, bootstrap: ViewBootstrap) -> dict[str, Floats]:
    plain = bootstrap.resample(count_by_view(gold.views, gold.sets, sets))
    deep = bootstrap.resample(count_by_view(gold.views, gold.closed, closed))
    found = {**plain, **{f"hierarchical_{name}": values for name, values in deep.items()}}
    return {name: found[name] for name in FIGURES}


def _find_intervals(drawn: Mapping[str, Floats], bootstrap: ViewBootstrap) -> dict[str, Interval]:
    found = {name: bootstrap.find_interval(values) for name, values in drawn.items()}
    return {name: interval for name, interval in found.items() if interval is not None}


def _compare(
    key: str,
    figures: Mapping[str, MethodFigures],
    drawn: Mapping[str, Mapping[str, Floats]],
    bootstrap: ViewBootstrap,
) -> MethodFigures:
    """Add how far the labeller is ahead."""
    method, ours = figures[key], figures[LABELLER]
    if key == LABELLER:
        return method
    ahead = {
        name: Difference(
            ours.figure(name) - method.figure(name),
            bootstrap.find_interval(drawn[LABELLER][name] - drawn[key][name]),
        )
        for name in FIGURES
    }
    return replace(method, labeller_ahead=ahead)


def _score_dimensions(gold: Gold, sets: Sets) -> dict[str, LabelScores]:
    return {
        name: score_label_sets(gold.of_dimension(gold.sets, name), gold.of_dimension(sets, name))
        for name in DIMENSIONS
    }


def _score_views(gold: Gold, sets: Sets) -> dict[str, LabelScores]:
    pages: dict[str, list[str]] = {}
    for page, view in gold.views.items():
        pages.setdefault(view, []).append(page)
    return {view: score_label_sets(gold.only(pages[view]), sets) for view in sorted(pages)}
