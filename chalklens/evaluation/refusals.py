"""`chalklens eval refusals`: what the embedded labeller does with pictures it should refuse.

How it is used:

    negatives = Material(pictures, count)          # pictures: (kind, picture), made when asked for
    evaluate_refusals(RefusalEvaluation(work), negatives, progress)

Every picture is read and labelled by sheet workers, as a user's would be; what was read is kept in
`work`. Kinds are resampled for the interval: pictures of one kind resemble each other. Worksheets in
a bad state, which should not be refused, are counted the same way beside them. What it leaves out:
where the pictures come from (evaluation knows nothing of training).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from chalklens.evaluation.bootstrap import RESAMPLES, Interval, ViewBootstrap
from chalklens.evaluation.page_labelling import PAGE_TIMEOUT_S, Progress
from chalklens.labelling.corpus_readings import open_reading_cache
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.reading.cache import ReadingCache
from chalklens.types import Labelling, Picture, TextReading
from chalklens.workers.bounded_tasks import run_bounded
from chalklens.workers.pool import WorkerPool

WORKERS = 2


class ReadingLabeller(Protocol):
    """A labeller that takes what was read before, and tells what it has read."""

    async def label(
        self, pictures: Sequence[Picture], readings: Sequence[TextReading] = ()
    ) -> list[Labelling]:
        """Return one labelling per picture, in order."""
        ...


OpenLabeller = Callable[[], AbstractAsyncContextManager[ReadingLabeller]]


@dataclass(frozen=True, slots=True)
class RefusalEvaluation:
    """How to measure.

    Attributes:
        work: Folder for readings; what it has is not read again.
        weights: Folder with weights of the embedded labeller; None takes what ships.
        workers: Processes that read and label, 1 to 64.
        resamples, seed: Of the bootstrap.
    """

    work: Path
    weights: Path | None = None
    workers: int = WORKERS
    resamples: int = RESAMPLES
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """Pictures with their kinds, and how many there will be."""

    pictures: Iterable[tuple[str, Picture]]
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture.

    Attributes:
        kind, picture: Its kind and name.
        refused: Whether it was called unsupported.
        low_confidence: Whether it was labelled, but not to be relied on.
        labels: Given out, with their probabilities; empty when refused.
    """

    kind: str
    picture: str
    refused: bool
    low_confidence: bool
    labels: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class KindRefusals:
    """How many pictures of one kind were shown, refused, and labelled as unsure."""

    kind: str
    pictures: int
    refused: int
    low_confidence: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """What became of all pictures of some kinds.

    Attributes:
        pictures: How many there were.
        refused: Share of them that was refused.
        interval: Of that share, by resampling kinds; None with one kind, or where kinds are no sample.
            It has no width when all kinds fared alike, which does not say that there is no doubt.
        low_confidence: Share of the others that was marked as unsure.
        kinds: In the order they were shown.
    """

    pictures: int
    refused: float
    interval: Interval | None
    low_confidence: float
    kinds: tuple[KindRefusals, ...]


