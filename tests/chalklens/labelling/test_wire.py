"""Labels on their way from the worker to the server."""

import json

from chalklens.labelling.wire import SheetLabels, dump_labels, load_labels
from chalklens.types import Box, LabelSet, Span

FOUND = SheetLabels(
    LabelSet(("Addition",), ("Base10",), ()),
    {"Base10": 0.9, "Addition": 0.4},
    low_confidence=True,
    probabilities={"Addition": 0.4, "Base10": 0.9, "Subtraction": 0.06},
    evidence={"Addition": (Span("3 + 4", Box(1, 2, 30, 40)), Span("½", Box(0, 0, 9, 9)))},
)


def test_labels_arrive_as_they_were_sent() -> None:
    again = load_labels(json.loads(json.dumps(dump_labels(FOUND))))
    assert again == FOUND
    assert list(again.confidence) == ["Base10", "Addition"]


def test_a_refused_page_arrives_empty() -> None:
    refused = SheetLabels(LabelSet(), {}, unsupported=True)
    assert load_labels(json.loads(json.dumps(dump_labels(refused)))) == refused
