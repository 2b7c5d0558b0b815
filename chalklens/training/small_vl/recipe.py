# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""`chalklens train small-vl`: from labelled pictures to a small Qwen3-VL the ordinary engine loads.

How it is used: `train_small_vl(SmallVLRecipe(data, out, work, minutes=45), progress)`. Stages: read
the pictures, train the tokenizer, cut the pictures into patches, learn, save. Readings, patches and
a checkpoint are kept in `work`: run it again after an interruption and it continues. `val` and
`dev_views` are not opened. Nothing but `train` and pages of our own renderer is learnt from, and no
weights of others are used.

What it leaves out: scoring. The folder is scored as any other model (`EngineLabeller`); the sigmoid
head beside it by `label_head.py`.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError
from chalklens.labelling.by_engine import PROMPT, SMALL_MODEL, prompt_with_text
from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets
from chalklens.reading.cache import ReadingCache
from chalklens.training.devices import choose_device
from chalklens.training.journal import Journal
from chalklens.training.small_vl.architecture import (
    SIZES,
    PixelBounds,
    build_model,
    build_processor,
    save_folder,
    speed_up_vision,
)
from chalklens.training.small_vl.batches import Mix, TextNoise
from chalklens.training.small_vl.crew import Progress
from chalklens.training.small_vl.label_head import HEAD_FILE
from chalklens.training.small_vl.learner import LabelHeads, Learner, Optimization
from chalklens.training.small_vl.lessons import LessonMaker, LessonPlan, Lessons
from chalklens.training.small_vl.loss_plot import write_plot
from chalklens.training.small_vl.pages import Page, collect_pages
from chalklens.training.small_vl.painted_pages import PaintedPage, paint_pages
from chalklens.training.small_vl.run import Run
from chalklens.training.small_vl.schedule import Schedule, Stage
from chalklens.training.small_vl.vocabulary import train_tokenizer

PIXELS = PixelBounds(64 * 1024, 80 * 1024)
TOWER_PIXELS = PixelBounds(16 * 1024, 32 * 1024)
STAGES = {
    "tiny": (Stage("tower", 0.2), Stage("labels", 0.8)),
    "small": (Stage("tower", 0.3), Stage("labels", 0.7)),
    "large": (Stage("reading", 0.4), Stage("labels", 0.6)),
}
RENDERED = {"tiny": 0, "small": 0, "large": 8000}
"""Pages of our own renderer. A CPU has no time for more pages than the corpus has."""


@dataclass(frozen=True, slots=True)
class Batching:
    """What the steps hold.

    Attributes:
        mix: Of the stages `labels` and, for its rows, `reading`.
        tower_rows: Pages of a batch while the tower learns alone.
    """

    mix: Mix
    tower_rows: int


# Text costs a fifth of a picture and teaches most of what a CPU has time for.
ON_CPU = Batching(Mix(both=0.3, picture=0.1, text=0.6, rows=16, text_rows=32), tower_rows=64)
ON_GPU = Batching(Mix(both=0.6, picture=0.2, text=0.2, rows=128, text_rows=256), tower_rows=256)
BATCHES = {"tiny": ON_CPU, "small": ON_CPU, "large": ON_GPU}


