# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Scores on pages a fit has not seen: of layouts it has not seen either, and of layouts it knows.

How it is used: a `Validation` for the pages, then `score_unseen(candidate)` (whole views are left
out, fold by fold) and `score_known(candidate)` (a fifth of the problems is left out, views stay).
Each finished fit's scores are stored under a name that depends on everything they rest on, so an
interrupted run continues with the next fit, and a changed recipe never finds stale ones. What it
leaves out: choosing.
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


Rows = NDArray[np.int64]
Progress = Callable[[int, int, str], None]

KNOWN_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class HeldOutScores:
    """What the heads say about pages they were not fitted on.

    Attributes:
        rows: Which pages, in their order.
        scores: (rows, labels).
        similarities: Cosine of each page to the nearest anchor of its fit, (rows,).
    """

    rows: Rows
    scores: Floats
    similarities: Floats


@dataclass(frozen=True, slots=True)
class Validation:
    """The pages and everything that fits on parts of them have in common.

    Attributes:
        folds: Parts the views are divided into.
        store: Folder for finished scores.
    """

    pages: TrainingPages
    settings: FitSettings
    encoder: Encoder
    folds: int
    store: Path
    progress: Progress

    def score_unseen(self, candidate: Candidate) -> HeldOutScores:
        """Score every page by the fit that did not see its view."""
        parts: list[HeldOutScores] = []
        splits = split_by_view(self.pages, self.folds, self.settings.seed)
        for number, (fitted, left_out) in enumerate(splits, 1):
            parts.append(self._score(f"view-{number}", candidate, fitted, left_out))
            self.progress(number, self.folds, f"cross-validating {candidate}")
        rows = np.concatenate([part.rows for part in parts])
        order = np.argsort(rows)
        return HeldOutScores(
            rows[order],
            np.concatenate([part.scores for part in parts])[order],
            np.concatenate([part.similarities for part in parts])[order],
        )

    def score_known(self, candidate: Candidate) -> HeldOutScores:
        """Score a fifth of the problems by a fit on the others."""
        fitted, left_out = split_by_problem(self.pages, self.settings.seed)
        found = self._score("known", candidate, fitted, left_out)
        self.progress(1, 1, f"validating {candidate} on known views")
        return found

    def _score(
        self, part: str, candidate: Candidate, fitted: Rows, left_out: Rows
    ) -> HeldOutScores:
        name = _fingerprint(self.pages, candidate, self.settings, self.folds)
        file = self.store / f"fold-{name}-{part}.safetensors"
        if not file.exists():
            model = fit_model(self.pages.select(fitted), candidate, self.settings, self.encoder)
            texts = [self.pages.read[i] for i in left_out]
            nearest = (self.encoder.encode(texts) @ model.anchors.T).max(axis=1)
            _save(file, {"scores": model.score(texts), "similarities": nearest})
        found = load_file(file)
        return HeldOutScores(left_out, found["scores"], found["similarities"])


def split_by_view(pages: TrainingPages, folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield the rows to fit on and the rows left out; no view is in both."""
    from sklearn.model_selection import GroupKFold

    splitter = GroupKFold(folds, shuffle=True, random_state=seed)
    yield from splitter.split(pages.targets, groups=np.asarray(pages.views))


def split_by_problem(pages: TrainingPages, seed: int) -> tuple[Rows, Rows]:
    """Return the rows to fit on and the rows left out; no problem is in both."""
    from sklearn.model_selection import GroupShuffleSplit

    splitter = GroupShuffleSplit(1, test_size=KNOWN_SHARE, random_state=seed)
    return next(splitter.split(pages.targets, groups=np.asarray(pages.pairs)))


def _fingerprint(
    pages: TrainingPages, candidate: Candidate, settings: FitSettings, folds: int
) -> str:
    rest = json.dumps(
        [
            pages.read,
            pages.printed,
            pages.views,
            pages.pairs,
            pages.labels,
            asdict(candidate),
            asdict(settings),
        ]
    )
    digest = hashlib.sha256(f"{folds} {rest}".encode("utf-8", "surrogatepass"))
    digest.update(pages.targets.tobytes())
    return digest.hexdigest()[:16]


def _save(file: Path, arrays: dict[str, Floats]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    save_file(arrays, fresh)
    fresh.replace(file)
