# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Fits the material gate, and measures it on views and kinds that the fit has not seen.

How it is used: `fit_gate(sheets, negatives, encoder, GateSettings())` with pages from
`gate_pages.py`. Views and kinds are left out in turn, a part at a time; the limit is the one at which
`refused_share` of the worksheets of left-out views are refused. Then the gate is fitted on all
pages. Views and kinds count by the square root of their pages, both sides alike. The same pages and
settings give the same gate. What it leaves out: `TEST_KINDS`, val and dev_views, which are for
reporting only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.material_gate import MaterialGate, standardize
from chalklens.labelling.observations import Encoder
from chalklens.training.negatives.gate_pages import GatePage

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

MIN_SPREAD = 1e-3


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What a fit is made with.

    Attributes:
        vector_weight: Factor on the sentence vector, whose length is 1.
        strength: `C` of the logistic regression.
        folds: Parts into which views and kinds are divided.
        refused_share: Share of left-out worksheets that may be refused.
        iterations: Steps of L-BFGS at most.
        seed: Of the parts.
    """

    vector_weight: float = 8.0
    strength: float = 0.2
    folds: int = 10
    refused_share: float = 0.015
    iterations: int = 300
    seed: int = 0


@dataclass(frozen=True, slots=True)
class FittedGate:
    """The gate, and what was measured on views and kinds left out of the fit.

    Attributes:
        gate: Fitted on all pages.
        refused_sheets: Share of worksheets refused.
        refused_negatives: Mean over kinds of the share refused.
        refused_by_group: Share refused of each view and kind.
    """

    gate: MaterialGate
    refused_sheets: float
    refused_negatives: float
    refused_by_group: dict[str, float]

    def facts(self) -> dict[str, Any]:
        """What a log or config says about it."""
        return {
            "refused_sheets": round(self.refused_sheets, 4),
            "refused_negatives": round(self.refused_negatives, 4),
            "limit": round(self.gate.limit, 4),
        }


@dataclass(frozen=True, slots=True)
class _Examples:
    vectors: Floats
    signs: Floats
    groups: NDArray[np.str_]
    silent: Flags
    is_mathematics: Flags

    def weigh(self, rows: Rows) -> Floats:
        """One over the square root of the group's pages; both sides sum to half of the rows."""
        groups, mine = self.groups[rows], self.is_mathematics[rows]
        counts = Counter(groups.tolist())
        weights = np.asarray([counts[group] ** -0.5 for group in groups.tolist()])
        for side in (mine, ~mine):
            weights[side] *= len(rows) / 2 / weights[side].sum()
        return weights


def fit_gate(
    sheets: Sequence[GatePage],
    negatives: Sequence[GatePage],
    encoder: Encoder,
    settings: GateSettings | None = None,
) -> FittedGate:
    """Fit and measure a gate.

    Args:
        sheets: Elementary mathematics, grouped by view.
        negatives: Anything else, grouped by kind; never a kind kept for testing.
        encoder: Makes sentence vectors.
        settings: Other than the usual ones.
    """
    options = settings or GateSettings()
    examples = _gather(sheets, negatives, encoder)
    found = _score_left_out(examples, options)
    limit = float(np.quantile(found[examples.is_mathematics], options.refused_share))
    refused = found < limit
    everything = _fit(examples, np.arange(len(found)), options)
    gate = MaterialGate(
        everything.weights, everything.centre, everything.spread, everything.bias, limit
    )
    shares = {
        str(group): float(refused[examples.groups == group].mean())
        for group in np.unique(examples.groups)
    }
    kinds = {page.group for page in negatives}
    return FittedGate(
        gate,
        float(refused[examples.is_mathematics].mean()),
        float(np.mean([shares[kind] for kind in sorted(kinds)])),
        shares,
    )


def _gather(
    sheets: Sequence[GatePage], negatives: Sequence[GatePage], encoder: Encoder
) -> _Examples:
    pages = [*sheets, *negatives]
    return _Examples(
        encoder.encode([page.text for page in pages]),
        np.stack([page.signs for page in pages]),
        np.asarray([page.group for page in pages]),
        np.asarray([page.silent for page in pages]),
        np.arange(len(pages)) < len(sheets),
    )


def _score_left_out(examples: _Examples, settings: GateSettings) -> Floats:
    """Score every page by a fit without its view or kind; silent pages get 0."""
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(examples.groups), np.float32)
    count = min(settings.folds, len(np.unique(examples.groups)))
    splitter = GroupKFold(count, shuffle=True, random_state=settings.seed)
    for fitted, left_out in splitter.split(examples.vectors, groups=examples.groups):
        gate = _fit(examples, fitted, settings)
        found[left_out] = gate.probabilities(examples.vectors[left_out], examples.signs[left_out])
    found[examples.silent] = 0
    return found


def _fit(examples: _Examples, rows: Rows, settings: GateSettings) -> MaterialGate:
    """Fit on the pages of some rows that have text."""
    from sklearn.linear_model import LogisticRegression

    kept = rows[~examples.silent[rows]]
    signs = examples.signs[kept]
    centre = np.nanmean(signs, axis=0).astype(np.float32)
    spread = np.maximum(np.nanstd(signs, axis=0), MIN_SPREAD).astype(np.float32)
    columns = np.hstack(
        [settings.vector_weight * examples.vectors[kept], standardize(signs, centre, spread)]
    )
    model = LogisticRegression(C=settings.strength, max_iter=settings.iterations)
    model.fit(columns, examples.is_mathematics[kept], examples.weigh(kept))
    weights = model.coef_[0].astype(np.float32)
    weights[: examples.vectors.shape[1]] *= settings.vector_weight
    return MaterialGate(weights, centre, spread, float(np.ravel(model.intercept_)[0]), 0.5)