@dataclass(frozen=True, slots=True)
class SmallVLRecipe:
    """All there is to set.

    Attributes:
        data: Corpus folder (see `labelling/corpus.py`) with a `train` split.
        out: Folder for the model. Its name must hold `small-vl`, by which the engine's labeller
            knows that it takes read text, and `edugraph`, by which `auto` knows that it labels.
        work: Folder for readings, patches, checkpoint, `metrics.jsonl` and `losses.svg`.
        size: One of `SIZES`; its stages are `STAGES` unless `stages` says otherwise.
        steps, minutes: How long to learn; exactly one.
        seed: Of the first weights, the batches and the views held out.
        device: `auto` takes a GPU when there is one; bfloat16 where the device computes with it.
        threads: CPU threads of the training process; 0 leaves torch's choice.
        vocabulary: Tokens of the BPE; concepts and the answer's brackets come on top.
        pixels: Of a picture; the upper bound is stored in the model's processor.
        tower_pixels: Of a picture while the tower learns alone.
        batches: What the steps hold; None takes that of the size.
        noise: Loss of words and lines.
        optimization: AdamW, rates, weights of the losses.
        stages: Parts of the run; None takes those of the size.
        rendered: Pages drawn by our renderer and learnt beside the corpus; None takes that of the
            size. Their fonts come with the extra `train`.
        held_out_views: Views that are left out and measured during the run; 0 learns from all.
        checkpoint_s, log_steps: Seconds between checkpoints, steps between rows of the log.
        readers: Processes that read, draw and cut pictures.
        loaders: Processes that make batches; 0 makes them between the steps.
    """

    data: Path
    out: Path
    work: Path
    size: str = "small"
    steps: int | None = None
    minutes: float | None = None
    seed: int = 0
    device: str = "auto"
    threads: int = 0
    vocabulary: int = 2048
    pixels: PixelBounds = PIXELS
    tower_pixels: PixelBounds = TOWER_PIXELS
    batches: Batching | None = None
    noise: TextNoise = field(default_factory=TextNoise)
    optimization: Optimization = field(default_factory=Optimization)
    stages: tuple[Stage, ...] | None = None
    rendered: int | None = None
    held_out_views: int = 0
    checkpoint_s: float = 120.0
    log_steps: int = 20
    readers: int = 2
    loaders: int = 0

    def __post_init__(self) -> None:
        """Refuse what would only fail after a long time.

        Raises:
            InputError: Unknown size, or a folder name by which the model is not known later.
        """
        if self.size not in SIZES:
            raise InputError(f"There is no size {self.size!r}.", f"Use one of {', '.join(SIZES)}.")
        if SMALL_MODEL not in self.out.name or "edugraph" not in self.out.name:
            raise InputError(
                f"The folder {self.out.name!r} does not say what the model is.",
                f"Name it like edugraph-{SMALL_MODEL}: both words are looked for when it is used.",
            )

    def schedule(self) -> Schedule:
        """Stages over steps or minutes."""
        return Schedule(self.stages or STAGES[self.size], self.steps, self.minutes)

    @property
    def batching(self) -> Batching:
        """What the steps hold."""
        return self.batches or BATCHES[self.size]

    @property
    def painted(self) -> int:
        """Pages of our own renderer."""
        return RENDERED[self.size] if self.rendered is None else self.rendered

    def lesson_plan(self) -> LessonPlan:
        """How pages become batches."""
        return LessonPlan(
            stages=[stage.name for stage in self.schedule().stages],
            pixels=self.pixels,
            tower_pixels=self.tower_pixels,
            mix=self.batching.mix,
            tower_rows=self.batching.tower_rows,
            noise=self.noise,
            seed=self.seed,
            held_out_views=self.held_out_views,
            work=self.work,
            processes=self.readers,
        )

    def facts(self) -> dict[str, Any]:
        """Every number, without folders and without what does not change the result."""
        left_out = ("data", "out", "work", "device", "threads", "checkpoint_s", "log_steps")
        return {
            **{k: v for k, v in asdict(self).items() if k not in (*left_out, "readers", "loaders")},
            "model": asdict(SIZES[self.size]),
            "batches": asdict(self.batching),
            "rendered": self.painted,
            "stages": [asdict(stage) for stage in self.schedule().stages],
        }


@dataclass(frozen=True, slots=True)
class TrainedSmallVL:
    """What a run gives: the folder, the parameters of the model, steps and seconds of learning."""

    folder: Path
    parameters: int
    steps: int
    seconds: float


