# pyright: reportUnknownMemberType=false
"""The figure tower's recipe on a handful of pages: targets, batches, resuming, and numpy = torch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from chalklens.labelling.figure_tower import CELLS, SIDE_PX, FigureTower, scale_page
from chalklens.training.labeller.figure_batches import FigureBatches
from chalklens.training.labeller.figure_pages import FigurePages, collect_pages, cover_cells
from chalklens.training.labeller.figure_training import (
    FigureNetwork,
    FigureSettings,
    average_parts,
    train_tower,
)

SHEETS = 8


class Interrupted(Exception):
    """Raised by a progress callback, as a killed run would end."""


def pass_by(done: int, total: int, what: str) -> None:
    """A progress callback that shows nothing."""


def settings(folder: Path, **changes: float) -> FigureSettings:
    small = {"sheets": SHEETS, "min_sheets": 1, "passes": 1, "batch": 2, "checkpoint_s": 0}
    return FigureSettings(folder, **{**small, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    collect_pages(folder, SHEETS, 0, pass_by)
    return folder


@pytest.fixture
def pages(folder: Path) -> FigurePages:
    return collect_pages(folder, SHEETS, 0, pass_by)


def test_numpy_and_torch_agree_on_probabilities() -> None:
    torch.manual_seed(3)
    kinds = ("clock", "coin", "ruler")
    network = FigureNetwork(len(kinds))
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if "running_var" in name or name.endswith("norm.weight"):
                value.copy_(0.5 + torch.rand_like(value))
            elif "running_mean" in name or "bias" in name:
                value.copy_(torch.randn_like(value) * 0.1)
        page = np.random.default_rng(0).integers(0, 256, (SIDE_PX, SIDE_PX, 3), np.uint8)
        tower = FigureTower.from_arrays(network.eval().export(), kinds)
        seen = np.stack([_lightness(page), page.min(2)], 2)
        _, logits = network(torch.from_numpy(scale_page(seen)).permute(2, 0, 1)[None])
    assert tower.find_in_pixels(page) == pytest.approx(torch.sigmoid(logits[0]).numpy(), abs=1e-3)


def _lightness(page: np.ndarray) -> np.ndarray:
    return np.rint(page @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


def test_training_gives_float16_arrays_that_the_tower_runs_on(folder: Path) -> None:
    trained = train_tower(settings(folder), pass_by)
    assert {array.dtype for array in trained.arrays.values()} == {np.dtype(np.float16)}
    assert sum(array.nbytes for array in trained.arrays.values()) < 4 << 20
    assert len(trained.losses) == 4  # four steps, and less than ten parts
    assert all(0 < loss < 100 for loss in trained.losses)
    blank = np.full((100, 200, 3), 255, np.uint8)
    found = FigureTower.from_arrays(trained.arrays, trained.kinds).find_in_pixels(blank)
    assert np.isfinite(found).all()


def test_an_interrupted_run_ends_like_one_that_was_not(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).symlink_to(file)

    def interrupt(done: int, total: int, what: str) -> None:
        if what.startswith("learning") and done == 3:
            raise Interrupted

    (folder / "figure-tower.safetensors").unlink(missing_ok=True)
    whole = train_tower(settings(folder), pass_by)
    with pytest.raises(Interrupted):
        train_tower(settings(tmp_path), interrupt)
    steps: list[int] = []
    resumed = train_tower(settings(tmp_path), lambda done, total, what: steps.append(done))
    assert min(steps) == 3
    assert resumed.losses == whole.losses
    for name, array in whole.arrays.items():
        assert (array == resumed.arrays[name]).all()


def test_a_finished_run_still_knows_its_losses(folder: Path) -> None:
    trained = train_tower(settings(folder), pass_by)
    steps: list[int] = []
    again = train_tower(settings(folder), lambda done, total, what: steps.append(done))
    assert steps == []
    assert again.losses == trained.losses


def test_losses_are_averaged_over_equal_parts() -> None:
    assert average_parts([1.0, 3.0, 5.0, 7.0], 2) == (2.0, 6.0)
    assert average_parts([1.0, 3.0, 6.0], 2) == (2.0, 6.0)
    assert average_parts([1.0, 3.0], 70) == (1.0, 3.0)
    assert average_parts([], 70) == ()


def test_other_settings_start_anew(folder: Path) -> None:
    train_tower(settings(folder), pass_by)
    steps: list[int] = []
    train_tower(settings(folder, rate=1e-4), lambda done, total, what: steps.append(done))
    assert min(steps) == 1


def test_drawing_goes_on_where_it_stopped(tmp_path: Path, pages: FigurePages) -> None:
    def interrupt(done: int, total: int, what: str) -> None:
        if done == 5:
            raise Interrupted

    with pytest.raises(Interrupted):
        collect_pages(tmp_path, SHEETS, 0, interrupt)
    drawn: list[int] = []
    resumed = collect_pages(tmp_path, SHEETS, 0, lambda done, total, what: drawn.append(done))
    assert drawn == list(range(6, SHEETS + 1))
    assert resumed.figures == pages.figures
    assert (resumed.pixels == pages.pixels).all()


def test_pages_of_changed_templates_are_drawn_anew_and_the_old_ones_go(tmp_path: Path) -> None:
    drawn: list[int] = []

    def count(done: int, total: int, what: str) -> None:
        drawn.append(done)

    for templates in ("before", "before", "after"):
        collect_pages(tmp_path, 2, 0, count, templates=templates)
    assert drawn == [1, 2, 1, 2]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "figures-2-0-after.jsonl",
        "pages-2-0-after.npy",
    ]


def test_pages_of_another_count_or_seed_stay(tmp_path: Path) -> None:
    for count, seed in ((1, 0), (2, 0), (1, 5)):
        collect_pages(tmp_path, count, seed, pass_by, templates="same")
    assert len(list(tmp_path.iterdir())) == 6


def test_cells_under_a_figure_say_its_kind() -> None:
    cell = SIDE_PX / CELLS
    cells, page = cover_cells([("clock", (cell, 0, 3 * cell, 2 * cell))], ("clock", "coin"))
    assert page.tolist() == [1, 0]
    assert cells[..., 0].sum() == 4
    assert cells[:2, 1:3, 0].all()


def test_a_thin_line_between_two_rows_of_cells_is_not_lost() -> None:
    cells, page = cover_cells([("number_line", (10, 127.5, 200, 128.5))], ("number_line",))
    assert page.tolist() == [1]
    assert cells[7:9].any()


def test_shapes_of_a_pattern_are_neither_shown_nor_not_shown() -> None:
    kinds = ("circle", "pattern_row", "polygon")
    drawn = [("pattern_row", (0, 0, 100, 20)), ("circle", (0, 100, 20, 120))]
    cells, page = cover_cells([drawn[0]], kinds)
    assert page.tolist() == [-1, 1, -1]
    assert cells[0, 0].tolist() == [-1, 1, -1]
    assert cover_cells(drawn, kinds)[1].tolist() == [1, 1, -1]


def test_a_figure_of_which_little_is_left_is_neither_shown_nor_not_shown() -> None:
    cells, page = cover_cells([], ("clock",), doubtful=[("clock", (0, 0, 32, 32))])
    assert page.tolist() == [-1]
    assert (cells[:2, :2] == -1).all()


def test_answer_boxes_are_not_a_kind(pages: FigurePages) -> None:
    assert "answer_box" not in pages.kinds(1)


def test_a_batch_depends_on_seed_and_step_only(pages: FigurePages) -> None:
    kinds = pages.kinds(1)
    first, again = (FigureBatches(pages, kinds, 4, 7)[2] for _ in range(2))
    other = FigureBatches(pages, kinds, 4, 8)[2]
    assert (first.pixels == again.pixels).all()
    assert (first.cells == again.cells).all()
    assert (first.pixels != other.pixels).any()


def test_boxes_move_with_the_figures() -> None:
    """A black square on white: the cells that say so are those with ink, however it was moved."""
    pixels = np.full((1, 320, 320, 2), 255, np.uint8)
    pixels[0, 60:140, 40:120] = 0
    page = FigurePages(pixels, [(320, 200)], [[("polygon", (40, 60, 120, 140))]])
    compared = 0
    for step in range(24):
        batch = FigureBatches(page, ("polygon",), 1, 0)[step]
        grey = batch.pixels[0, ..., 0].astype(float)
        ink = grey.reshape(CELLS, SIDE_PX // CELLS, CELLS, -1).mean((1, 3))
        said = batch.cells[0, ..., 0] == 1
        if said.any() and (~said).sum() > said.sum():  # then the median cell is paper
            difference = np.abs(ink - np.median(ink))
            assert difference[said].mean() > 4 * difference[~said].mean()
            compared += 1
    assert compared > 12
