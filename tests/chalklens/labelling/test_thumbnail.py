"""Pages as tiny grey pictures."""

import numpy as np
import pytest
from PIL import Image

from chalklens.labelling.thumbnail import PIXELS, make_thumbnail
from tests.chalklens.labelling.sheets import paint, to_picture


def test_a_thumbnail_is_centred_and_of_length_one() -> None:
    thumbnail = make_thumbnail(to_picture(paint(1, "sums-1")))
    assert thumbnail.shape == (PIXELS,)
    assert thumbnail.dtype == np.float32
    assert thumbnail.mean() == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(thumbnail) == pytest.approx(1, abs=1e-5)


def test_a_blank_page_has_no_direction() -> None:
    assert not make_thumbnail(to_picture(Image.new("RGB", (40, 30), "white"))).any()


def test_the_same_layout_looks_alike_whatever_its_size_and_shade() -> None:
    page, other = paint(1, "sums-1"), paint(9, "clocks-2")
    one = make_thumbnail(to_picture(page))
    larger = make_thumbnail(to_picture(paint(7, "sums-1").resize((16, 16), Image.Resampling.BOX)))
    assert one @ larger > 0.9
    assert one @ make_thumbnail(to_picture(other)) < 0.7
