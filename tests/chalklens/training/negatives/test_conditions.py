"""Altered pictures of sheets."""

import random

import numpy as np
import pytest
from PIL import Image

from chalklens.training.negatives.conditions import (
    CONDITIONS,
    FREQUENCIES,
    MIN_SIDE_PX,
    alter_picture,
    photograph_picture,
    shrink_picture,
)

SHEET = Image.effect_noise((200, 120), 40).convert("RGB")


@pytest.mark.parametrize("name", sorted(CONDITIONS))
def test_a_condition_changes_the_picture_the_same_way_for_the_same_seed(name: str) -> None:
    one, other = (CONDITIONS[name](SHEET, random.Random(4)) for _ in range(2))
    assert one.mode == "RGB"
    assert one.tobytes() == other.tobytes()
    assert (one.size, one.tobytes()) != (SHEET.size, SHEET.tobytes())


def test_every_condition_happens() -> None:
    assert set(FREQUENCIES) == set(CONDITIONS)
    rng = random.Random(0)
    assert len({alter_picture(SHEET, rng).tobytes() for _ in range(8)}) == 8


def test_a_small_picture_does_not_vanish() -> None:
    small = shrink_picture(Image.new("RGB", (50, 3)), random.Random(0))
    assert min(small.size) >= MIN_SIDE_PX


def test_a_photograph_is_unevenly_lit() -> None:
    white = Image.new("RGB", (160, 120), "white")
    pixels = np.asarray(photograph_picture(white, random.Random(1)), np.float32)
    assert pixels[40:80, 40:120].std() > 1
