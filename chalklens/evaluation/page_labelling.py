"""A labeller put to work on the pages of a split: labels, times, memory.

How it is used:

    async with open_embedded(weights) as subject:
        labelled = await label_pages(subject, split, readings, progress)

With readings (the embedded labeller) every page is labelled from its picture and the text that was
read on it; a sample, spread evenly over the split, is then labelled from the file alone, and that is
timed. Without readings (an engine) all pages are labelled from their files and timed. What it leaves
out: scoring.
"""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from chalklens.evaluation.splits import Split
from chalklens.labelling.corpus import Worksheet
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.protocols import Labeller
from chalklens.types import Labelling, TextReading
from chalklens.workers.process import WorkerProcess

Progress = Callable[[int, int, str], None]

MAX_TIMED_PAGES = 60
PAGE_TIMEOUT_S = 600.0
"""Longer than a user waits: on a busy machine a run over hundreds of pages must not end for one."""
P95 = 94


@dataclass(frozen=True, slots=True)
class Subject:
    """A labeller to be measured, and how to find the process that does its work."""

    labeller: Labeller
    find_pid: Callable[[], int | None]


OpenSubject = Callable[[], AbstractAsyncContextManager[Subject]]


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from file to labels, one page at a time, models loaded.

    Attributes:
        pages: How many were timed.
        median_s, p95_s: Over these pages.
    """

    pages: int
    median_s: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class LabelledPages:
    """What a labeller said about a split.

    Attributes:
        labellings: One per page, in order.
        latency: Decoding, reading and labelling.
        same_labels: Share of the timed pages that got the same labels from the file alone as with
            the reading made before; 1 when there was none.
        peak_bytes: Largest resident size the worker ever had, None where the system does not tell.
    """

    labellings: tuple[Labelling, ...]
    latency: Latency
    same_labels: float
    peak_bytes: int | None


@asynccontextmanager
async def open_embedded(weights: Path | None) -> AsyncGenerator[Subject, None]:
    """Start a sheet worker for the weights that ship, or others, and stop it at the end."""
    worker = WorkerProcess(sheet_worker_spec(weights=weights))
    try:
        yield Subject(EmbeddedLabeller(worker, PAGE_TIMEOUT_S), lambda: worker.pid)
    finally:
        await worker.close()


async def label_pages(
    subject: Subject,
    split: Split,
    readings: Sequence[TextReading] | None,
    progress: Progress,
) -> LabelledPages:
    """Label every page, and time some or all.

    Raises:
        InputError: A picture is missing.
        ModelError: The weights, or the model, cannot be used.
        TimeLimitError, WorkerError: A page could not be labelled.
    """
    await _label_file(subject, split, split.sheets[0])  # loads the models, is not timed
    if readings is None:
        found, seconds = await _label_files(subject, split, split.sheets, progress)
        same = 1.0
    else:
        found = await _label_readings(subject, split, readings, progress)
        sample = spread(len(found), MAX_TIMED_PAGES)
        sheets = [split.sheets[i] for i in sample]
        again, seconds = await _label_files(subject, split, sheets, progress)
        pairs = zip(sample, again, strict=True)
        same = sum(found[i].labels == labelling.labels for i, labelling in pairs) / len(sample)
    peak = read_peak_bytes(subject.find_pid())
    return LabelledPages(tuple(found), summarize_times(seconds), same, peak)


async def _label_readings(
    subject: Subject, split: Split, readings: Sequence[TextReading], progress: Progress
) -> list[Labelling]:
    assert isinstance(subject.labeller, EmbeddedLabeller)
    found: list[Labelling] = []
    for sheet, reading in zip(split.sheets, readings, strict=True):
        picture = split.corpus.load(sheet)
        found += await subject.labeller.label([picture], readings=[reading])
        progress(len(found), len(readings), "labelling")
    return found


async def _label_files(
    subject: Subject, split: Split, sheets: Sequence[Worksheet], progress: Progress
) -> tuple[list[Labelling], list[float]]:
    found: list[Labelling] = []
    seconds: list[float] = []
    for sheet in sheets:
        start = time.perf_counter()
        found.append(await _label_file(subject, split, sheet))
        seconds.append(time.perf_counter() - start)
        progress(len(found), len(sheets), "labelling from files")
    return found, seconds


async def _label_file(subject: Subject, split: Split, sheet: Worksheet) -> Labelling:
    [labelling] = await subject.labeller.label([split.corpus.load(sheet)])
    return labelling


def spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` of `count` positions, evenly spread, without doubles."""
    chosen = min(count, wanted)
    return [i * count // chosen for i in range(chosen)]


def summarize_times(seconds: Sequence[float]) -> Latency:
    """Median and 95th percentile."""
    ranked = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [*seconds] * 99
    return Latency(len(seconds), median(seconds), ranked[P95])


def read_peak_bytes(pid: int | None) -> int | None:
    """Return the peak resident size of a process that still runs (Linux: VmHWM)."""
    status = Path(f"/proc/{pid}/status")
    if pid is None or not status.is_file():
        return None
    for line in status.read_text("ascii", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
