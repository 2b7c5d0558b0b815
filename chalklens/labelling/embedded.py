"""The labeller that ships: reads the page, labels the text, needs no download and no GPU.

How it is used:

    sheets = WorkerPool(sheet_worker_spec(), size=2)        # or one WorkerProcess
    [labelling] = await EmbeddedLabeller(sheets).label([picture])

Labels keep the convention of the training data: a concept and its parent may both be there. What it
leaves out: the work itself, which is done in the sheet worker (`worker.py`).
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalklens.labelling.wire import load_labels
from chalklens.media.wire import pack_picture
from chalklens.reading.wire import dump_reading, load_reading
from chalklens.types import Labelling, Picture, TextReading
from chalklens.workers.pool import Caller, WorkerPool
from chalklens.workers.process import WorkerSpec

LABEL_TIMEOUT_S = 60.0
MAX_THREADS = 2
MAX_WAITING = 64

Question = tuple[Picture, TextReading | None]


def sheet_worker_spec(*, threads: int = MAX_THREADS, weights: Path | None = None) -> WorkerSpec:
    """Describe the sheet worker.

    Args:
        threads: For reading pictures; more than two make a page no faster.
        weights: Folder written by `chalklens train labeller`; None takes what ships.
    """
    count = str(max(1, min(threads, os.cpu_count() or 1)))
    environment = {
        "CHALKLENS_SHEET_THREADS": count,
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": "1",  # its threads spin too, and a page of text is small
        "OMP_WAIT_POLICY": "passive",  # threads that spin while waiting slow the server down
        "MALLOC_ARENA_MAX": "2",  # fewer heaps to hold freed memory
        "TOKENIZERS_PARALLELISM": "false",
    }
    if weights is not None:
        environment["CHALKLENS_LABELLER_WEIGHTS"] = str(weights.resolve())
    target = "chalklens.labelling.worker:serve"
    return WorkerSpec("sheet", target, environment, max_waiting=MAX_WAITING)


class EmbeddedLabeller:
    """A `Labeller` that asks the sheet worker, or a pool of them."""

    def __init__(self, worker: Caller, timeout_s: float = LABEL_TIMEOUT_S) -> None:
        """Take a worker; `timeout_s` is for each picture."""
        self._worker = worker
        self._timeout_s = timeout_s
        self._at_once = len(worker.workers) if isinstance(worker, WorkerPool) else 1

    async def label(
        self, pictures: Sequence[Picture], readings: Sequence[TextReading] = ()
    ) -> list[Labelling]:
        """Return one labelling per picture, in order; a pool labels as many at once as it has workers.

        Args:
            pictures: What to label.
            readings: What was read on each before; none lets the worker read them.

        Raises:
            TimeLimitError: One picture took longer than the limit.
            ModelError: The weights are missing or damaged.
            BusyError: Too many calls of others wait already.
            WorkerError: The worker died; the next call starts a new one.
        """
        questions = list(zip(pictures, readings or [None] * len(pictures), strict=True))
        waiting, found = iter(enumerate(questions)), dict[int, Labelling]()
        tasks = [
            asyncio.create_task(self._answer_some(waiting, found))
            for _ in range(min(self._at_once, len(questions)))
        ]
        try:
            await asyncio.gather(*tasks)
        finally:  # after an error the others have nobody to answer to
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return [found[i] for i in range(len(questions))]

    async def _answer_some(
        self, waiting: Iterator[tuple[int, Question]], found: dict[int, Labelling]
    ) -> None:
        """Take questions from the shared iterator until it is empty."""
        for i, question in waiting:
            found[i] = await self._ask(*question)

    async def _ask(self, picture: Picture, reading: TextReading | None) -> Labelling:
        fields, blob = pack_picture(picture)
        if reading is not None:
            fields = {**fields, "reading": dump_reading(reading)}
        reply = await self._worker.call("label", fields, [blob], timeout_s=self._timeout_s)
        found = load_labels(reply.fields["labels"])
        return Labelling(
            labels=found.labels,
            confidence=found.confidence,
            labeller="embedded",
            model=reply.fields["model"],
            revision=reply.fields["revision"],
            ontology=reply.fields["ontology"],
            unsupported=found.unsupported,
            low_confidence=found.low_confidence,
            reading=load_reading(reply.fields["reading"]),
            probabilities=found.probabilities,
            evidence=found.evidence,
        )
