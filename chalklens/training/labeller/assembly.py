# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""One fit: from pages and settings to features and heads.

How it is used: `fit_features(...)`, then `fit_general` on worksheets and rendered sheets together and
`fit_familiar` on worksheets alone, for every fold and for the final weights alike. What it leaves
out: calibration, which needs pages that this fit has not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.features import (
    BlockWeights,
    PageFeatures,
    TermWeights,
    mask_digits,
    normalize_text,
)
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.observations import Observations
from chalklens.training.labeller.fitting import Record, fit_heads
from chalklens.training.labeller.pages import TrainingPages

Floats = NDArray[np.float32]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What model selection chooses between, and the ablation takes apart.

    Attributes:
        blocks: Factors on the dense blocks.
        strength: `C` of the logistic heads.
        rendered: Weight of a rendered sheet beside a worksheet; 0 leaves them out.
        noise: Whether rendered sheets come with mistakes like the reader's.
    """

    blocks: BlockWeights = field(default_factory=BlockWeights)
    strength: float = 10.0
    rendered: float = 1.0
    noise: bool = True


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What every fit has in common.

    Attributes:
        min_pages: A term on fewer pages is left out.
        max_raw_terms, max_shape_terms: Largest vocabularies.
        iterations: Steps of L-BFGS.
        thumbnail_axes: Principal axes kept of thumbnails.
        seed: Of the folds.
    """

    min_pages: int = 2
    max_raw_terms: int = 20_000
    max_shape_terms: int = 12_000
    iterations: int = 50
    thumbnail_axes: int = 128
    seed: int = 0


def fit_features(
    worksheets: TrainingPages,
    rendered: TrainingPages,
    candidate: Candidate,
    settings: FitSettings,
) -> PageFeatures:
    """Fit vocabularies, means and axes."""
    used = [worksheets.observed, rendered.observed] if candidate.rendered else [worksheets.observed]
    normal = [normalize_text(text) for part in used for text in part.texts]
    return PageFeatures(
        TermWeights.fit(normal, settings.min_pages, settings.max_raw_terms),
        TermWeights.fit(map(mask_digits, normal), settings.min_pages, settings.max_shape_terms),
        worksheets.observed.facts.mean(0),
        fit_axes(worksheets.observed.thumbnails, settings.thumbnail_axes),
        candidate.blocks,
        worksheets.observed.sentences.shape[1],
        worksheets.observed.figures.shape[1],
    )


def fit_axes(thumbnails: Floats, count: int) -> Floats:
    """Principal axes of centred rows, (axes, pixels), the strongest first."""
    if len(thumbnails) < thumbnails.shape[1]:
        axes = np.linalg.svd(thumbnails, full_matrices=False)[2]
    else:
        axes = np.linalg.svd(thumbnails.T @ thumbnails)[2]
    return axes[: min(count, *thumbnails.shape)].astype(np.float32)


def fit_general(
    features: PageFeatures,
    worksheets: TrainingPages,
    rendered: TrainingPages,
    candidate: Candidate,
    settings: FitSettings,
    progress: Progress | None = None,
    record: Record | None = None,
) -> LabelHeads:
    """Fit heads that do not know how a page looks as a whole."""
    parts = [worksheets, rendered] if candidate.rendered else [worksheets]
    weights = np.concatenate(
        [np.ones(len(worksheets)), np.full(len(rendered), candidate.rendered)][: len(parts)]
    )
    rows = features.compute(Observations.concatenate([part.observed for part in parts]))
    found = fit_heads(
        rows[:, : features.general_width],
        np.concatenate([part.targets for part in parts]),
        candidate.strength,
        iterations=settings.iterations,
        dense_columns=features.general_width - features.term_width,
        row_weights=weights.astype(np.float32),
        progress=progress,
        record=record,
    )
    return LabelHeads(*found)


def fit_familiar(
    features: PageFeatures,
    worksheets: TrainingPages,
    candidate: Candidate,
    settings: FitSettings,
    progress: Progress | None = None,
    record: Record | None = None,
) -> LabelHeads:
    """Fit heads for layouts that were seen."""
    found = fit_heads(
        features.compute(worksheets.observed),
        worksheets.targets,
        candidate.strength,
        iterations=settings.iterations,
        dense_columns=features.width - features.term_width,
        progress=progress,
        record=record,
    )
    return LabelHeads(*found)
