"""One order from two: passages found by words and passages found by meaning.

How it is used: `fuse(sparse, dense, vector, read_vectors, settings)` -> `Fused` ids, best first.

Default method `weighted`. Every candidate gets both scores as far as they can be had: the inner product
with the question is computed for those that only the words found. Scores are scaled to 0..1 over the
candidates, since BM25 has no upper bound, and added by weight. Then the question's vector is moved
towards the best passages (pseudo-relevance feedback: Rocchio 1971) and the candidates, not the whole
index, are scored again. `rrf` is reciprocal rank fusion (Cormack, Clarke, Büttcher 2009, k = 60), for
scores that cannot be compared. `chalklens eval retrieval` measures both.

What it leaves out: reranking (`rerank.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from chalklens.types import ScoreParts
from retrieval.stores.store import Found, Vectors

Method = Literal["weighted", "rrf"]
Floats = NDArray[np.float64]
ReadVectors = Callable[[Sequence[str]], Vectors]

RRF_K = 60


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """How two orders become one.

    Attributes:
        method: `weighted` scores or `rrf`.
        dense_weight: 0 to 1; the rest is for the words.
        feedback_passages: How many of the best move the question's vector; 0 for none.
        feedback_weight: Length of their mean beside the question's own vector of length 1.
    """

    method: Method = "weighted"
    dense_weight: float = 0.65
    feedback_passages: int = 3
    feedback_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Fused:
    """A candidate's id and where its place comes from."""

    id: str
    parts: ScoreParts


@dataclass(frozen=True, slots=True)
class Candidates:
    """What either stage found.

    Attributes:
        ids: Each once.
        sparse, dense: Scores, (ids,), 0 where the stage did not find it.
        sparse_rank, dense_rank: From 1, (ids,), 0 where the stage did not find it.
    """

    ids: tuple[str, ...]
    sparse: Floats
    dense: Floats
    sparse_rank: NDArray[np.int64]
    dense_rank: NDArray[np.int64]


class FusedOrder(Sequence[Fused]):
    """Candidates, best first; each is told when it is asked for, since few ever are."""

    def __init__(self, found: Candidates, scores: Floats) -> None:
        self._found = found
        self._scores = scores
        self._order = np.argsort(-scores, kind="stable")

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> Fused: ...

    @overload
    def __getitem__(self, place: slice) -> list[Fused]: ...

    def __getitem__(self, place: int | slice) -> Fused | list[Fused]:
        if isinstance(place, slice):
            return self._tell(self._order[place])
        return self._tell(self._order[[place]])[0]

    def __iter__(self) -> Iterator[Fused]:
        return iter(self[:])

    def _tell(self, chosen: NDArray[np.int64]) -> list[Fused]:
        found = self._found
        places: list[int] = chosen.tolist()
        ids = [found.ids[i] for i in places]
        scores, sparse, dense = (
            a[chosen].tolist() for a in (self._scores, found.sparse, found.dense)
        )
        sparse_ranks, dense_ranks = (
            found.sparse_rank[chosen].tolist(),
            found.dense_rank[chosen].tolist(),
        )
        return [
            Fused(
                id_,
                ScoreParts(
                    score,
                    sparse_score if sparse_rank else None,
                    sparse_rank or None,
                    dense_score if dense_rank else None,
                    dense_rank or None,
                ),
            )
            for id_, score, sparse_score, sparse_rank, dense_score, dense_rank in zip(
                ids, scores, sparse, sparse_ranks, dense, dense_ranks, strict=True
            )
        ]


def fuse(
    sparse: Found,
    dense: Found,
    vector: Vectors | None = None,
    read_vectors: ReadVectors | None = None,
    settings: FusionSettings | None = None,
) -> FusedOrder:
    """Merge two lists, best first.

    Args:
        sparse: Best first.
        dense: Best first.
        vector: The question's unit vector, (dimensions,); None without an embedder.
        read_vectors: Gives the unit vectors of ids; None leaves missing scores missing.
        settings: None takes the defaults.
    """
    settings = settings or FusionSettings()
    found = merge(sparse, dense)
    if settings.method == "rrf":
        scores = _score_by_rank(found, settings.dense_weight)
    elif vector is None or not found.ids:
        scores = scale(found.sparse, found.sparse_rank > 0)
    elif read_vectors is None:
        weight = settings.dense_weight
        scores = (1 - weight) * scale(found.sparse, found.sparse_rank > 0)
        scores += weight * scale(found.dense, found.dense_rank > 0)
    else:
        scores = _score_with_vectors(found, vector, read_vectors(found.ids), settings)
    return FusedOrder(found, scores)


def merge(sparse: Found, dense: Found) -> Candidates:
    """Line up what the two stages found."""
    places: dict[str, int] = {}
    chosen = [
        [places.setdefault(id_, len(places)) for id_ in found.ids] for found in (sparse, dense)
    ]
    scores = np.zeros((2, len(places)))
    ranks = np.zeros((2, len(places)), np.int64)
    for stage, found in enumerate((sparse, dense)):
        scores[stage, chosen[stage]] = found.scores
        ranks[stage, chosen[stage]] = np.arange(1, len(found) + 1)
    return Candidates(tuple(places), scores[0], scores[1], ranks[0], ranks[1])


def scale(scores: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return scores in 0..1 by the smallest and largest of those known; 0 for the others."""
    scaled = np.zeros_like(scores)
    scaled[known] = _scale_all(scores[known])
    return scaled


def _scale_all(scores: Floats) -> Floats:
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def _score_by_rank(found: Candidates, dense_weight: float) -> Floats:
    """Reciprocal ranks, scaled so that first place in both lists is 1."""
    parts = [
        np.where(ranks > 0, weight * (RRF_K + 1) / (RRF_K + np.maximum(ranks, 1)), 0.0)
        for ranks, weight in (
            (found.sparse_rank, 1 - dense_weight),
            (found.dense_rank, dense_weight),
        )
    ]
    return parts[0] + parts[1]


def _score_with_vectors(
    found: Candidates, vector: Vectors, vectors: Vectors, settings: FusionSettings
) -> Floats:
    """Complete the dense scores, then score again after feedback."""
    weight = settings.dense_weight
    words = (1 - weight) * _scale_all(found.sparse)  # BM25 of a passage without the words is 0
    scores = words + weight * _scale_all((vectors @ vector).astype(np.float64))
    if settings.feedback_passages and settings.feedback_weight:
        moved = _move(vector, vectors, scores, settings)
        scores = words + weight * _scale_all((vectors @ moved).astype(np.float64))
    return scores


def _move(vector: Vectors, vectors: Vectors, scores: Floats, settings: FusionSettings) -> Vectors:
    """Return the question's vector moved towards the best passages, by their scores."""
    best = np.argsort(-scores, kind="stable")[: settings.feedback_passages]
    weights = scores[best] / max(float(scores[best].sum()), 1e-9)
    moved = vector + settings.feedback_weight * (weights @ vectors[best])
    return moved.astype(np.float32)  # its length changes no order and no scaled score
