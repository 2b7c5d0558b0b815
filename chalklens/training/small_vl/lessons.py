# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Everything a run learns from: batches by stage, and those of the views that are left out.

How it is used: `LessonPlan(...)` says from which pages, then `prepare(plan, ...)` cuts the pictures
and gives `Lessons`. What it leaves out: the making of a batch (`batches.py`, `reading_tasks.py`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.training.small_vl.architecture import PixelBounds
from chalklens.training.small_vl.batches import Batch, LabelBatches, Mix, TextNoise, make_targets
from chalklens.training.small_vl.crew import Progress
from chalklens.training.small_vl.pages import CorpusPicture, Page, PictureSource, PictureStore
from chalklens.training.small_vl.painted_pages import PaintedPage
from chalklens.training.small_vl.reading_tasks import ReadingBatches
from chalklens.training.small_vl.schedule import StageName

CLEAN = TextNoise(printed=0.0, clean=1.0)


class Batches(Protocol):
    """A dataset by step number."""

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of a step."""
        ...


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """How pages become batches.

    Attributes:
        stages: The stages of the run.
        pixels, tower_pixels: Of a picture, while labels and while the tower alone are learnt.
        mix, tower_rows: Of a batch in these stages; a batch of the reading stage has `mix.rows`.
        noise: Loss of words and lines.
        seed: Of the batches and the views left out.
        held_out_views: How many views are left out.
        work: Folder for the cut pictures.
        processes: How many cut them.
    """

    stages: Sequence[StageName]
    pixels: PixelBounds
    tower_pixels: PixelBounds
    mix: Mix
    tower_rows: int
    noise: TextNoise
    seed: int
    held_out_views: int
    work: Path
    processes: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """Everything to learn from.

    Attributes:
        processor: Of the model.
        labels: Ids the head knows, sorted.
        pages: The pages learnt from.
        stages: Batches by stage.
        held_out: Batches of views that are left out, without noise; None without such views.
    """

    processor: Any
    labels: tuple[str, ...]
    pages: Sequence[Page]
    stages: dict[StageName, Batches]
    held_out: Batches | None

    def frequencies(self) -> torch.Tensor:
        """Share of the pages with each label, (labels,)."""
        columns = {id_: column for column, id_ in enumerate(self.labels)}
        return make_targets(self.pages, columns).mean(0)


class LessonMaker:
    """Makes the batches of a plan from the pages of a corpus."""

    def __init__(
        self,
        plan: LessonPlan,
        corpus: Corpus,
        sheets: Sequence[Worksheet],
        pages: Sequence[Page],
        processor: Any,
        progress: Progress,
        painted: Sequence[PaintedPage] = (),
    ) -> None:
        """Take worksheets and their pages in the same order, and pages that we drew."""
        self._plan, self._corpus, self._progress = plan, corpus, progress
        self._sheets, self._pages, self._processor = sheets, pages, processor
        self._painted = painted
        every = [*pages, *(one.page for one in painted)]
        self._labels = tuple(sorted({id_ for page in every for id_ in page.ids}))

    def prepare(self) -> Lessons:
        """Divide the views and cut the pictures.

        Raises:
            InputError: A picture is missing, or there are too many.
        """
        left = self._draw_views()
        inside = [i for i, page in enumerate(self._pages) if page.view not in left]
        outside = [i for i, page in enumerate(self._pages) if page.view in left]
        return Lessons(
            self._processor,
            self._labels,
            [*(self._pages[i] for i in inside), *(one.page for one in self._painted)],
            {
                name: self._make(name, inside, self._painted, self._plan.noise)
                for name in self._plan.stages
            },
            self._make("labels", outside, (), CLEAN) if outside else None,
        )

    def _draw_views(self) -> set[str]:
        views = sorted({page.view for page in self._pages})
        count = min(self._plan.held_out_views, len(views) - 1)
        return set(random.Random(self._plan.seed).sample(views, count))

    def _make(
        self,
        name: StageName,
        rows: Sequence[int],
        painted: Sequence[PaintedPage],
        noise: TextNoise,
    ) -> Batches:
        plan, folder = self._plan, self._corpus.folder
        sheets = [self._sheets[row] for row in rows]
        pages = [*(self._pages[row] for row in rows), *(one.page for one in painted)]
        if name == "reading":
            return ReadingBatches(folder, sheets, pages, self._processor, plan.mix.rows, plan.seed)
        tower = name == "tower"
        pixels = plan.tower_pixels if tower else plan.pixels
        sources: list[PictureSource] = [CorpusPicture(folder, sheet) for sheet in sheets]
        sources += [one.picture for one in painted]
        pictures = PictureStore.open(
            plan.work, sources, self._processor, pixels, self._progress, plan.processes
        )
        mix = Mix(0, 1, 0, plan.tower_rows, plan.tower_rows) if tower else plan.mix
        tokenizer = self._processor.tokenizer
        return LabelBatches(pages, pictures, tokenizer, self._labels, mix, noise, plan.seed)
