"""The labeller that answers from a table."""

import pytest

from chalklens.labelling.fake import FakeLabeller
from chalklens.types import LabelSet, Picture

SHEET = Picture("sheet.png", "0" * 64, "image/png", 1, 1, b"\xff\xff\xff", 1, 1)


@pytest.mark.anyio
async def test_known_pictures_get_their_labels_and_others_are_unsupported() -> None:
    labels = LabelSet(areas=("Addition",))
    known = await FakeLabeller({"sheet.png": labels}).label([SHEET])
    unknown = await FakeLabeller().label([SHEET])
    assert known[0].labels == labels
    assert known[0].confidence == {"Addition": 0.9}
    assert unknown[0].unsupported
