# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The stages before any fit: read, render, train the figure tower, observe.

How it is used: `prepare(recipe, progress)` -> `Prepared`, with everything kept in the recipe's cache
on the way. What it leaves out: fitting and choosing.
"""

from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.label_texts import LabelTexts
from chalklens.labelling.observations import Encoder, FigureFinder, Observer
from chalklens.reading.cache import ReadingCache
from chalklens.training.journal import Journal
from chalklens.training.labeller.observing import ObservationStore, PageSource
from chalklens.training.labeller.pages import TrainingPages, mark_labels
from chalklens.training.labeller.rendered import render_sources
from chalklens.training.labeller.settings import LabellerRecipe, Progress
from chalklens.training.worksheets.sources import hash_sources
from chalklens.types import TextReading

OTHER_SHEETS = 5
"""Added to the seed: the tower learns from other sheets than the heads, or it would flatter itself."""
PASSES = 7


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that fits and the gate need.

    Attributes:
        recipe: What was asked for.
        journal: The metrics log.
        observer: Encoder and figure tower.
        corpus: For pictures; whoever loads some closes it.
        sheets: Rows of `train`.
        readings: What was read on them.
        cached: The reading cache, for negatives too.
        worksheets: Observations and labels of `sheets`.
        rendered: The same of rendered sheets.
        label_texts: Names and definitions of the labels.
    """

    recipe: LabellerRecipe
    journal: Journal
    observer: Observer
    corpus: Corpus
    sheets: list[Worksheet]
    readings: list[TextReading]
    cached: ReadingCache
    worksheets: TrainingPages
    rendered: TrainingPages
    label_texts: LabelTexts

    def facts(self) -> dict[str, Any]:
        """What the weights' config says about their making."""
        return {
            "seed": self.recipe.seed,
            "folds": self.recipe.folds,
            "worksheets": len(self.worksheets),
            "rendered": len(self.rendered),
            "templates": len(set(self.rendered.groups)),
            "candidate": asdict(self.recipe.candidate),
        }


def prepare(
    recipe: LabellerRecipe,
    progress: Progress,
    *,
    encoder: Encoder | None = None,
    readings: ReadingCache | None = None,
) -> Prepared:
    """Run the stages; arguments and errors as of `recipe.train_labeller`."""
    journal = Journal(recipe.cache / "metrics.jsonl")
    cache = open_reading_cache(recipe.cache) if readings is None else readings
    with closing(Corpus(recipe.data)) as corpus:
        sheets, read = _read(recipe, corpus, cache, progress, journal)
        tower = train_or_load_tower(recipe, progress, journal)
        observer = Observer(encoder or SentenceEncoder.load(), tower)
        version = f"{recipe.tower_pages}-{recipe.seed}-{hash_sources()}"
        store = ObservationStore(recipe.cache, observer, version)
        labels = tuple(sorted({id_ for sheet in sheets for id_ in sheet.labels}))
        worksheets = _observe_worksheets(corpus, sheets, read, labels, store, progress)
    rendered = _observe_rendered(recipe, labels, store, progress)
    journal.write("rendered", pages=len(rendered), templates=len(set(rendered.groups)))
    return Prepared(
        recipe,
        journal,
        observer,
        corpus,
        sheets,
        read,
        cache,
        worksheets,
        rendered,
        LabelTexts.build(labels, observer.encoder),
    )


def train_or_load_tower(
    recipe: LabellerRecipe, progress: Progress, journal: Journal
) -> FigureFinder | None:
    """Train the figure tower, unless the recipe has none or the cache has it."""
    if not recipe.tower_pages:
        return None
    from chalklens.labelling.figure_tower import FigureTower
    from chalklens.training.labeller.figure_training import FigureSettings, train_tower

    seed = recipe.seed + OTHER_SHEETS
    settings = FigureSettings(recipe.cache, sheets=recipe.tower_pages, passes=PASSES, seed=seed)
    trained = train_tower(settings, progress)
    journal.write("tower", passes=PASSES, losses=trained.losses)
    return FigureTower.from_arrays(trained.arrays, trained.kinds)


def _read(
    recipe: LabellerRecipe,
    corpus: Corpus,
    cache: ReadingCache,
    progress: Progress,
    journal: Journal,
) -> tuple[list[Worksheet], list[TextReading]]:
    sheets = corpus.worksheets("train")
    views = {sheet.view for sheet in sheets}
    if len(views) < recipe.folds:
        raise InputError(
            f"train.jsonl has {len(views)} views, too few for {recipe.folds} folds.",
            "Name fewer --folds, or add worksheets of other views.",
        )
    known = len(cache)
    readings = read_worksheets(corpus, sheets, cache, progress, readers=recipe.readers)
    now = len(cache) - known
    journal.write("read", reader=cache.reader, pages=len(sheets), views=len(views), read_now=now)
    return sheets, readings


def _observe_worksheets(
    corpus: Corpus,
    sheets: list[Worksheet],
    readings: list[TextReading],
    labels: tuple[str, ...],
    store: ObservationStore,
    progress: Progress,
) -> TrainingPages:
    def source(sheet: Worksheet, reading: TextReading) -> PageSource:
        return PageSource(corpus.sha256(sheet), reading, partial(corpus.load, sheet))

    sources = [source(*pair) for pair in zip(sheets, readings, strict=True)]
    return TrainingPages(
        store.observe(sources, progress),
        mark_labels([sheet.labels for sheet in sheets], labels),
        labels,
        tuple(sheet.view for sheet in sheets),
        tuple(sheet.pair for sheet in sheets),
    )


def _observe_rendered(
    recipe: LabellerRecipe, labels: tuple[str, ...], store: ObservationStore, progress: Progress
) -> TrainingPages:
    noise, names = recipe.candidate.noise, recipe.templates
    made = list(render_sources(recipe.rendered, recipe.seed, noise=noise, templates=names))
    return TrainingPages(
        store.observe([page.source for page in made], progress),
        mark_labels([page.labels for page in made], labels),
        labels,
        tuple(page.template for page in made),
        tuple(page.source.key for page in made),
    )