def train_small_vl(
    recipe: SmallVLRecipe, progress: Progress, *, readings: ReadingCache | None = None
) -> TrainedSmallVL:
    """Run the whole recipe.

    Args:
        recipe: What to train on, and how.
        progress: Called often.
        readings: Instead of the work folder's `readings.jsonl`.

    Raises:
        InputError: The corpus is incomplete, or `work` belongs to another recipe.
        TimeLimitError, WorkerError: A picture could not be read.
    """
    schedule, began = recipe.schedule(), time.monotonic()
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    journal = Journal(recipe.work / "metrics.jsonl")
    corpus = Corpus(recipe.data)
    try:
        sheets = corpus.worksheets("train")
        cache = readings or open_reading_cache(recipe.work)
        found = read_worksheets(corpus, sheets, cache, progress, readers=recipe.readers)
        pages = collect_pages(sheets, found)
        painted = paint_pages(recipe.painted, recipe.seed, recipe.readers, progress)
        lessons = _prepare(recipe, corpus, sheets, pages, painted, progress)
    finally:
        corpus.close()
    learner = _make_learner(recipe, lessons)
    fingerprint = _fingerprint(recipe, [*pages, *(one.page for one in painted)])
    prepared_s = round(time.monotonic() - began, 1)
    journal.write("prepared", pages=len(pages), rendered=len(painted), seconds=prepared_s)
    run = Run(recipe.work, learner, schedule, lessons, journal, fingerprint)
    state = run.learn(progress, recipe.checkpoint_s, recipe.log_steps, recipe.loaders)
    write_plot(journal.file, recipe.work / "losses.svg")
    _save(recipe, learner, lessons)
    parameters = sum(p.numel() for p in learner.model.parameters())
    facts = {**asdict(state), **learner.memory()}
    journal.write("saved", folder=recipe.out.name, parameters=parameters, **facts)
    return TrainedSmallVL(recipe.out, parameters, state.step, state.seconds)


def _prepare(
    recipe: SmallVLRecipe,
    corpus: Corpus,
    sheets: Sequence[Worksheet],
    pages: Sequence[Page],
    painted: Sequence[PaintedPage],
    progress: Progress,
) -> Lessons:
    ontology = Ontology.load()
    every = [*pages, *(one.page for one in painted)]
    _check_labels(every, ontology)
    texts = [PROMPT]
    for page in every:
        texts += [prompt_with_text(" ".join(page.read)), *page.printed]
    tokenizer = train_tokenizer(texts, ontology.concepts, recipe.vocabulary)
    processor = build_processor(tokenizer, recipe.pixels)
    plan = recipe.lesson_plan()
    return LessonMaker(plan, corpus, sheets, pages, processor, progress, painted).prepare()


def _check_labels(pages: Sequence[Page], ontology: Ontology) -> None:
    unknown = sorted({id_ for page in pages for id_ in page.ids if id_ not in ontology})
    if unknown:
        raise InputError(
            f"{len(unknown)} labels are no concepts of EduGraph {ontology.version}, "
            f"among them {unknown[0]!r}.",
            "Map older labels to that release first.",
        )


def _make_learner(recipe: SmallVLRecipe, lessons: Lessons) -> Learner:
    device = choose_device(recipe.device)
    model = build_model(SIZES[recipe.size], lessons.processor.tokenizer, recipe.seed)
    speed_up_vision(model)
    heads = LabelHeads(SIZES[recipe.size].hidden, lessons.frequencies())
    return Learner(model, heads, recipe.optimization, device)


def _save(recipe: SmallVLRecipe, learner: Learner, lessons: Lessons) -> None:
    save_folder(recipe.out, learner.model, lessons.processor)
    head = learner.heads.prompt
    tensors = {"weight": head.weight.detach().cpu(), "bias": head.bias.detach().cpu()}
    save_file(tensors, recipe.out / HEAD_FILE, {"labels": json.dumps(lessons.labels)})
    facts = json.dumps(recipe.facts(), indent=1)
    (recipe.out / "training.json").write_text(facts + "\n", "utf-8")


def _fingerprint(recipe: SmallVLRecipe, pages: Sequence[Page]) -> str:
    content = json.dumps([recipe.facts(), [asdict(page) for page in pages]], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
