"""`chalklens eval labels`: a labeller scored on one split, beside the simple methods it has to beat.

How it is used: `evaluate_labels(LabelEvaluation(Path("val.jsonl"), work=Path("work")), progress)`.
The pages are read by the reader that ships, what was read is kept in `work`, and labeller and
baselines answer from the same text. Baselines need training pages (`train.jsonl` beside the split).
The labeller is the embedded one, or any other that `open_subject` opens. What it leaves out: how
things are shown (`label_report.py`, the command).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from chalklens.evaluation.baselines import BASELINES, PageFacts, predict_baselines
from chalklens.evaluation.bootstrap import RESAMPLES, ViewBootstrap
from chalklens.evaluation.calibration_curve import Calibration, Pair, measure_calibration
from chalklens.evaluation.label_figures import (
    LABELLER,
    Answer,
    Gold,
    MethodFigures,
    measure_methods,
)
from chalklens.evaluation.label_predictions import prepare_output, write_predictions
from chalklens.evaluation.page_labelling import (
    LabelledPages,
    Latency,
    OpenSubject,
    Progress,
    label_pages,
    open_embedded,
)
from chalklens.evaluation.scores import (
    LabelErrors,
    LabelScores,
    list_label_errors,
    score_label_sets,
)
from chalklens.evaluation.splits import Split, open_split
from chalklens.evaluation.thumbnails import collect_thumbnails
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets
from chalklens.types import Labelling, TextReading

TRAIN = "train.jsonl"
SHOWN_UNKNOWN = 10


def _take_given_out(labelling: Labelling) -> Mapping[str, float]:
    return labelling.confidence


def _take_possible(labelling: Labelling) -> Mapping[str, float]:
    return labelling.probabilities


PROBABILITIES: Mapping[str, tuple[str, Callable[[Labelling], Mapping[str, float]]]] = {
    "given_out": ("labels that were given out", _take_given_out),
    "possible": ("labels of at least 0.05, given out or not", _take_possible),
}
"""Which probabilities are compared with the truth: what to call them, and where they are."""


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """What to score.

    Attributes:
        split: JSONL file with the labels, pictures beside it.
        work: Folder for readings, thumbnails, vectors and fits; what it has is not done again.
        train: Training pages for the baselines; None takes `train.jsonl` beside the split.
        baselines: Whether to measure them; None means if there are training pages.
        weights: Folder with weights of the embedded labeller; None takes what ships.
        predictions: File for one JSON row per page (`id`, `area`, `scope`, `ability`, ...).
        max_pages: Score only the first ones.
        resamples, seed: Of the bootstrap.
    """

    split: Path
    work: Path
    train: Path | None = None
    baselines: bool | None = None
    weights: Path | None = None
    predictions: Path | None = None
    max_pages: int | None = None
    resamples: int = RESAMPLES
    seed: int = 0


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What was found.

    Attributes:
        split: Name of the split.
        train: Name of the training pages, empty when baselines were left out.
        remarks: What a reader of the figures should know, in sentences.
        reader: What read the text; empty when nothing had to be read.
        read_now: Pages that were not in `work` yet.
        labeller, model, revision, adapter: Who answered.
        ontology: Version whose ancestors the hierarchical figures use.
        resamples, seed: Of the bootstrap over views.
        methods: By key; the first is the labeller, the others are baselines.
        calibrations: By which labels count (`PROBABILITIES`); empty without probabilities. Pages
            called unsupported have none.
        refused: Share of pages called unsupported.
        low_confidence: Share of the other pages marked as unsure.
        confident, unconfident: Scores on the pages of either kind; refused pages are in neither.
        latency: Seconds from file to labels.
        same_labels: See `page_labelling.LabelledPages`.
        peak_bytes: Largest resident size of the labeller's worker.
        labels: Errors per label, the worst first.
    """

    split: str
    train: str
    remarks: tuple[str, ...]
    reader: str
    read_now: int
    labeller: str
    model: str
    revision: str
    adapter: str
    ontology: str
    resamples: int
    seed: int
    methods: Mapping[str, MethodFigures]
    calibrations: Mapping[str, Calibration]
    refused: float
    low_confidence: float
    confident: LabelScores
    unconfident: LabelScores
    latency: Latency
    same_labels: float
    peak_bytes: int | None
    labels: tuple[LabelErrors, ...]

    @property
    def ours(self) -> MethodFigures:
        """The labeller's figures."""
        return self.methods[LABELLER]

    def facts(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Texts of the split, and everything the baselines need; None for what is not wanted."""

    reader: str
    read_now: int
    split: list[TextReading] | None
    answers: dict[str, Answer]


def evaluate_labels(
    options: LabelEvaluation, progress: Progress, open_subject: OpenSubject | None = None
) -> LabelReport:
    """Label the pages of a split and compare.

    Args:
        options: What to score.
        progress: Called often.
        open_subject: Opens another labeller than the embedded one.

    Raises:
        InputError: The split, a picture, or training pages that were asked for are missing.
        ModelError: The weights or the model cannot be used.
        TimeLimitError, WorkerError: A page could not be labelled.
    """
    prepare_output(options.predictions)
    train, remark = _choose_train(options)
    with open_split(options.split, options.max_pages) as split:
        read = _read(options, split, train, reads=open_subject is None, progress=progress)
        labelled = asyncio.run(_label(options, split, read, progress, open_subject))
    if options.predictions:
        write_predictions(options.predictions, split.sheets, labelled.labellings)
    return _report(options, split, train, read, labelled, remark)


async def _label(
    options: LabelEvaluation,
    split: Split,
    read: _Reading,
    progress: Progress,
    open_subject: OpenSubject | None,
) -> LabelledPages:
    opened = open_subject() if open_subject else open_embedded(options.weights)
    async with opened as subject:
        return await label_pages(subject, split, read.split if not open_subject else None, progress)


def _choose_train(options: LabelEvaluation) -> tuple[Path | None, str]:
    """Return the training pages, or None and why there are no baselines."""
    if options.baselines is False:
        return None, "Baselines were switched off."
    file = options.train or options.split.with_name(TRAIN)
    wanted = options.train is not None or options.baselines
    if not file.is_file():
        if wanted:
            raise InputError(
                f"There are no training pages {file}.",
                "Name them with --train FILE, or use --no-baselines.",
            )
        return None, f"Baselines were left out: there is no {TRAIN} beside {options.split.name}."
    if file.resolve() == options.split.resolve():
        if wanted:
            raise InputError("Baselines cannot be trained on the pages they are scored on.")
        return None, "Baselines were left out: these are the pages they would be trained on."
    return file, ""


def _read(
    options: LabelEvaluation,
    split: Split,
    train: Path | None,
    *,
    reads: bool,
    progress: Progress,
) -> _Reading:
    """Read what the labeller or the baselines need, and let the baselines answer."""
    if not reads and train is None:
        return _Reading("", 0, None, {})
    cache = open_reading_cache(options.work)
    known = len(cache)
    readings = read_worksheets(split.corpus, split.sheets, cache, progress)
    answers: dict[str, Answer] = {}
    if train is not None:
        with open_split(train) as material:
            texts = read_worksheets(material.corpus, material.sheets, cache, progress)
            answers = _answer_by_baselines(split, readings, material, texts, options.work, progress)
    return _Reading(cache.reader, len(cache) - known, readings, answers)


def _answer_by_baselines(
    split: Split,
    readings: Sequence[TextReading],
    train: Split,
    train_readings: Sequence[TextReading],
    work: Path,
    progress: Progress,
) -> dict[str, Answer]:
    from chalklens.labelling.encoder import SentenceEncoder

    known = _collect_facts(train, train_readings, work, progress)
    asked = _collect_facts(split, readings, work, progress)
    found = predict_baselines(known, asked, SentenceEncoder.load(), work, progress)
    ids = [sheet.id for sheet in split.sheets]
    return {
        key: Answer(*BASELINES[key], dict(zip(ids, sets, strict=True)))
        for key, sets in found.items()
    }


def _collect_facts(
    split: Split, readings: Sequence[TextReading], work: Path, progress: Progress
) -> PageFacts:
    keys = [split.corpus.sha256(sheet) for sheet in split.sheets]
    return PageFacts(
        tuple(reading.text for reading in readings),
        collect_thumbnails(split, keys, work, progress),
        tuple(sheet.labels for sheet in split.sheets),
    )


def _report(
    options: LabelEvaluation,
    split: Split,
    train: Path | None,
    read: _Reading,
    labelled: LabelledPages,
    remark: str,
) -> LabelReport:
    found = labelled.labellings
    gold = Gold.collect(split.sheets, Ontology.load())
    pages = {s.id: labelling for s, labelling in zip(split.sheets, found, strict=True)}
    given = {id_: frozenset(labelling.labels.ids) for id_, labelling in pages.items()}
    first = found[0]
    title = f"{first.labeller.capitalize()} labeller"
    answers = {LABELLER: Answer(title, f"{first.model} {first.revision}".strip(), given)}
    bootstrap = ViewBootstrap(
        len(set(gold.views.values())), resamples=options.resamples, seed=options.seed
    )
    sure = [id_ for id_, f in pages.items() if not (f.unsupported or f.low_confidence)]
    unsure = [id_ for id_, f in pages.items() if f.low_confidence and not f.unsupported]
    return LabelReport(
        split=split.name,
        train=train.stem if train else "",
        remarks=tuple(said for said in (remark, _tell_unknown(gold)) if said),
        reader=read.reader,
        read_now=read.read_now,
        labeller=first.labeller,
        model=first.model,
        revision=first.revision,
        adapter=first.adapter,
        ontology=gold.ontology.version,
        resamples=bootstrap.resamples,
        seed=bootstrap.seed,
        methods=measure_methods(gold, {**answers, **read.answers}, bootstrap),
        calibrations=_calibrate(gold, pages, bootstrap),
        refused=1 - (len(sure) + len(unsure)) / len(found),
        low_confidence=len(unsure) / max(1, len(sure) + len(unsure)),
        confident=score_label_sets(gold.only(sure), given),
        unconfident=score_label_sets(gold.only(unsure), given),
        latency=labelled.latency,
        same_labels=labelled.same_labels,
        peak_bytes=labelled.peak_bytes,
        labels=tuple(list_label_errors(gold.sets, given)),
    )


def _tell_unknown(gold: Gold) -> str:
    """Say which labels of the truth nobody can give: those of other releases, and misspelt ones."""
    unknown = sorted(
        {id_ for labels in gold.sets.values() for id_ in labels} - {*gold.ontology.concepts}
    )
    if not unknown:
        return ""
    more = f" and {len(unknown) - SHOWN_UNKNOWN} more" if len(unknown) > SHOWN_UNKNOWN else ""
    return (
        f"The truth has labels that EduGraph {gold.ontology.version} does not have; they always count as "
        f"misses: {', '.join(unknown[:SHOWN_UNKNOWN])}{more}."
    )


def _calibrate(
    gold: Gold, pages: Mapping[str, Labelling], bootstrap: ViewBootstrap
) -> dict[str, Calibration]:
    found = {
        kind: measure_calibration(_pair(gold, pages, take), bootstrap)
        for kind, (_, take) in PROBABILITIES.items()
    }
    return {kind: calibration for kind, calibration in found.items() if calibration}


def _pair(
    gold: Gold, pages: Mapping[str, Labelling], take: Callable[[Labelling], Mapping[str, float]]
) -> list[Pair]:
    """Line up probabilities with the truth."""
    return [
        Pair(gold.views[page], probability, id_ in gold.sets[page])
        for page, labelling in pages.items()
        for id_, probability in take(labelling).items()
    ]
