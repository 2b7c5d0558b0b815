# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""Rows that are computed once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chalklens.errors import InputError
from chalklens.labelling.kept_rows import BLOCK_ROWS, KeptRows


class Counter:
    """Computes a row per key and remembers which."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys, self.computed = keys, list[str]()

    def __call__(self, missing: Sequence[int]) -> NDArray[np.float32]:
        self.computed += [self.keys[i] for i in missing]
        return np.asarray([[len(self.keys[i]), 1.0] for i in missing], np.float32)


def quiet(done: int, total: int) -> None:
    """Nobody listens."""


def test_rows_come_in_the_order_of_the_keys_and_doubles_are_computed_once(tmp_path: Path) -> None:
    keys = ["bb", "a", "bb", "ccc"]
    counter = Counter(keys)
    rows = KeptRows(tmp_path / "rows.safetensors").collect(keys, counter, quiet)
    assert rows[:, 0].tolist() == [2, 1, 2, 3]
    assert counter.computed == ["bb", "a", "ccc"]


def test_a_second_run_computes_only_what_is_new(tmp_path: Path) -> None:
    file = tmp_path / "rows.safetensors"
    KeptRows(file).collect(["a", "bb"], Counter(["a", "bb"]), quiet)
    keys = ["bb", "ccc", "a"]
    counter = Counter(keys)
    rows = KeptRows(file).collect(keys, counter, quiet)
    assert counter.computed == ["ccc"]
    assert rows[:, 0].tolist() == [2, 3, 1]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.safetensors"
    file.write_bytes(b"not a tensor")
    with pytest.raises(InputError, match=r"rows\.safetensors is damaged"):
        KeptRows(file)


def test_an_interrupted_run_keeps_its_finished_blocks(tmp_path: Path) -> None:
    file, keys = tmp_path / "rows.safetensors", [str(i) for i in range(BLOCK_ROWS + 1)]
    counter = Counter(keys)

    def interrupt(done: int, total: int) -> None:
        assert (done, total) == (BLOCK_ROWS, BLOCK_ROWS + 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        KeptRows(file).collect(keys, counter, interrupt)
    counter.computed.clear()
    KeptRows(file).collect(keys, counter, quiet)
    assert counter.computed == keys[BLOCK_ROWS:]
