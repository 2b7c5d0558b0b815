"""The figure tower's way from pixels to answers; that it equals torch is in test_figure_training."""

import numpy as np
import pytest

from chalklens.errors import ModelError
from chalklens.labelling.figure_tower import (
    CELLS,
    SIDE_PX,
    FigureTower,
    Layer,
    array_shapes,
    convolve,
    fit_page,
    shrink_page,
)
from chalklens.types import Picture

KINDS = ("clock", "coin")


def make_arrays(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        name: (rng.normal(size=shape) / max(1, np.prod(shape[:-1])) ** 0.5).astype(np.float32)
        for name, shape in array_shapes(len(KINDS)).items()
    }


def make_ink_tower() -> FigureTower:
    """A tower made by hand: a cell says `clock` when it holds ink, and never `coin`."""
    arrays = {name: np.zeros(shape) for name, shape in array_shapes(len(KINDS)).items()}
    arrays["stem.weight"][..., 0, 0] = 1 / 16
    arrays["halve_1.weight"][1:, 1:, 0, 0] = 1 / 4
    arrays["halve_2.weight"][1:, 1:, 0, 0] = 1 / 4
    arrays["cells.weight"][0, 0, 0, 0] = 40
    arrays["cells.bias"][:] = -8
    arrays["page.scale"][:] = 1
    return FigureTower.from_arrays(arrays, KINDS)


def make_picture(pixels: np.ndarray, enlarged: int = 1) -> Picture:
    height, width = pixels.shape[:2]
    return Picture(
        name="page",
        sha256="",
        mime_type="image/png",
        width_px=width * enlarged,
        height_px=height * enlarged,
        pixels=pixels.tobytes(),
        pixels_width_px=width,
        pixels_height_px=height,
    )


def make_page(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def test_every_kind_gets_a_probability() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 512, 3), np.uint8)
    found = FigureTower.from_arrays(make_arrays(), KINDS).find(make_picture(pixels))
    assert found.shape == (len(KINDS),)
    assert found.dtype == np.float32
    assert ((found > 0) & (found < 1)).all()


def test_the_same_page_in_float16_weights_gives_nearly_the_same() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 512, 3), np.uint8)
    half = {name: array.astype(np.float16) for name, array in make_arrays().items()}
    exact = FigureTower.from_arrays(make_arrays(), KINDS).find_in_pixels(pixels)
    assert FigureTower.from_arrays(half, KINDS).find_in_pixels(pixels) == pytest.approx(
        exact, abs=1e-2
    )


def test_a_missing_array_is_a_model_error_that_says_what_helps() -> None:
    arrays = make_arrays()
    del arrays["mix_2.weight"]
    with pytest.raises(ModelError, match=r"mix_2\.weight") as caught:
        FigureTower.from_arrays(arrays, KINDS)
    assert "chalklens train labeller" in caught.value.hint


def test_arrays_for_other_kinds_are_refused() -> None:
    with pytest.raises(ModelError, match=r"cells\.weight"):
        FigureTower.from_arrays(make_arrays(), (*KINDS, "ruler"))


@pytest.mark.parametrize(("enlarged", "scale"), [(1, 1), (4, 4)])
def test_a_found_figure_has_a_box_in_original_pixels(enlarged: int, scale: int) -> None:
    page = make_page(512, 256)
    page[64:128, 320:448] = 0
    [found] = make_ink_tower().locate(make_picture(page, enlarged))
    assert found.kind == "clock"
    assert found.probability > 0.9
    box = np.array([found.box.x0, found.box.y0, found.box.x1, found.box.y1]) / scale
    assert box == pytest.approx([320, 64, 448, 128], abs=512 / CELLS)


def test_a_box_ends_at_the_edge_of_the_page() -> None:
    found = make_ink_tower().locate(make_picture(np.zeros((70, 512, 3), np.uint8)))
    assert [(f.box.x0, f.box.y0, f.box.x1, f.box.y1) for f in found] == [(0, 0, 512, 70)]


def test_a_blank_page_shows_nothing() -> None:
    assert make_ink_tower().locate(make_picture(make_page(400, 300))) == []


@pytest.mark.parametrize("size", [(1, 1), (2000, 3), (3, 2000), (512, 512), (40, 30)])
def test_a_page_of_any_shape_fits_into_the_square(size: tuple[int, int]) -> None:
    page = fit_page(make_page(*size))
    assert page.shape == (SIDE_PX, SIDE_PX, 2)
    assert (page == 255).all()


def test_yellow_on_white_is_dark_in_the_second_channel_only() -> None:
    page = make_page(SIDE_PX, SIDE_PX)
    page[:] = (255, 255, 0)
    lightness, darkest = shrink_page(page)[0, 0]
    assert lightness > 200
    assert darkest == 0


def test_a_convolution_is_the_sum_over_its_window() -> None:
    states = np.arange(16, dtype=np.float32).reshape(4, 4, 1)
    weight = np.zeros((3, 3, 1, 1), np.float32)
    weight[0, 1] = 1  # the pixel above
    shifted = convolve(states, weight, Layer("any", 3, 1, 1))
    assert (shifted[0] == 0).all()
    assert (shifted[1:] == states[:-1]).all()
