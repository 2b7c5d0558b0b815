# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What on a page speaks for a label."""

import re
from dataclasses import replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chalklens.labelling.evidence import MAX_SPANS, EvidenceSearch, place_figures
from chalklens.labelling.features import PageFeatures, TermWeights
from chalklens.labelling.observations import FoundFigure, Observer
from chalklens.types import Box, Span, TextReading
from tests.chalklens.labelling.sheets import LetterEncoder
from tests.chalklens.labelling.small_model import make_features, make_pages
from tests.chalklens.labelling.text_lines import rows

WORDS = ("count", "the", "apples", "how", "many", "clock", "shows")
FEATURES = make_features(Observer(LetterEncoder()).observe(make_pages()[:2]))
TERMS = PageFeatures(
    TermWeights(WORDS, np.ones(len(WORDS), np.float32)),
    TermWeights((), np.zeros(0, np.float32)),
    FEATURES.fact_means,
    FEATURES.thumbnail_axes,
    FEATURES.weights,
    FEATURES.sentence_width,
    FEATURES.figure_kinds,
)


def weigh(**words: float) -> NDArray[np.float32]:
    """Columns in which the named words speak for a label."""
    weights = np.zeros(TERMS.width, np.float32)
    for word, weight in words.items():
        weights[WORDS.index(word)] = weight
    return weights


def search(
    label: str, weights: NDArray[np.float32], *lines: str
) -> tuple[tuple[Span, ...], TextReading]:
    reading = TextReading(tuple(rows(*lines)), "test")
    return EvidenceSearch(TERMS, reading).search({label: weights})[label], reading


def test_a_rule_points_at_the_numbers_it_speaks_of() -> None:
    spans, reading = search("NumbersSmaller20", weigh(count=1), "Count.", "14 + 3 =")
    assert [span.text for span in spans] == ["14"]
    line = reading.lines[1].box
    assert line.x0 <= spans[0].box.x0 < spans[0].box.x1 < line.x1


def test_the_lines_with_the_largest_shares_are_the_evidence_in_reading_order() -> None:
    spans, reading = search(
        "VisualRecognition",
        weigh(count=0.5, clock=1),
        "How many?",
        "Count the apples.",
        "The clock shows",
    )
    assert spans == tuple(Span(line.text, line.box) for line in reading.lines[1:])


def test_a_line_that_says_little_beside_the_best_is_left_out() -> None:
    spans, _ = search("VisualRecognition", weigh(count=0.05, clock=1), "Count", "clock")
    assert [span.text for span in spans] == ["clock"]


def test_where_the_page_has_nothing_for_the_rule_its_words_are_asked() -> None:
    spans, _ = search("Addition", weigh(many=1), "How many?", "The clock shows")
    assert [span.text for span in spans] == ["How many?"]


def test_a_drawing_that_speaks_for_a_label_more_than_words_is_its_evidence() -> None:
    reading = TextReading(tuple(rows("Count")), "test")
    kinds, box = ("bar_graph", "clock"), Box(10, 20, 60, 70)
    features = replace(TERMS, figure_kinds=len(kinds))
    [clock] = place_figures(features, kinds, [FoundFigure("clock", 0.98, box)])
    weights = np.zeros(features.width, np.float32)
    weights[clock.column], weights[WORDS.index("count")] = 1, 0.001
    search = EvidenceSearch(features, reading, [clock])
    assert search.search({"AnalogClock": weights})["AnalogClock"] == (Span("[clock]", box),)
    assert search.search({"AnalogClock": -weights})["AnalogClock"] == ()


def test_the_column_of_a_figure_is_the_one_the_features_fill() -> None:
    kinds = ("bar_graph", "clock", "coin")
    features = replace(TERMS, figure_kinds=len(kinds))
    found = [FoundFigure(kind, 0.9, Box(0, 0, 1, 1)) for kind in reversed(kinds)]
    columns = [figure.column for figure in place_figures(features, kinds, found)]
    assert columns == [
        features.general_width - 1,
        features.general_width - 2,
        features.general_width - 3,
    ]


def test_a_label_that_nothing_speaks_for_has_no_evidence() -> None:
    assert search("VisualRecognition", weigh(count=-1), "Count", "clock")[0] == ()
    assert search("VisualRecognition", weigh(count=1))[0] == ()
    assert search("VisualRecognition", weigh(count=1), " ")[0] == ()


def test_a_unit_in_an_expression_is_shown_as_it_is_printed() -> None:
    spans, _ = search("Subtraction", weigh(count=1), "8-3s")
    assert [span.text for span in spans] == ["8 - 3 s"]


@settings(max_examples=40, deadline=None)
@example(lines=["0-0s"])
@given(st.lists(st.text(st.sampled_from("count apples 0123456789+-=,/"), max_size=14), max_size=5))
def test_evidence_is_short_and_never_text_that_is_not_on_the_page(lines: list[str]) -> None:
    labels = ("VisualRecognition", "NumbersLarger10", "Addition", "TwoOperands", "IntegerNumbers")
    reading = TextReading(tuple(rows(*lines)), "test")
    found = EvidenceSearch(TERMS, reading).search(dict.fromkeys(labels, weigh(count=1, apples=1)))
    assert set(found) == set(labels)
    for spans in found.values():
        assert len(spans) <= MAX_SPANS
        for span in spans:
            assert _pieces(span.text) <= _pieces(reading.text)


def _pieces(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+|\d+", text))
