"""`chalklens eval labels`: the embedded labeller scored on one split, from pixels.

How it is used: `evaluate_labels(LabelEvaluation(data, "val"), progress)`. Every picture goes to a
real sheet worker, one after the other, and the time from pixels to labels is taken. With `cache`,
what was read before is not read again; the report then says so and has no times. What it leaves
out: decoding the file, labels by an engine, baselines that need training.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from chalklens.errors import InputError
from chalklens.evaluation.scores import LabelScores, score_label_sets
from chalklens.labelling.corpus import DIMENSIONS, Corpus, Worksheet
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.types import Labelling, LabelSet
from chalklens.workers.process import WorkerProcess

Progress = Callable[[int, int, str], None]
"""Gets steps done, steps in all, and what is being done."""


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """What to score.

    Attributes:
        data: Corpus folder.
        split: One of its splits.
        weights: Folder with weights; None takes what ships.
        cache: Folder with `readings.jsonl`; None reads every picture.
        predictions: File for one JSON row per page (`id`, `area`, `scope`, `ability`, ...).
        max_pages: Score only the first ones.
    """

    data: Path
    split: str
    weights: Path | None = None
    cache: Path | None = None
    predictions: Path | None = None
    max_pages: int | None = None


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What was found.

    Attributes:
        split: The split.
        text_from: `pixels` (read just now) or `cache`.
        model, revision: Of the weights.
        scores: Over all labels.
        dimensions: Per dimension.
        views: Per layout.
        most_frequent: Of answering with the most frequent label set of `train`; None without it.
        refused: Share of pages called unsupported.
        low_confidence: Share of the other pages marked as unsure.
        label_s: Median seconds from pixels to labels, None when the text came from a cache.
    """

    split: str
    text_from: str
    model: str
    revision: str
    scores: LabelScores
    dimensions: dict[str, LabelScores]
    views: dict[str, LabelScores]
    most_frequent: LabelScores | None
    refused: float
    low_confidence: float
    label_s: float | None

    def facts(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        return asdict(self)


def evaluate_labels(options: LabelEvaluation, progress: Progress) -> LabelReport:
    """Label the pages of a split and compare.

    Raises:
        InputError: The split or a picture is missing.
        ModelError: The weights cannot be used.
        TimeLimitError, WorkerError: A page could not be labelled.
    """
    corpus = Corpus(options.data)
    try:
        sheets = corpus.worksheets(options.split)[: options.max_pages]
        if not sheets:
            raise InputError(f"The split {options.split!r} is empty.")
        found, seconds = _label(options, corpus, sheets, progress)
        return _report(options, corpus, sheets, found, seconds)
    finally:
        corpus.close()


def _label(
    options: LabelEvaluation, corpus: Corpus, sheets: Sequence[Worksheet], progress: Progress
) -> tuple[list[Labelling], float | None]:
    if options.cache is None:
        found, seconds = asyncio.run(_label_pixels(options, corpus, sheets, progress))
        return found, median(seconds)
    cache = open_reading_cache(options.cache)
    readings = read_worksheets(corpus, sheets, cache, progress)

    async def label_readings() -> list[Labelling]:
        async with _open_labeller(options.weights) as labeller:
            found: list[Labelling] = []
            for reading in readings:
                found.append(await labeller.label_reading(reading))
                progress(len(found), len(sheets), "labelling")
            return found

    return asyncio.run(label_readings()), None


async def _label_pixels(
    options: LabelEvaluation, corpus: Corpus, sheets: Sequence[Worksheet], progress: Progress
) -> tuple[list[Labelling], list[float]]:
    found: list[Labelling] = []
    seconds: list[float] = []
    async with _open_labeller(options.weights) as labeller:
        await labeller.label([corpus.load(sheets[0])])  # loads the models, is not timed
        for sheet in sheets:
            picture = corpus.load(sheet)
            start = time.perf_counter()
            found += await labeller.label([picture])
            seconds.append(time.perf_counter() - start)
            progress(len(found), len(sheets), "reading and labelling")
    return found, seconds


@asynccontextmanager
async def _open_labeller(weights: Path | None) -> AsyncGenerator[EmbeddedLabeller, None]:
    worker = WorkerProcess(sheet_worker_spec(weights=weights))
    try:
        yield EmbeddedLabeller(worker)
    finally:
        await worker.close()


def _report(
    options: LabelEvaluation,
    corpus: Corpus,
    sheets: Sequence[Worksheet],
    found: Sequence[Labelling],
    seconds: float | None,
) -> LabelReport:
    if options.predictions:
        write_predictions(options.predictions, sheets, found)
    truth = {sheet.id: sheet.labels for sheet in sheets}
    given = {s.id: frozenset(f.labels.ids) for s, f in zip(sheets, found, strict=True)}
    answered = [labelling for labelling in found if not labelling.unsupported]
    return LabelReport(
        split=options.split,
        text_from="pixels" if options.cache is None else "cache",
        model=found[0].model,
        revision=found[0].revision,
        scores=score_label_sets(truth, given),
        dimensions={name: _score_dimension(name, sheets, found) for name in DIMENSIONS},
        views={
            view: score_label_sets({s.id: s.labels for s in sheets if s.view == view}, given)
            for view in sorted({sheet.view for sheet in sheets})
        },
        most_frequent=_score_most_frequent(corpus, truth),
        refused=1 - len(answered) / len(found),
        low_confidence=sum(f.low_confidence for f in answered) / max(1, len(answered)),
        label_s=seconds,
    )


def _score_dimension(
    name: str, sheets: Sequence[Worksheet], found: Sequence[Labelling]
) -> LabelScores:
    truth = {s.id: {id_ for id_, kind in s.dimensions if kind == name} for s in sheets}
    given = {s.id: set(ids_of(f.labels)[name]) for s, f in zip(sheets, found, strict=True)}
    return score_label_sets(truth, given)


def _score_most_frequent(corpus: Corpus, truth: dict[str, frozenset[str]]) -> LabelScores | None:
    if not (corpus.folder / "train.jsonl").is_file():
        return None
    sets = Counter(sheet.labels for sheet in corpus.worksheets("train"))
    [(labels, _)] = sets.most_common(1)
    return score_label_sets(truth, dict.fromkeys(truth, labels))


def ids_of(labels: LabelSet) -> dict[str, tuple[str, ...]]:
    """Ids by dimension, named as in the corpus."""
    return {"area": labels.areas, "scope": labels.scopes, "ability": labels.abilities}


def write_predictions(file: Path, sheets: Sequence[Worksheet], found: Sequence[Labelling]) -> None:
    """Write one row per page, as the corpus' own scorer reads them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as rows:
        for sheet, labelling in zip(sheets, found, strict=True):
            row = {
                "id": sheet.id,
                **ids_of(labelling.labels),
                "confidence": dict(labelling.confidence),
                "unsupported": labelling.unsupported,
                "low_confidence": labelling.low_confidence,
            }
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")
