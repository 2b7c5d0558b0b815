"""Pages of our own renderer as training pages, drawn by one process or by several."""

import os

import numpy as np
import pytest
import torch

from chalklens.edugraph.ontology import Ontology
from chalklens.training.small_vl.crew import FEW, spread, take_one_core
from chalklens.training.small_vl.painted_pages import paint_pages
from chalklens.training.worksheets.sheet import render_sheets
from tests.chalklens.training.small_vl.tiny_runs import stay_quiet


def test_pages_are_the_sheets_of_the_renderer_with_their_labels_and_pictures() -> None:
    ontology = Ontology.load()
    painted = paint_pages(4, 3, 1, stay_quiet)
    for one, sheet in zip(painted, render_sheets(4, 3), strict=True):
        assert set(one.page.ids) == sheet.labels
        assert all(
            ontology[id_].dimension.lower() == key
            for key, ids in one.page.labels.items()
            for id_ in ids
        )
        assert one.page.printed == tuple(sheet.text.splitlines())
        assert one.page.read
        assert np.array_equal(np.asarray(one.picture.load()), np.asarray(sheet.picture))


def test_few_items_are_worked_on_here_in_order() -> None:
    told: list[int] = []
    where: list[int] = []

    def work(item: int) -> int:
        where.append(os.getpid())
        return 2 * item

    found = list(
        spread(work, [3, 2, 1], 2, lambda done, total, what: told.append(done), "counting")
    )
    assert found == [6, 4, 2]
    assert set(where) == {os.getpid()}
    assert told == [1, 2, 3]


@pytest.mark.integration
def test_several_processes_give_what_one_gives_in_order() -> None:
    items = list(range(-FEW, FEW))
    told: list[int] = []
    found = list(spread(abs, items, 2, lambda done, total, what: told.append(done), "counting"))
    assert found == [abs(item) for item in items]
    assert told == list(range(1, 2 * FEW + 1))


def test_a_process_of_the_crew_computes_with_one_thread() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        take_one_core()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
