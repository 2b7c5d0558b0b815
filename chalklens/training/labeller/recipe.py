# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""`chalklens train labeller`: from labelled pictures to the weights of the embedded labeller.

How it is used: `train_labeller(LabellerRecipe(data, out, cache), progress)`. Stages: read the
pictures, encode the texts, choose a candidate by cross-validation over whole views of `train`,
calibrate on scores of pages held out of `train`, fit on all of `train`, save. Readings, vectors and folds are kept in
`cache`: run it again after an interruption and it continues. With the same data, versions and seed
one machine gives the same weights. `val` and `dev_views` are not opened.

What it leaves out: scoring (`evaluation/labels.py`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.features import Encoder
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.material import MaterialGate
from chalklens.labelling.sheet_model import SheetModel
from chalklens.reading.cache import ReadingCache
from chalklens.training.labeller.assembly import Candidate, FitSettings, FittedModel, fit_model
from chalklens.training.labeller.calibration import Calibration, HeldOut, calibrate
from chalklens.training.labeller.cross_validation import HeldOutScores, Validation
from chalklens.training.labeller.journal import Journal
from chalklens.training.labeller.pages import TrainingPages
from chalklens.training.labeller.vectors import CachedEncoder

Progress = Callable[[int, int, str], None]
"""Gets steps done, steps in all, and what is being done."""

NAME = "chalklens-labeller-1"
CANDIDATES = (
    Candidate(),
    Candidate(with_printed=False),
)


@dataclass(frozen=True, slots=True)
class LabellerRecipe:
    """All there is to set.

    Attributes:
        data: Corpus folder (see `labelling/corpus.py`) with a `train` split.
        out: Folder for the weights.
        cache: Folder for readings, vectors, folds and `metrics.jsonl`.
        seed: Of the folds and the anchors.
        folds: Parts the views are divided into.
        candidates: What to choose between.
        settings: What every fit has in common; its seed is replaced by `seed`.
        readers: Processes that read pictures.
        refused_share: Share of real sheets of unseen views that the gate may refuse.
    """

    data: Path
    out: Path
    cache: Path
    seed: int = 0
    folds: int = 5
    candidates: tuple[Candidate, ...] = CANDIDATES
    settings: FitSettings = field(default_factory=FitSettings)
    readers: int = 2
    refused_share: float = 0.02


@dataclass(frozen=True, slots=True)
class TrainedLabeller:
    """What a run gives.

    Attributes:
        folder: Where the weights are.
        revision: Their content hash.
        candidate: The chosen one.
        calibration: Measured on unseen views of `train`.
    """

    folder: Path
    revision: str
    candidate: Candidate
    calibration: Calibration


def train_labeller(
    recipe: LabellerRecipe,
    progress: Progress,
    *,
    encoder: Encoder | None = None,
    readings: ReadingCache | None = None,
) -> TrainedLabeller:
    """Run the whole recipe.

    Args:
        recipe: What to train on, and how.
        progress: Called often.
        encoder: Instead of MiniLM.
        readings: Instead of the cache's `readings.jsonl`.

    Raises:
        InputError: The corpus is incomplete.
        TimeLimitError, WorkerError: A picture could not be read.
    """
    journal = Journal(recipe.cache / "metrics.jsonl")
    pages = _read(recipe, readings or open_reading_cache(recipe.cache), progress, journal)
    vectors = CachedEncoder(encoder or SentenceEncoder.load(), recipe.cache / "vectors.safetensors")
    vectors.prepare([*pages.read, *pages.printed], progress)
    candidate, unseen, calibration = _select(recipe, pages, vectors, progress, journal)
    settings = _settings(recipe)
    fitted = fit_model(pages, candidate, settings, vectors, progress)
    sheets = Corpus(recipe.data).worksheets("train")
    facts = {"seed": recipe.seed, "folds": recipe.folds, "pages": len(pages), **asdict(candidate)}
    model = _assemble(fitted, pages, sheets, unseen, calibration, recipe, facts)
    model.save(recipe.out)
    revision = SheetModel.load(recipe.out, vectors).revision
    journal.write("saved", revision=revision, columns=fitted.weights.shape[0], **facts)
    return TrainedLabeller(recipe.out, revision, candidate, calibration)


def _settings(recipe: LabellerRecipe) -> FitSettings:
    return FitSettings(**{**asdict(recipe.settings), "seed": recipe.seed})


def _read(
    recipe: LabellerRecipe, cache: ReadingCache, progress: Progress, journal: Journal
) -> TrainingPages:
    corpus = Corpus(recipe.data)
    try:
        sheets = corpus.worksheets("train")
        known = len(cache)
        readings = read_worksheets(corpus, sheets, cache, progress, readers=recipe.readers)
    finally:
        corpus.close()
    pages = TrainingPages.collect(sheets, readings)
    journal.write(
        "read",
        reader=cache.reader,
        pages=len(pages),
        labels=len(pages.labels),
        views=len(set(pages.views)),
        read_now=len(cache) - known,
    )
    return pages


def _select(
    recipe: LabellerRecipe,
    pages: TrainingPages,
    encoder: Encoder,
    progress: Progress,
    journal: Journal,
) -> tuple[Candidate, HeldOutScores, Calibration]:
    """Return the candidate with the best micro-F1 on views left out, and what was measured."""
    tried: list[tuple[Candidate, HeldOutScores, Calibration]] = []
    validation = Validation(pages, _settings(recipe), encoder, recipe.folds, recipe.cache, progress)
    for candidate in recipe.candidates:
        unseen = validation.score_unseen(candidate)
        known = validation.score_known(candidate)
        calibration = calibrate(
            HeldOut(unseen.scores, pages.targets), HeldOut(known.scores, pages.targets[known.rows])
        )
        journal.write("candidate", **asdict(candidate), **calibration.facts())
        tried.append((candidate, unseen, calibration))
    return max(tried, key=lambda item: item[2].micro_f1)


def _assemble(
    fitted: FittedModel,
    pages: TrainingPages,
    sheets: list[Worksheet],
    unseen: HeldOutScores,
    calibration: Calibration,
    recipe: LabellerRecipe,
    facts: dict[str, Any],
) -> SheetModel:
    heads = LabelHeads(
        pages.labels,
        fitted.weights,
        fitted.bias,
        calibration.slope,
        calibration.shift,
        calibration.threshold,
    )
    best = expit(calibration.slope * unseen.scores.max(1) + calibration.shift)
    support = unseen.similarities * best
    gate = MaterialGate(fitted.anchors, float(np.quantile(support, recipe.refused_share)))
    return SheetModel(
        NAME,
        sheets[0].ontology,
        fitted.features,
        heads,
        gate,
        {id_: name for sheet in sheets for id_, name in sheet.dimensions},
        calibration.low_confidence_below,
        facts={**facts, "unseen_views": calibration.facts()},
    )
