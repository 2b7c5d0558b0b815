# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Scores on pages a fit has not seen: of layouts it has not seen either, and of layouts it knows.

How it is used: a `Validation` for the pages, then `score_unseen(candidate)` (whole views are left
out, fold by fold, with the templates that resemble them) and `score_known(candidate)` (a fifth of
the problems is left out, views stay). Each finished fit's scores are stored under a name that depends
on everything they rest on, so an interrupted run continues with the next fit, and a changed recipe
never finds stale ones. What it leaves out: choosing.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from chalklens.training.labeller.assembly import (
    Candidate,
    FitSettings,
    fit_familiar,
    fit_features,
    fit_general,
)
from chalklens.training.labeller.pages import Flags, Rows, TrainingPages
from chalklens.training.labeller.resemblance import Resemblance

Floats = NDArray[np.float32]
Progress = Callable[[int, int, str], None]

KNOWN_SHARE = 0.2
MIN_SUPPORT = 25
"""Pages of every label that a fold must keep for a page to count as `supported`."""


@dataclass(frozen=True, slots=True)
class HeldOutScores:
    """What heads say about pages they were not fitted on.

    Attributes:
        rows: Which pages, in their order.
        general, familiar: (rows, labels).
        nearest: Correlation of each page's look with the most similar page of its fit, (rows,).
        supported: Whether all its labels kept enough pages in its fit, (rows,).
    """

    rows: Rows
    general: Floats
    familiar: Floats
    nearest: Floats
    supported: Flags


@dataclass(frozen=True, slots=True)
class Validation:
    """The pages and everything that fits on parts of them have in common.

    Attributes:
        worksheets: What is divided.
        rendered: Fitted on in every fold, as far as allowed.
        folds: Parts the views are divided into.
        store: Folder for finished scores.
    """

    worksheets: TrainingPages
    rendered: TrainingPages
    settings: FitSettings
    folds: int
    store: Path
    progress: Progress

    def score_unseen(self, candidate: Candidate, *, familiar: bool = True) -> HeldOutScores:
        """Score every page by the fit that did not see its view, nor a template that resembles it.

        Args:
            candidate: What to fit.
            familiar: Fit the familiar heads too; their scores are zeros otherwise.
        """
        parts: list[HeldOutScores] = []
        splits = split_by_view(self.worksheets, self.folds, self.settings.seed)
        resemblance = Resemblance.measure(self.worksheets, self.rendered)
        for number, (fitted, left_out) in enumerate(splits, 1):
            views = {self.worksheets.groups[i] for i in left_out}
            kept = resemblance.find_foreign(views)
            name = f"view-{number}{'-general' * (not familiar)}"
            parts.append(self._score(name, candidate, (fitted, left_out), kept, familiar))
            self.progress(number, self.folds, "cross-validating over views")
        return _merge(parts)

    def score_known(self, candidate: Candidate) -> HeldOutScores:
        """Score a fifth of the problems by a fit on the others."""
        split = split_by_problem(self.worksheets, self.settings.seed)
        found = self._score("known", candidate, split, np.arange(len(self.rendered)), True)
        self.progress(1, 1, "validating on known views")
        return found

    def _score(
        self,
        part: str,
        candidate: Candidate,
        split: tuple[Rows, Rows],
        kept: Rows,
        with_familiar: bool,
    ) -> HeldOutScores:
        fitted, left_out = split
        name = self._fingerprint(candidate)
        file = self.store / f"fold-{name}-{part}.safetensors"
        if not file.exists():
            _save(file, self._fit_and_score(candidate, fitted, left_out, kept, with_familiar))
        return HeldOutScores(left_out, **_load(file))

    def _fit_and_score(
        self,
        candidate: Candidate,
        fitted: Rows,
        left_out: Rows,
        kept: Rows,
        with_familiar: bool,
    ) -> Mapping[str, NDArray[Any]]:
        sheets, rendered = self.worksheets.select(fitted), self.rendered.select(kept)
        asked = self.worksheets.select(left_out)
        features = fit_features(sheets, rendered, candidate, self.settings)
        general = fit_general(features, sheets, rendered, candidate, self.settings)
        rows = features.compute(asked.observed)
        found = general.scores(rows[:, : features.general_width])
        familiar = np.zeros_like(found)
        if with_familiar:
            familiar = fit_familiar(features, sheets, candidate, self.settings).scores(rows)
        codes = features.encode_thumbnails(sheets.observed)
        nearest = (features.encode_thumbnails(asked.observed) @ codes.T).max(1)
        weak = sheets.targets.sum(0) < MIN_SUPPORT
        return {
            "general": found,
            "familiar": familiar,
            "nearest": nearest,
            "supported": ~(asked.targets & weak).any(1),
        }

    def _fingerprint(self, candidate: Candidate) -> str:
        digest = hashlib.sha256()
        for pages in (self.worksheets, self.rendered):
            observed = pages.observed
            facts = [observed.texts, pages.groups, pages.pairs, pages.labels]
            digest.update(json.dumps(facts).encode("utf-8", "surrogatepass"))
            for array in (
                pages.targets,
                observed.sentences,
                observed.facts,
                observed.figures,
                observed.thumbnails,
            ):
                digest.update(np.ascontiguousarray(array).tobytes())
        options = [asdict(candidate), asdict(self.settings), self.folds, KNOWN_SHARE, MIN_SUPPORT]
        digest.update(json.dumps(options).encode())
        return digest.hexdigest()[:16]


def split_by_view(pages: TrainingPages, folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield the rows to fit on and the rows left out; no view is in both."""
    from sklearn.model_selection import GroupKFold

    splitter = GroupKFold(folds, shuffle=True, random_state=seed)
    yield from splitter.split(pages.targets, groups=np.asarray(pages.groups))


def split_by_problem(pages: TrainingPages, seed: int) -> tuple[Rows, Rows]:
    """Return the rows to fit on and the rows left out; no problem is in both."""
    from sklearn.model_selection import GroupShuffleSplit

    splitter = GroupShuffleSplit(1, test_size=KNOWN_SHARE, random_state=seed)
    return next(splitter.split(pages.targets, groups=np.asarray(pages.pairs)))


def _merge(parts: list[HeldOutScores]) -> HeldOutScores:
    order = np.argsort(np.concatenate([part.rows for part in parts]))
    return HeldOutScores(
        np.concatenate([part.rows for part in parts])[order],
        np.concatenate([part.general for part in parts])[order],
        np.concatenate([part.familiar for part in parts])[order],
        np.concatenate([part.nearest for part in parts])[order],
        np.concatenate([part.supported for part in parts])[order],
    )


def _load(file: Path) -> dict[str, Any]:
    found = load_file(file)
    return {**found, "supported": found["supported"].astype(np.bool_)}


def _save(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, fresh)
    fresh.replace(file)
