# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Logistic heads for all labels at once.

How it is used: `fit_heads(rows, targets, strength)` -> weights (features, labels) and bias
(labels,). The loss is that of one logistic regression per label with an L2 penalty (as scikit-learn
states it: `C * sum of log losses + |w|^2 / 2`, bias free); fitted together by L-BFGS, because one
matrix product serves all labels: about 30 s on one core for 8,000 pages and 300 labels, against
minutes for one fit per label. A test compares it with scikit-learn. `record` gets the loss after
every iteration, for curves. What it leaves out: mini-batches.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch.nn.functional import softplus

Floats = NDArray[np.float32]
Record = Callable[[int, float], None]
"""Gets an iteration (from 0, the start) and the loss after it."""

HISTORY = 6
START_BIAS = -3.0


def fit_heads(
    rows: csr_matrix,
    targets: NDArray[np.bool_],
    strength: float,
    *,
    iterations: int,
    dense_columns: int,
    row_weights: Floats | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    record: Record | None = None,
) -> tuple[Floats, Floats]:
    """Fit one head per column of `targets`.

    Args:
        rows: Features, (pages, features); the last `dense_columns` are dense.
        targets: Which labels each page carries, (pages, labels).
        strength: `C`: the larger, the less the weights are held back.
        iterations: Steps of L-BFGS.
        dense_columns: How many columns at the end to treat as dense.
        row_weights: Weight of each page, (pages,).
        progress: Called after each look at the loss.
        record: Called after each iteration with the loss per page: what is minimised, divided by
            `strength` and by the weight of all pages, so that fits on other pages compare.
    """
    objective = _Objective(rows, targets, strength, dense_columns, row_weights)
    weights = torch.zeros(rows.get_shape()[1], targets.shape[1], requires_grad=True)
    bias = torch.full((targets.shape[1],), START_BIAS, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, bias],
        max_iter=iterations,
        max_eval=2 * iterations,
        history_size=HISTORY,
        line_search_fn="strong_wolfe",
        tolerance_grad=1e-6,
        tolerance_change=1e-10,
    )
    curve = _LossCurve(record, objective.weight)
    looks = 0

    @torch.no_grad()
    def look() -> torch.Tensor:
        nonlocal looks
        looks += 1
        loss, weights.grad, bias.grad = objective.evaluate(weights, bias)
        curve.look(optimizer.state[weights]["n_iter"], loss.item())
        if progress:
            progress(min(looks, iterations), iterations, "fitting heads")
        return loss

    optimizer.step(look)
    curve.finish()
    return weights.detach().numpy(), bias.detach().numpy()


class _LossCurve:
    """From the looks of a line search to one loss per iteration.

    An iteration may look at the loss several times and goes on from the lowest; looks that led
    nowhere are no part of the curve.
    """

    def __init__(self, record: Record | None, weight: float) -> None:
        self._record, self._weight = record, weight
        self._iteration, self._lowest = 0, math.inf

    def look(self, iteration: int, loss: float) -> None:
        """Take a look that belongs to an iteration; an earlier one is then over."""
        if iteration != self._iteration:
            self.finish()
        self._iteration, self._lowest = iteration, min(self._lowest, loss)

    def finish(self) -> None:
        """Tell the loss after the iteration."""
        if self._record:
            self._record(self._iteration, self._lowest / self._weight)


class _Objective:
    """The loss and its gradient, with the sparse and the dense columns apart."""

    def __init__(
        self,
        rows: csr_matrix,
        targets: NDArray[np.bool_],
        strength: float,
        dense_columns: int,
        row_weights: Floats | None,
    ) -> None:
        pages, columns = rows.get_shape()
        self._split = columns - dense_columns
        self._sparse = rows[:, : self._split].tocsr().astype(np.float32)
        self._transposed = self._sparse.T.tocsr()
        self._dense = torch.from_numpy(rows[:, self._split :].toarray().astype(np.float32))
        self._targets = torch.from_numpy(targets.astype(np.float32))
        given = np.ones(pages, np.float32) if row_weights is None else row_weights
        self._factor = torch.from_numpy(given.astype(np.float32))[:, None] * strength
        self.weight = max(float(given.sum()) * strength, 1e-9)

    def evaluate(
        self, weights: torch.Tensor, bias: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the loss and the gradients of weights and bias."""
        sparse, dense = weights[: self._split], weights[self._split :]
        scores = torch.from_numpy(self._sparse @ sparse.numpy()) + self._dense @ dense + bias
        losses = self._factor * (softplus(scores) - self._targets * scores)
        errors = self._factor * (torch.sigmoid(scores) - self._targets)
        gradient = torch.cat(
            [torch.from_numpy(self._transposed @ errors.numpy()), self._dense.T @ errors]
        )
        loss = losses.sum() + 0.5 * (weights * weights).sum()
        return loss, gradient + weights, errors.sum(0)
