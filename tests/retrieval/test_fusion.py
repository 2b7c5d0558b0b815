import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.fusion import RRF_K, FusionSettings, ReadVectors, fuse, merge, scale
from retrieval.stores.store import Found, Vectors

PLAIN = FusionSettings(dense_weight=0.5, feedback_passages=0)
RRF = FusionSettings(method="rrf", dense_weight=0.5)


def listed(**scores: float) -> Found:
    return Found.of(scores.items())


def read_from(vectors: dict[str, list[float]]) -> ReadVectors:
    return lambda ids: np.array([vectors[name] for name in ids], np.float32)


def test_merging_lines_up_scores_and_ranks() -> None:
    found = merge(listed(a=3.0, b=1.0), listed(b=0.9, c=0.2))
    assert found.ids == ("a", "b", "c")
    assert found.sparse.tolist() == [3.0, 1.0, 0.0]
    assert found.dense_rank.tolist() == [0, 1, 2]


def test_known_scores_are_scaled_between_their_extremes() -> None:
    known = np.array([True, True, True, False])
    assert scale(np.array([5.0, 1.0, 3.0, 9.0]), known).tolist() == [1.0, 0.0, 0.5, 0.0]


def test_equal_scores_are_all_best_and_missing_ones_are_zero() -> None:
    known = np.array([True, False, True])
    assert scale(np.array([2.0, 0.0, 2.0]), known).tolist() == [1.0, 0.0, 1.0]
    assert scale(np.array([0.0]), np.array([False])).tolist() == [0.0]


def test_scores_are_added_by_weight() -> None:
    order = fuse(
        listed(a=4.0, b=2.0, c=0.0),
        listed(b=1.0, c=0.5, a=0.0),
        np.ones(1, np.float32),
        settings=PLAIN,
    )
    assert [(one.id, one.parts.fused) for one in order] == [("b", 0.75), ("a", 0.5), ("c", 0.25)]


def test_missing_dense_scores_are_completed() -> None:
    """`b` is as near as `a`, but the list of the dense stage ended before it."""
    vectors = read_from({"a": [1.0, 0.0], "b": [1.0, 0.0], "c": [0.0, 1.0]})
    vector = np.array([1.0, 0.0], np.float32)
    order = fuse(listed(b=2.0, c=1.0), listed(a=1.0), vector, vectors, PLAIN)
    assert order[0].id == "b"
    assert order[0].parts.fused == 1.0
    assert order[0].parts.dense is None


def test_feedback_brings_up_what_is_like_the_best() -> None:
    """`c` and `d` are as near to the question; only `d` is like the best passage."""
    vectors = read_from(
        {"a": [0.8, 0.6, 0.0], "c": [0.6, 0.0, 0.8], "d": [0.6, 0.8, 0.0], "z": [0.0, 0.0, 1.0]}
    )
    dense, vector = listed(a=0.8, c=0.6, d=0.6, z=0.0), np.array([1.0, 0.0, 0.0], np.float32)
    plain = fuse(listed(a=1.0), dense, vector, vectors, PLAIN)
    moved = fuse(listed(a=1.0), dense, vector, vectors, FusionSettings(feedback_passages=1))
    assert [one.id for one in plain] == ["a", "c", "d", "z"]
    assert [one.id for one in moved] == ["a", "d", "c", "z"]


def test_words_alone_keep_their_order_and_get_shares() -> None:
    order = fuse(listed(a=8.0, b=4.0), Found())
    assert [(one.id, one.parts.fused) for one in order] == [("a", 1.0), ("b", 0.0)]


def test_meaning_alone_keeps_its_order() -> None:
    order = fuse(Found(), listed(a=0.9, b=0.4), np.ones(1, np.float32), settings=PLAIN)
    assert [one.id for one in order] == ["a", "b"]


def test_reciprocal_ranks_are_summed() -> None:
    order = fuse(listed(a=9.0, b=8.0), listed(b=0.5, c=0.4), settings=RRF)
    assert [one.id for one in order] == ["b", "a", "c"]
    assert order[0].parts.fused == pytest.approx(0.5 * (RRF_K + 1) * (1 / 62 + 1 / 61))
    assert order[1].parts.fused == pytest.approx(0.5)


def test_nothing_found_is_nothing_fused() -> None:
    assert len(fuse(Found(), Found())) == 0


def test_parts_tell_what_each_stage_found() -> None:
    best = fuse(listed(a=9.0), listed(a=0.5, b=0.4), settings=RRF)[0].parts
    assert (best.sparse, best.sparse_rank, best.dense, best.dense_rank) == (9.0, 1, 0.5, 1)


names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@settings(max_examples=50, deadline=None)
@given(names, names, st.sampled_from(["weighted", "rrf"]), st.floats(0, 1))
def test_every_candidate_comes_out_once_with_a_share_of_one(
    sparse: list[str], dense: list[str], method: str, weight: float
) -> None:
    def read(ids: object) -> Vectors:
        return np.array([[1, ord(name)] for name in ids], np.float32)  # type: ignore[union-attr]

    found = [Found.of((name, 9.0 - i) for i, name in enumerate(some)) for some in (sparse, dense)]
    chosen = FusionSettings(method=method, dense_weight=weight)  # type: ignore[arg-type]
    order = fuse(found[0], found[1], np.array([1.0, 0.0], np.float32), read, chosen)
    assert sorted(one.id for one in order) == sorted({*sparse, *dense})
    shares = [one.parts.fused for one in order]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 + 1e-9 for share in shares)
