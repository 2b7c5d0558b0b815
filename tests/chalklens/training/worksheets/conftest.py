"""What every sheet must keep, whatever template drew it."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.training.worksheets.content import Word, group_lines
from chalklens.training.worksheets.sheet import Sheet, render_sheet

MAX_SIDE_PX = 512
MIN_TEXT_PX = 6
# The ontology does not say so, the corpus keeps to it.
EXCLUSIVE = (
    {"NumbersWithZero", "NumbersWithoutZero"},
    {"NumbersWithNegatives", "NumbersWithoutNegatives"},
    {"TwoOperands", "ThreeOperands"},
    {"SingleStep", "MultiStep"},
)


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    """Ours, read once."""
    return Ontology.load()


@pytest.fixture(scope="session")
def check_template(ontology: Ontology) -> Callable[[str, range], None]:
    """Render a template with several seeds and check what all sheets must keep."""

    def check(name: str, seeds: range) -> None:
        for seed in seeds:
            sheet = render_sheet(name, seed)
            where = f"{name}, seed {seed}"
            _check_labels(sheet, ontology, where)
            _check_words(sheet, where)
            _check_figures(sheet, where)

    return check


def _check_labels(sheet: Sheet, ontology: Ontology, where: str) -> None:
    unknown = [label for label in sheet.labels if label not in ontology]
    assert not unknown, where
    dimensions = {ontology[label].dimension for label in sheet.labels}
    assert "Ability" in dimensions, where
    assert len(dimensions) >= 2, where
    for pair in EXCLUSIVE:
        assert not pair <= sheet.labels, where
    for label in sheet.labels:
        assert not sheet.labels & set(ontology.contradictions(label)), f"{where}: {label}"


def _check_words(sheet: Sheet, where: str) -> None:
    width, height = sheet.size_px
    assert max(width, height) <= MAX_SIDE_PX, where
    assert sheet.words, where
    for word in sheet.words:
        x0, y0, x1, y1 = word.box
        assert x0 >= -1, f"{where}: {word}"
        assert y0 >= -1, f"{where}: {word}"
        assert x1 <= width + 1, f"{where}: {word}"
        assert y1 <= height + 1, f"{where}: {word}"
        assert y1 - y0 >= MIN_TEXT_PX, f"{where}: {word}"
        # A pattern for `vary`, or a place for a value, that was never filled in.
        assert not set(word.text) & set("[]{}|"), f"{where}: {word}"
    for line in group_lines(sheet.words):
        for left, right in pairwise(line):
            assert not _overlap(left, right), f"{where}: {left} {right}"


def _check_figures(sheet: Sheet, where: str) -> None:
    width, height = sheet.size_px
    for figure in sheet.figures:
        assert figure.box[0] >= -2, f"{where}: {figure}"
        assert figure.box[1] >= -2, f"{where}: {figure}"
        assert figure.box[2] <= width + 2, f"{where}: {figure}"
        assert figure.box[3] <= height + 2, f"{where}: {figure}"


def _overlap(first: Word, second: Word) -> bool:
    wide = min(first.box[2], second.box[2]) - max(first.box[0], second.box[0])
    high = min(first.box[3], second.box[3]) - max(first.box[1], second.box[1])
    return wide > 2 and high > 0.35 * (first.box[3] - first.box[1])
