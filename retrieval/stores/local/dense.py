"""Nearest vectors: compact codes find candidates, the vectors themselves rank them.

How it is used: `VectorIndex.extend(rows)` and `search(vector, k, mask)` gives positions and inner products.
Rows are held as float16. From `EXACT_ROWS` on, faiss's 4-bit product quantiser (one code for two
dimensions, scanned by SIMD; André et al., "Quicker ADC", 2019) looks at *every* row and names
candidates that are then scored by their vectors. On 100,000 rows, 30,000 of them real MiniLM vectors,
it took 0.9 ms where a flat index took 12 ms and found 99.8 % of the flat index's best 100 and all of
its best ten; IVF found 95 % to 99 % of the best ten, so it is not used. What it leaves out: files.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.stores.local.faults import DerivedPartError
from retrieval.stores.local.rows import BLOCK_ROWS, Integers, Mask

EXACT_ROWS = 4096  # as many are scored one by one in 0.3 ms
TRAINING_ROWS, TRAINING_ROUNDS = 4096, 10  # for 16 centroids of two dimensions
CANDIDATES, CANDIDATES_PER_HIT = 200, 3
MAX_WHOLE_DIMENSIONS = 128  # as few get a code each
MARGIN = 1.2  # filters leave fewer candidates than their share
FILTERED_EXACT_ROWS, FILTERED_EXACT_SHARE = 1024, 64  # a filter that allows fewer needs no codes

FAISS: Any = faiss  # its type stubs leave out some functions
Matrix = NDArray[np.float32]
HalfMatrix = NDArray[np.float16]


class Codes:
    """Product-quantised copies of rows, in the order they were added."""

    def __init__(self, index: Any) -> None:
        self.index = index

    @classmethod
    def train(cls, sample: Matrix) -> "Codes":
        """Learn the codes from some rows, (rows, dimensions)."""
        dimensions = sample.shape[1]
        _use_one_thread()
        halved = dimensions > MAX_WHOLE_DIMENSIONS and dimensions % 2 == 0
        parts = dimensions // 2 if halved else dimensions
        index = faiss.IndexPQFastScan(dimensions, parts, 4, faiss.METRIC_INNER_PRODUCT)
        index.pq.cp.niter = TRAINING_ROUNDS
        index.train(sample)
        return cls(index)

    @classmethod
    def decode(cls, data: NDArray[np.uint8], dimensions: int) -> "Codes":
        """Return codes from `encode`'s bytes, which must be known to be whole.

        Raises:
            DerivedPartError: Another version of faiss wrote something else.
        """
        try:
            index = faiss.deserialize_index(data)
        except RuntimeError as error:
            raise DerivedPartError("codes cannot be read") from error
        if not isinstance(index, faiss.IndexPQFastScan) or index.d != dimensions:
            raise DerivedPartError("codes of another kind")
        return cls(index)

    def encode(self) -> memoryview:
        """Return the bytes of all codes."""
        data: NDArray[np.uint8] = faiss.serialize_index(self.index)
        return data.data

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def add(self, rows: HalfMatrix) -> None:
        """Append rows."""
        _use_one_thread()
        for start in range(0, len(rows), BLOCK_ROWS):
            self.index.add(rows[start : start + BLOCK_ROWS].astype(np.float32))

    def search(self, vector: Matrix, count: int) -> Integers:
        """Return the positions of about the best `count` rows."""
        _use_one_thread()
        _, found = self.index.search(vector[None], min(count, len(self)))
        return found[0][found[0] >= 0]


def _use_one_thread() -> None:
    """Keep OpenMP from starting more: they would wait for each other, busily. Holds per thread."""
    faiss.omp_set_num_threads(1)


def _multiply(rows: Matrix, vector: Matrix) -> Matrix:
    """Return inner products. NumPy would start BLAS threads for this: 7 ms instead of 0.1 ms."""
    scores = np.empty(len(rows), np.float32)
    pointers = (faiss.swig_ptr(array) for array in (scores, vector, rows))
    FAISS.fvec_inner_products_ny(*pointers, rows.shape[1], len(rows))
    return scores


class VectorIndex:
    """Rows of vectors: a base (possibly mapped from a file), what came since, and codes of them.

    Args:
        base: (rows, dimensions).
        codes: Of exactly these rows; None while there are few.
    """

    def __init__(self, base: HalfMatrix, codes: Codes | None = None) -> None:
        self.base = base
        self.recent = base[:0]
        self.codes = codes
        self.tail = np.zeros((0, base.shape[1]), np.float32)  # not in the codes
        if codes is None:
            self.base = base[:0]
            for start in range(0, len(base), BLOCK_ROWS):
                self.extend(base[start : start + BLOCK_ROWS])

    def __len__(self) -> int:
        return self._coded + len(self.tail)

    @property
    def _coded(self) -> int:
        return len(self.base) + len(self.recent)

    def extend(self, rows: HalfMatrix) -> None:
        """Append rows."""
        self.tail = np.concatenate([self.tail, rows.astype(np.float32)])
        if len(self.tail) > EXACT_ROWS and rows.shape[1]:
            self._code_tail()

    def search(
        self, vector: Matrix, k: int, mask: Mask | None
    ) -> tuple[Integers, NDArray[np.float32]]:
        """Return positions and inner products of the best `k` rows that the mask allows."""
        tail = np.arange(len(self.tail)) if mask is None else np.flatnonzero(mask[self._coded :])
        positions, scores = tail, self._score_tail(tail, vector)
        if self.codes is not None:
            coded = self._find_candidates(
                self.codes, vector, k, None if mask is None else mask[: self._coded]
            )
            positions = np.concatenate([coded, tail + self._coded])
            scores = np.concatenate([self._score(coded, vector), scores])
        best = np.argpartition(-scores, k)[:k] if len(scores) > k else np.arange(len(scores))
        best = best[np.lexsort((positions[best], -scores[best]))]
        return positions[best], scores[best]

    def read(self, positions: Integers) -> Matrix:
        """Return rows, (positions, dimensions)."""
        if not self._coded:
            return self.tail[positions]
        rows = np.empty((len(positions), self.tail.shape[1]), np.float32)
        coded = positions < self._coded
        rows[coded] = self._gather(positions[coded])
        rows[~coded] = self.tail[positions[~coded] - self._coded]
        return rows

    def _code_tail(self) -> None:
        rows = self.tail.astype(np.float16)
        if self.codes is None:
            self.codes = Codes.train(self.tail[:TRAINING_ROWS])
        self.codes.add(rows)
        self.recent = np.concatenate([self.recent, rows])
        self.tail = self.tail[:0]

    def _find_candidates(self, codes: Codes, vector: Matrix, k: int, mask: Mask | None) -> Integers:
        allowed = self._coded if mask is None else int(np.count_nonzero(mask))
        few = FILTERED_EXACT_ROWS + self._coded // FILTERED_EXACT_SHARE
        if mask is not None and allowed <= few:
            return np.flatnonzero(mask)
        wanted = max(CANDIDATES, CANDIDATES_PER_HIT * k)
        share = 1.0 if mask is None else MARGIN * self._coded / allowed
        found = codes.search(vector, int(wanted * share))
        if mask is None:
            return found
        kept = found[mask[found]]
        # What is allowed may lie far from the question: then all of it is scored.
        return kept if len(kept) >= min(allowed, wanted // 2) else np.flatnonzero(mask)

    def _score(self, positions: Integers, vector: Matrix) -> NDArray[np.float32]:
        scores = np.empty(len(positions), np.float32)
        for start in range(0, len(positions), BLOCK_ROWS):
            part = positions[start : start + BLOCK_ROWS]
            rows = self._gather(part).astype(np.float32)
            scores[start : start + BLOCK_ROWS] = _multiply(rows, vector)
        return scores

    def _gather(self, positions: Integers) -> HalfMatrix:
        if not len(self.recent):
            return self.base[positions]
        rows = np.empty((len(positions), self.base.shape[1]), np.float16)
        early = positions < len(self.base)
        rows[early] = self.base[positions[early]]
        rows[~early] = self.recent[positions[~early] - len(self.base)]
        return rows

    def _score_tail(self, positions: Integers, vector: Matrix) -> NDArray[np.float32]:
        whole = len(positions) == len(self.tail)
        return _multiply(self.tail if whole else self.tail[positions], vector)
