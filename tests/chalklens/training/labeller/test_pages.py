"""Observations and labels as parallel rows."""

import numpy as np

from chalklens.training.labeller.pages import mark_labels
from tests.chalklens.training.labeller.small_pages import make_worksheets


def test_labels_are_marked_in_the_order_of_the_columns() -> None:
    marked = mark_labels([{"b"}, {"a", "c"}, set()], ("a", "b", "c"))
    assert marked.tolist() == [[False, True, False], [True, False, True], [False] * 3]


def test_a_label_without_a_column_is_passed_over() -> None:
    assert mark_labels([{"a", "unknown"}], ("a",)).tolist() == [[True]]


def test_chosen_pages_keep_what_belongs_to_them_and_all_labels() -> None:
    pages = make_worksheets()
    chosen = pages.select(np.asarray([5, 2]))
    assert len(chosen) == 2
    assert chosen.labels == pages.labels
    for row, original in enumerate((5, 2)):
        assert chosen.observed.texts[row] == pages.observed.texts[original]
        assert (chosen.targets[row] == pages.targets[original]).all()
        assert chosen.groups[row] == pages.groups[original]
        assert chosen.pairs[row] == pages.pairs[original]
