# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Scores on layouts a fit has not seen: whole views are left out, fold by fold.

How it is used: `score_unseen(pages, candidate, settings, encoder, folds, store)`. Each finished
fold is stored under a name that depends on everything it rests on, so an interrupted run continues
with the next fold, and a changed recipe never finds a stale one. What it leaves out: choosing.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from chalklens.labelling.features import Encoder
from chalklens.training.labeller.assembly import Candidate, FitSettings, fit_model
from chalklens.training.labeller.pages import TrainingPages

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UnseenScores:
    """What the heads say about pages of views they were not fitted on.

    Attributes:
        scores: (pages, labels).
        similarities: Cosine of each page to the nearest anchor of its fit, (pages,).
    """

    scores: Floats
    similarities: Floats


def split_by_view(
    pages: TrainingPages, folds: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the rows to fit on and the rows left out; no view is in both."""
    from sklearn.model_selection import GroupKFold

    splitter = GroupKFold(folds, shuffle=True, random_state=seed)
    yield from splitter.split(pages.targets, groups=np.asarray(pages.views))


def score_unseen(
    pages: TrainingPages,
    candidate: Candidate,
    settings: FitSettings,
    encoder: Encoder,
    folds: int,
    store: Path,
    progress: Callable[[int, int, str], None],
) -> UnseenScores:
    """Score every page by the fit that did not see its view."""
    name = _fingerprint(pages, candidate, settings, folds)
    scores = np.zeros(pages.targets.shape, np.float32)
    similarities = np.zeros(len(pages), np.float32)
    for number, (fitted, left_out) in enumerate(split_by_view(pages, folds, settings.seed), 1):
        file = store / f"fold-{name}-{number}.safetensors"
        if not file.exists():
            model = fit_model(pages.select(fitted), candidate, settings, encoder)
            texts = [pages.read[i] for i in left_out]
            nearest = (encoder.encode(texts) @ model.anchors.T).max(axis=1)
            _save(file, {"scores": model.score(texts), "similarities": nearest})
        found = load_file(file)
        scores[left_out], similarities[left_out] = found["scores"], found["similarities"]
        progress(number, folds, f"cross-validating {candidate}")
    return UnseenScores(scores, similarities)


def _fingerprint(
    pages: TrainingPages, candidate: Candidate, settings: FitSettings, folds: int
) -> str:
    rest = json.dumps(
        [pages.read, pages.printed, pages.views, pages.labels, asdict(candidate), asdict(settings)]
    )
    digest = hashlib.sha256(f"{folds} {rest}".encode("utf-8", "surrogatepass"))
    digest.update(pages.targets.tobytes())
    return digest.hexdigest()[:16]


def _save(file: Path, arrays: dict[str, Floats]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    save_file(arrays, fresh)
    fresh.replace(file)