@dataclass(frozen=True, slots=True)
class RefusalReport:
    """What was found.

    Attributes:
        labeller, model, revision: Who answered.
        reader: What read the text.
        read_now: Pictures that were not in `work` yet.
        resamples, seed: Of the bootstrap over kinds.
        negatives: What should be refused.
        wrong_labels: How often each label was given to a negative, the most frequent first.
        labelled_negatives: The negatives that were not refused.
        sheets: Worksheets in a bad state, by condition; None when none were shown.
        refused_sheets: Those that were refused.
    """

    labeller: str
    model: str
    revision: str
    reader: str
    read_now: int
    resamples: int
    seed: int
    negatives: Refusals
    wrong_labels: Mapping[str, int]
    labelled_negatives: tuple[Outcome, ...]
    sheets: Refusals | None
    refused_sheets: tuple[Outcome, ...]

    def facts(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        return asdict(self)


@dataclass(slots=True)
class _Session:
    """A labeller at work: what it has read, and who it says it is."""

    labeller: ReadingLabeller
    cache: ReadingCache
    workers: int
    progress: Progress
    last: Labelling | None = None

    async def show(self, material: Material, message: str) -> list[Outcome]:
        """Label every picture; outcomes are in the order of the pictures."""
        found: dict[int, Outcome] = {}

        async def label(numbered: tuple[int, tuple[str, Picture]]) -> None:
            number, (kind, picture) = numbered
            labelling = await self._label(picture)
            found[number] = Outcome(
                kind,
                picture.name,
                labelling.unsupported,
                labelling.low_confidence and not labelling.unsupported,
                dict(labelling.confidence),
            )
            self.progress(len(found), material.count, message)

        await run_bounded(enumerate(material.pictures), label, at_once=self.workers)
        return [found[number] for number in sorted(found)]

    async def _label(self, picture: Picture) -> Labelling:
        known = self.cache.get(picture.sha256)
        [labelling] = await self.labeller.label([picture], [known] if known else [])
        if known is None and labelling.reading is not None and picture.sha256 not in self.cache:
            self.cache.add(picture.sha256, labelling.reading)
        self.last = labelling
        return labelling


@asynccontextmanager
async def open_pool(options: RefusalEvaluation) -> AsyncGenerator[ReadingLabeller, None]:
    """Start sheet workers with one thread each, and stop them at the end."""
    pool = WorkerPool(sheet_worker_spec(threads=1, weights=options.weights), options.workers)
    try:
        yield EmbeddedLabeller(pool, PAGE_TIMEOUT_S)
    finally:
        await pool.close()


def evaluate_refusals(
    options: RefusalEvaluation,
    negatives: Material,
    progress: Progress,
    *,
    sheets: Material | None = None,
    open_labeller: OpenLabeller | None = None,
    readings: ReadingCache | None = None,
) -> RefusalReport:
    """Show every picture to the labeller and count.

    Args:
        options: How to measure.
        negatives: What should be refused, at least one picture.
        progress: Called often.
        sheets: Worksheets under their conditions, which should not be refused.
        open_labeller: Opens another labeller than a pool of sheet workers.
        readings: Instead of `readings.jsonl` in `options.work`.

    Raises:
        ModelError: The weights cannot be used.
        TimeLimitError, WorkerError: A picture could not be labelled.
    """
    cache = open_reading_cache(options.work) if readings is None else readings
    return asyncio.run(_measure(options, negatives, sheets, progress, open_labeller, cache))


async def _measure(
    options: RefusalEvaluation,
    negatives: Material,
    sheets: Material | None,
    progress: Progress,
    open_labeller: OpenLabeller | None,
    cache: ReadingCache,
) -> RefusalReport:
    known = len(cache)
    async with open_labeller() if open_labeller else open_pool(options) as labeller:
        session = _Session(labeller, cache, options.workers, progress)
        strange = await session.show(negatives, "labelling negatives")
        ours = await session.show(sheets, "labelling worksheets in a bad state") if sheets else []
    last = session.last
    assert last is not None  # at least one picture was shown
    labelled = tuple(outcome for outcome in strange if not outcome.refused)
    wrong = Counter(id_ for outcome in labelled for id_ in outcome.labels)
    return RefusalReport(
        labeller=last.labeller,
        model=last.model,
        revision=last.revision,
        reader=cache.reader,
        read_now=len(cache) - known,
        resamples=options.resamples,
        seed=options.seed,
        negatives=count_refusals(strange, options),
        wrong_labels=dict(wrong.most_common()),
        labelled_negatives=labelled,
        sheets=count_refusals(ours) if ours else None,
        refused_sheets=tuple(outcome for outcome in ours if outcome.refused),
    )


def count_refusals(
    outcomes: Sequence[Outcome], options: RefusalEvaluation | None = None
) -> Refusals:
    """Count by kind; with options, the interval of the refused share is found too."""
    kinds = tuple(
        _count_kind(kind, [outcome for outcome in outcomes if outcome.kind == kind])
        for kind in dict.fromkeys(outcome.kind for outcome in outcomes)
    )
    refused = sum(kind.refused for kind in kinds)
    unsure = sum(kind.low_confidence for kind in kinds)
    return Refusals(
        pictures=len(outcomes),
        refused=refused / len(outcomes),
        interval=_find_interval(kinds, options) if options else None,
        low_confidence=unsure / max(1, len(outcomes) - refused),
        kinds=kinds,
    )


def _count_kind(kind: str, outcomes: Sequence[Outcome]) -> KindRefusals:
    refused = sum(outcome.refused for outcome in outcomes)
    unsure = sum(outcome.low_confidence for outcome in outcomes)
    return KindRefusals(kind, len(outcomes), refused, unsure)


def _find_interval(kinds: Sequence[KindRefusals], options: RefusalEvaluation) -> Interval | None:
    bootstrap = ViewBootstrap(len(kinds), resamples=options.resamples, seed=options.seed)
    pictures, refused = (
        bootstrap.draws @ np.asarray(counts, np.float64)
        for counts in ([k.pictures for k in kinds], [k.refused for k in kinds])
    )
    return bootstrap.find_interval(refused / np.maximum(1, pictures))
