"""The labeller that answers from a table."""

import pytest

from chalklens.labelling.fake import FakeLabeller
from chalklens.types import Box, LabelSet, Picture, Span

SHEET = Picture("sheet.png", "0" * 64, "image/png", 1, 1, b"\xff\xff\xff", 1, 1)
SPOT = Box(0, 0, 1, 1)


@pytest.mark.anyio
async def test_known_pictures_get_their_labels_and_others_are_unsupported() -> None:
    labels = LabelSet(areas=("Addition",))
    known = await FakeLabeller({"sheet.png": labels}).label([SHEET])
    unknown = await FakeLabeller().label([SHEET])
    assert known[0].labels == labels
    assert known[0].confidence == {"Addition": 0.9}
    assert unknown[0].unsupported


@pytest.mark.anyio
async def test_evidence_goes_with_its_label_and_an_unknown_picture_has_neither() -> None:
    evidence = {"Addition": (Span("3 + 4", SPOT),), "Counting": (Span("1", SPOT),)}
    labeller = FakeLabeller({"sheet.png": LabelSet(areas=("Addition",))}, evidence=evidence)
    [known] = await labeller.label([SHEET])
    [unknown] = await FakeLabeller(evidence=evidence, low_confidence=True).label([SHEET])
    assert known.evidence == {"Addition": evidence["Addition"]}
    assert known.probabilities == known.confidence
    assert not known.low_confidence
    assert unknown.evidence == {}
    assert not unknown.low_confidence
