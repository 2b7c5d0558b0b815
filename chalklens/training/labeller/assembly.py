# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""One fit: from pages and settings to features, heads and anchors.

How it is used: `fit_model(pages, candidate, settings, encoder)` for every fold and for the final
weights alike. What it leaves out: calibration, which needs pages that this fit has not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.features import (
    Encoder,
    PageFeatures,
    TermWeights,
    mask_digits,
    normalize_text,
)
from chalklens.training.labeller.fitting import fit_heads
from chalklens.training.labeller.pages import TrainingPages

Floats = NDArray[np.float32]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What model selection chooses between.

    Attributes:
        encoder_weight: Factor on the sentence vector beside the two TF-IDF parts.
        strength: `C` of the logistic heads.
        with_printed: Fit on the printed text as well as on the read text.
    """

    encoder_weight: float = 1.5
    strength: float = 10.0
    with_printed: bool = True


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What every fit has in common.

    Attributes:
        min_pages: A term on fewer pages is left out.
        max_raw_terms, max_shape_terms: Largest vocabularies.
        iterations: Steps of L-BFGS.
        anchors: Centres of the training pages, for the gate.
        seed: For the centres.
    """

    min_pages: int = 2
    max_raw_terms: int = 20_000
    max_shape_terms: int = 10_000
    iterations: int = 60
    anchors: int = 64
    seed: int = 0


@dataclass(frozen=True, slots=True)
class FittedModel:
    """Uncalibrated: features, weights (features, labels), bias (labels,), unit anchors."""

    features: PageFeatures
    weights: Floats
    bias: Floats
    anchors: Floats

    def score(self, texts: list[str]) -> Floats:
        """Scores of the heads, (texts, labels)."""
        return (self.features.compute(texts) @ self.weights + self.bias).astype(np.float32)


def fit_model(
    pages: TrainingPages,
    candidate: Candidate,
    settings: FitSettings,
    encoder: Encoder,
    progress: Progress | None = None,
) -> FittedModel:
    """Fit vocabulary, heads and anchors on some pages."""
    texts, targets, weights = pages.examples(with_printed=candidate.with_printed)
    normal = [normalize_text(text) for text in texts]
    masked = [mask_digits(text) for text in normal]
    features = PageFeatures(
        encoder,
        TermWeights.fit(normal, settings.min_pages, settings.max_raw_terms),
        TermWeights.fit(masked, settings.min_pages, settings.max_shape_terms),
        candidate.encoder_weight,
    )
    heads, bias = fit_heads(
        features.compute(texts),
        targets,
        candidate.strength,
        iterations=settings.iterations,
        dense_columns=encoder.width,
        row_weights=weights,
        progress=progress,
    )
    return FittedModel(features, heads, bias, _find_anchors(encoder.encode(pages.read), settings))


def _find_anchors(vectors: Floats, settings: FitSettings) -> Floats:
    """Centres of the pages' vectors, of length 1."""
    from sklearn.cluster import KMeans

    count = min(settings.anchors, len(np.unique(vectors, axis=0)))
    options: dict[str, Any] = {"n_init": 1, "random_state": settings.seed}
    centres = KMeans(count, **options).fit(vectors).cluster_centers_
    return (centres / np.linalg.norm(centres, axis=1, keepdims=True)).astype(np.float32)
