# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Scores of layouts left out, with a sentence encoder that was fine-tuned in each fold.

How it is used: `TunedValidation(...).score(unseen, folds)` -> the scores of the first folds with the
usual vectors, and by way of using the tuned ones. Folds, templates left out and heads are those of
`cross_validation.py`; only the sentence vectors differ: tuned ones in place of the usual ones, or
beside them. An encoder that had seen the layouts left out would flatter, so each fold tunes its own
on its own pages. Finished folds are stored. What it leaves out: tuning (`sentence_tuning.py`), the
familiar heads.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from chalklens.labelling.observations import Observations
from chalklens.training.labeller.assembly import (
    Candidate,
    FitSettings,
    fit_features,
    fit_general,
)
from chalklens.training.labeller.cross_validation import HeldOutScores, split_by_view
from chalklens.training.labeller.pages import Rows, TrainingPages
from chalklens.training.labeller.resemblance import Resemblance
from chalklens.training.labeller.sentence_tuning import Tuner, TuningSettings
from chalklens.training.labeller.settings import Progress

Floats = NDArray[np.float32]
Vectors = tuple[Floats, Floats, Floats]
"""Of worksheets fitted on, rendered sheets fitted on, worksheets left out."""
WAYS = REPLACED, BESIDE = "replaced", "beside"


@dataclass(frozen=True, slots=True)
class TunedValidation:
    """What the folds have in common.

    Attributes:
        worksheets, rendered: As of `cross_validation.Validation`.
        definitions: Unit vectors of the labels' definitions, (labels, encoder width).
        candidate, settings: What is fitted.
        folds: Parts the views are divided into.
        store: Folder for finished folds.
        tune: Tunes on the pages of a fold and encodes.
        tuning: Its settings.
    """

    worksheets: TrainingPages
    rendered: TrainingPages
    definitions: Floats
    candidate: Candidate
    settings: FitSettings
    folds: int
    store: Path
    progress: Progress
    tune: Tuner
    tuning: TuningSettings

    def score(
        self, unseen: HeldOutScores, folds: int
    ) -> tuple[HeldOutScores, dict[str, HeldOutScores]]:
        """Score the pages of the first folds; returns their usual scores too.

        Args:
            unseen: What the candidate scores with the usual vectors; its pages are scored.
            folds: How many of the folds.
        """
        resemblance = Resemblance.measure(self.worksheets, self.rendered)
        splits = list(split_by_view(self.worksheets, self.folds, self.settings.seed))[:folds]
        whole = select_scores(unseen, np.concatenate([left_out for _, left_out in splits]))
        found = {way: np.zeros_like(whole.general) for way in WAYS}
        for number, (fitted, left_out) in enumerate(splits, 1):
            part = select_scores(unseen, left_out)
            views = {self.worksheets.groups[i] for i in left_out}
            scores = self._load_or_fit(fitted, part, resemblance.find_foreign(views))
            for way in WAYS:
                found[way][np.isin(whole.rows, part.rows)] = scores[way]
            self.progress(number, len(splits), "cross-validating with tuned encoders")
        return whole, {way: replace(whole, general=found[way]) for way in WAYS}

    def _load_or_fit(self, fitted: Rows, part: HeldOutScores, kept: Rows) -> Mapping[str, Floats]:
        file = self.store / f"fold-{self._fingerprint(part)}-tuned.safetensors"
        if not file.exists():
            pages = [self.worksheets.select(fitted), self.rendered.select(kept)]
            found = self._fit(pages, self.worksheets.select(part.rows))
            fresh = file.with_suffix(".new")
            save_file({way: np.ascontiguousarray(scores) for way, scores in found.items()}, fresh)
            fresh.replace(file)
        return load_file(file)

    def _fit(self, pages: Sequence[TrainingPages], asked: TrainingPages) -> dict[str, Floats]:
        used = pages if self.candidate.rendered else pages[:1]
        everything = [*pages, asked]
        texts = [text for part in everything for text in part.observed.texts]
        vectors = self.tune(concatenate(used), self.definitions, texts, self.progress, self.tuning)
        ends = np.cumsum([len(part) for part in everything])[:-1]
        tuned = np.split(vectors, ends)
        usual = [part.observed.sentences for part in everything]
        beside = [np.hstack(pair) for pair in zip(usual, tuned, strict=True)]
        return {
            way: self._fit_heads([*map(swap_sentences, everything, sentences)])
            for way, sentences in zip(WAYS, (tuned, beside), strict=True)
        }

    def _fit_heads(self, parts: Sequence[TrainingPages]) -> Floats:
        sheets, rendered, asked = parts
        features = fit_features(sheets, rendered, self.candidate, self.settings)
        heads = fit_general(features, sheets, rendered, self.candidate, self.settings)
        return heads.scores(features.compute(asked.observed)[:, : features.general_width])

    def _fingerprint(self, part: HeldOutScores) -> str:
        """A name for a fold: the scores of the usual heads rest on the same pages and settings."""
        digest = hashlib.sha256(repr((self.candidate, self.settings, self.tuning)).encode())
        for array in (part.rows, part.general, self.definitions):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]


def select_scores(scores: HeldOutScores, rows: Rows) -> HeldOutScores:
    """The scores of some of the pages."""
    kept = np.isin(scores.rows, rows)
    return HeldOutScores(
        scores.rows[kept],
        scores.general[kept],
        scores.familiar[kept],
        scores.nearest[kept],
        scores.supported[kept],
    )


def concatenate(parts: Sequence[TrainingPages]) -> TrainingPages:
    """Pages one after the other."""
    return TrainingPages(
        Observations.concatenate([part.observed for part in parts]),
        np.concatenate([part.targets for part in parts]),
        parts[0].labels,
        tuple(name for part in parts for name in part.groups),
        tuple(name for part in parts for name in part.pairs),
    )


def swap_sentences(pages: TrainingPages, sentences: Floats) -> TrainingPages:
    """The same pages with other sentence vectors."""
    return replace(pages, observed=replace(pages.observed, sentences=sentences))
