"""Vectors kept on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chalklens.training.labeller.vectors import CachedEncoder
from tests.chalklens.labelling.sheets import LetterEncoder


def quiet(done: int, total: int, message: str) -> None:
    """Nobody listens."""


class CountingEncoder(LetterEncoder):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return super().encode(texts)


def test_no_text_is_encoded_twice_even_by_another_process(tmp_path: Path) -> None:
    file, counting = tmp_path / "vectors.safetensors", CountingEncoder()
    CachedEncoder(counting, file).prepare(["apple", "pear", "apple"], quiet)
    again = CachedEncoder(counting, file).encode(["pear", "apple"])
    assert sorted(counting.asked) == ["apple", "pear"]
    assert again == pytest.approx(LetterEncoder().encode(["pear", "apple"]))


def test_an_unprepared_text_is_encoded_on_the_way(tmp_path: Path) -> None:
    cached = CachedEncoder(CountingEncoder(), tmp_path / "vectors.safetensors")
    assert cached.encode(["plum"]) == pytest.approx(LetterEncoder().encode(["plum"]))
    assert cached.encode([]).shape == (0, LetterEncoder.width)
