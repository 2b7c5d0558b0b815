import numpy as np
import pytest

from retrieval.stores.local.dense import (
    EXACT_ROWS,
    FILTERED_EXACT_ROWS,
    Codes,
    HalfMatrix,
    VectorIndex,
)
from retrieval.stores.local.faults import DerivedPartError

DIMENSIONS = 16


def draw(rows: int, seed: int = 1) -> HalfMatrix:
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(40, DIMENSIONS))
    drawn = centres[chance.integers(0, 40, rows)] + 0.5 * chance.normal(size=(rows, DIMENSIONS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


def rank(rows: HalfMatrix, vector: np.ndarray, mask: np.ndarray | None, k: int) -> list[int]:
    scores = rows.astype(np.float32) @ vector
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    best = np.argsort(-scores, kind="stable")[:k]
    return [int(i) for i in best if np.isfinite(scores[i])]


def recall(index: VectorIndex, rows: HalfMatrix, mask: np.ndarray | None, k: int) -> float:
    hits = 0
    for vector in draw(20, seed=9).astype(np.float32):
        positions, scores = index.search(vector, k, mask)
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)
        assert mask is None or mask[positions].all()
        expected = rank(rows, vector, mask, k)
        assert len(positions) == len(expected)
        hits += len(set(positions.tolist()) & set(expected))
    return hits / (20 * k)


def test_few_rows_are_scored_one_by_one() -> None:
    rows = draw(700)
    index = VectorIndex(rows)
    assert index.codes is None
    assert recall(index, rows, None, 10) == 1.0
    assert recall(index, rows, np.arange(700) % 7 == 0, 10) == 1.0


@pytest.mark.parametrize("extra", [0, 100, EXACT_ROWS + 100])
def test_many_rows_are_found_by_codes_and_ranked_by_vectors(extra: int) -> None:
    rows = draw(3 * EXACT_ROWS + extra)
    codes = Codes.train(rows[:EXACT_ROWS].astype(np.float32))
    codes.add(rows[: 3 * EXACT_ROWS])
    index = VectorIndex(rows[: 3 * EXACT_ROWS], codes)
    index.extend(rows[3 * EXACT_ROWS :])
    assert len(index) == len(rows)
    assert recall(index, rows, None, 10) >= 0.99
    for allowed in (0.01, 0.2, 0.9):
        mask = np.random.default_rng(3).random(len(rows)) < allowed
        assert recall(index, rows, mask, 10) >= 0.99


def test_rows_that_come_one_batch_after_the_other_get_codes() -> None:
    rows, index = draw(2 * EXACT_ROWS + 500), VectorIndex(draw(0))
    for start in range(0, len(rows), 1000):
        index.extend(rows[start : start + 1000])
    assert index.codes is not None
    assert (len(index.codes), len(index)) == (len(rows) - len(index.tail), len(rows))
    assert recall(index, rows, None, 10) >= 0.99


def test_a_filter_that_allows_only_the_farthest_still_finds_them() -> None:
    rows, vector = draw(4 * EXACT_ROWS), draw(1, seed=5)[0].astype(np.float32)
    codes = Codes.train(rows[:EXACT_ROWS].astype(np.float32))
    codes.add(rows)
    scores = rows.astype(np.float32) @ vector
    mask = scores <= np.sort(scores)[2 * FILTERED_EXACT_ROWS]
    positions, _ = VectorIndex(rows, codes).search(vector, 10, mask)
    assert positions.tolist() == rank(rows, vector, mask, 10)


def test_codes_survive_their_bytes_and_nothing_else_does() -> None:
    rows = draw(EXACT_ROWS)
    codes = Codes.train(rows.astype(np.float32))
    codes.add(rows)
    data = np.frombuffer(codes.encode(), np.uint8)
    vector = rows[7].astype(np.float32)
    assert Codes.decode(data, DIMENSIONS).search(vector, 5).tolist() == (
        codes.search(vector, 5).tolist()
    )
    with pytest.raises(DerivedPartError):
        Codes.decode(data, DIMENSIONS + 1)
    with pytest.raises(DerivedPartError):
        Codes.decode(data[: len(data) // 2].copy(), DIMENSIONS)


def test_an_odd_number_of_dimensions_works_too() -> None:
    rows = draw(EXACT_ROWS + 1)[:, :7]
    index = VectorIndex(rows)
    assert index.codes is not None
    assert len(index.search(rows[0].astype(np.float32), 10, None)[0]) == 10
