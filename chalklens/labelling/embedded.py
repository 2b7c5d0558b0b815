"""The labeller that ships: reads the page, labels the text, needs no download and no GPU.

How it is used:

    worker = WorkerProcess(sheet_worker_spec())
    [labelling] = await EmbeddedLabeller(worker).label([picture])

Labels keep the convention of the training data: a concept and its parent may both be there. What it
leaves out: the work itself, which is done in the sheet worker (`worker.py`), and what the picture
shows beside its text.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalklens.labelling.wire import load_labels
from chalklens.media.wire import pack_picture
from chalklens.reading.wire import dump_reading, load_reading
from chalklens.types import Labelling, Picture, TextReading
from chalklens.workers.process import WorkerProcess, WorkerSpec

LABEL_TIMEOUT_S = 60.0
MAX_THREADS = 2
MAX_WAITING = 64


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
    """A `Labeller` that asks the sheet worker."""

    def __init__(self, worker: WorkerProcess, timeout_s: float = LABEL_TIMEOUT_S) -> None:
        self._worker = worker
        self._timeout_s = timeout_s

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        """Label pictures one after the other, in order.

        Raises:
            TimeLimitError: One picture took longer than the limit.
            ModelError: The weights are missing or damaged.
            WorkerError: The worker died; the next call starts a new one.
        """
        found: list[Labelling] = []
        for picture in pictures:
            fields, blob = pack_picture(picture)
            found.append(await self._ask(fields, [blob]))
        return found

    async def label_reading(self, reading: TextReading) -> Labelling:
        """Label a page that has been read already; raises what `label` raises."""
        return await self._ask({"reading": dump_reading(reading)}, [])

    async def _ask(self, fields: Mapping[str, Any], blobs: Sequence[bytes]) -> Labelling:
        reply = await self._worker.call("label", fields, blobs, timeout_s=self._timeout_s)
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
        )
