"""Takes the labeller apart: what each source, each block of features and each rule is worth.

How it is used: `run_ablation(recipe, progress)` -> one row per variant, also in `metrics.jsonl` and,
as a table, in `ablation.md`. Each variant differs from what ships in one thing and is scored like it,
on whole views left out: heads are fitted again, scores calibrated again, the threshold found again.
Finished folds are kept in the recipe's cache, those of a training run too, and an interrupted
ablation continues with the next one.

What it leaves out: the familiar heads, and anything fitted on `val` or `dev_views`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np

from chalklens.labelling.decision import DecisionRule, find_contradictions
from chalklens.labelling.observations import Encoder
from chalklens.labelling.page_facts import FACT_NAMES
from chalklens.labelling.page_numbers import PageNumbers
from chalklens.labelling.text_layout import measure_layout
from chalklens.reading.cache import ReadingCache
from chalklens.training.labeller.ablation_rows import AblationRow, Outcome, compare, write_table
from chalklens.training.labeller.assembly import Candidate
from chalklens.training.labeller.calibration import (
    THRESHOLDS,
    Flags,
    Floats,
    Judged,
    apply_blend,
    fit_blend,
    measure_micro_f1,
    select_supported,
)
from chalklens.training.labeller.closure import Closure, list_closures
from chalklens.training.labeller.cross_validation import HeldOutScores, Validation
from chalklens.training.labeller.pages import TrainingPages
from chalklens.training.labeller.preparation import Prepared, prepare
from chalklens.training.labeller.sentence_tuning import Tuner, TuningSettings, tune_sentences
from chalklens.training.labeller.settings import LabellerRecipe, Progress
from chalklens.training.labeller.tuned_scores import BESIDE, REPLACED, TunedValidation

AS_SHIPPED = "as shipped"
WITHOUT_NOISE = "rendered sheets without reader noise"
TABLE = "ablation.md"
TUNED_FOLDS = 3
TUNED_NAMES = {
    REPLACED: "with a fine-tuned sentence encoder",
    BESIDE: "with fine-tuned sentence vectors beside the usual ones",
}
LAYOUT_FACTS = frozenset(measure_layout(PageNumbers.parse([])))
Named = tuple[str, Outcome, Outcome]
"""A variant's name, what it made of the pages, and what it is compared with."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Something else to fit: a candidate, and names of facts that are zero on every page."""

    candidate: Candidate
    hidden: frozenset[str] = frozenset()


def list_variants(candidate: Candidate, *, figures: bool) -> dict[str, Variant]:
    """The candidate's one-step neighbours on the same pages, by name.

    Only what the candidate has can be taken away; `figures` tells whether there is a tower.
    """
    blocks = candidate.blocks
    parts = {
        "sentence vector": (blocks.sentence, replace(blocks, sentence=0.0)),
        "facts": (blocks.facts, replace(blocks, facts=0.0)),
        "figures": (blocks.figures * figures, replace(blocks, figures=0.0)),
    }
    variants = {
        f"without {name}": Variant(replace(candidate, blocks=changed))
        for name, (weight, changed) in parts.items()
        if weight
    }
    if blocks.facts:
        variants["without layout facts"] = Variant(candidate, LAYOUT_FACTS)
    if candidate.rendered:
        variants["without rendered sheets"] = Variant(replace(candidate, rendered=0.0))
    return variants


def run_ablation(
    recipe: LabellerRecipe,
    progress: Progress,
    *,
    encoder: Encoder | None = None,
    readings: ReadingCache | None = None,
    tune: Tuner = tune_sentences,
) -> list[AblationRow]:
    """Score every variant; the other arguments and the errors are those of `recipe.train_labeller`.

    Args:
        tune: Instead of fine-tuning MiniLM.
    """

    def prepare_noisy(noise: bool) -> Prepared:
        changed = replace(recipe.candidate, noise=noise)
        own = replace(recipe, candidate=changed)
        return prepare(own, progress, encoder=encoder, readings=readings)

    ablation = Ablation.of(prepare_noisy(recipe.candidate.noise), progress, tune)
    note = describe(recipe)
    rows: list[AblationRow] = []
    for name, ours, reference in ablation.measure(prepare_noisy):
        rows.append(compare(name, ours, reference))
        ablation.prepared.journal.write("ablation", **asdict(rows[-1]))
        write_table(rows, recipe.cache / TABLE, note)
    return rows


def describe(recipe: LabellerRecipe) -> str:
    """What the table says of its figures."""
    return (
        "The general heads alone: micro-F1 with the best threshold on pages of `train` whose whole "
        f"layout was left out ({recipe.folds} folds, seed {recipe.seed}), and with it the rendered "
        "templates that resemble it; only pages all of whose labels the fit could know. Differences "
        "are from what ships, on the same pages, with 95 % intervals over resampled layouts. ECE: "
        "expected calibration error over pairs of at least 0.05."
    )


@dataclass(frozen=True, slots=True)
class Ablation:
    """What the variants have in common.

    Attributes:
        prepared: Pages as they ship.
        matches: What labels say about themselves, (worksheets, labels, MATCHES).
        progress: Told each fold, with the variant's name.
        tune: Fine-tunes a sentence encoder.
    """

    prepared: Prepared
    matches: Floats
    progress: Progress
    tune: Tuner

    @classmethod
    def of(cls, prepared: Prepared, progress: Progress, tune: Tuner) -> "Ablation":
        """Compare the pages with the labels' names and definitions."""
        seen = prepared.worksheets.observed
        matches = prepared.label_texts.match(seen.texts, seen.sentences)
        return cls(prepared, matches, progress, tune)

    def measure(self, prepare_noisy: Callable[[bool], Prepared]) -> Iterator[Named]:
        """Yield what ships, then each variant as soon as it is there."""
        recipe = self.prepared.recipe
        # with the familiar heads, as in a training run, so that its folds are found again
        scores = self._score(AS_SHIPPED, Variant(recipe.candidate), self.prepared, familiar=True)
        shipped = self._judge(scores)
        yield AS_SHIPPED, shipped, shipped
        yield from ((*found, shipped) for found in self._decide_otherwise(scores))
        figures = self.prepared.worksheets.observed.figures.shape[1] > 0
        for name, variant in list_variants(recipe.candidate, figures=figures).items():
            yield name, self._judge(self._score(name, variant, self.prepared)), shipped
        if recipe.candidate.rendered and recipe.candidate.noise:
            clean = prepare_noisy(False)
            found = self._score(WITHOUT_NOISE, Variant(clean.recipe.candidate), clean)
            yield WITHOUT_NOISE, self._judge(found), shipped
        yield from self._tune(scores)

    def _decide_otherwise(self, scores: HeldOutScores) -> Iterator[tuple[str, Outcome]]:
        """What needs no new fit."""
        yield "without label names and definitions", self._judge(scores, matching=False)
        yield "contradictions not resolved", self._judge(scores, contradictions=False)
        for name, closure in list_closures(self.prepared.worksheets.labels).items():
            yield name, self._judge(scores, closure)

    def _tune(self, scores: HeldOutScores) -> Iterator[Named]:
        """The fine-tuned encoder, on fewer folds: each of them tunes its own."""
        recipe, folds = self.prepared.recipe, min(TUNED_FOLDS, self.prepared.recipe.folds)
        validation = TunedValidation(
            worksheets=self.prepared.worksheets,
            rendered=self.prepared.rendered,
            definitions=self.prepared.label_texts.definitions,
            candidate=recipe.candidate,
            settings=recipe.fit_settings,
            folds=recipe.folds,
            store=recipe.cache,
            progress=self.progress,
            tune=self.tune,
            tuning=TuningSettings(seed=recipe.seed),
        )
        where = f" (folds 1 to {folds})"
        same, found = validation.score(scores, folds)
        reference = self._judge(same)
        yield AS_SHIPPED + where, reference, reference
        for way, tuned in found.items():
            yield TUNED_NAMES[way] + where, self._judge(tuned), reference

    def _score(
        self, name: str, variant: Variant, prepared: Prepared, *, familiar: bool = False
    ) -> HeldOutScores:
        """Scores of supported pages of views left out."""
        recipe = prepared.recipe

        def tell(done: int, total: int, message: str) -> None:
            self.progress(done, total, f"{name}: {message}")

        validation = Validation(
            hide_facts(prepared.worksheets, variant.hidden),
            hide_facts(prepared.rendered, variant.hidden),
            recipe.fit_settings,
            recipe.folds,
            recipe.cache,
            tell,
        )
        return select_supported(validation.score_unseen(variant.candidate, familiar=familiar))

    def _judge(
        self,
        scores: HeldOutScores,
        closure: Closure | None = None,
        *,
        matching: bool = True,
        contradictions: bool = True,
    ) -> Outcome:
        """Calibrate scores as the recipe does, and choose labels with the best threshold."""
        pages = self.prepared.worksheets.select(scores.rows)
        matches = self.matches[scores.rows] * np.float32(matching)
        blend = fit_blend(scores.general, matches, pages.targets)
        judged = Judged(apply_blend(blend, scores.general, matches), pages.targets)
        excluded = find_contradictions(pages.labels if contradictions else ())
        close = closure or keep
        threshold = find_threshold(judged, close)
        rule = DecisionRule(pages.labels, threshold, 0.0, excluded)
        return Outcome(judged, close(decide(rule, judged.probabilities)), pages.groups)


def keep(chosen: Flags) -> Flags:
    """The closure that changes nothing."""
    return chosen


def hide_facts(pages: TrainingPages, hidden: Iterable[str]) -> TrainingPages:
    """The same pages with zeros for some facts."""
    facts = pages.observed.facts.copy()
    facts[:, [FACT_NAMES.index(name) for name in hidden]] = 0
    return replace(pages, observed=replace(pages.observed, facts=facts))


def find_threshold(judged: Judged, close: Closure) -> float:
    """The threshold with the best micro-F1 of closed sets."""
    figures = [
        measure_micro_f1(close(judged.probabilities >= threshold), judged.targets)
        for threshold in THRESHOLDS
    ]
    return round(float(THRESHOLDS[int(np.argmax(figures))]), 4)


def decide(rule: DecisionRule, probabilities: Floats) -> Flags:
    """Which labels the rule chooses, (pages, labels)."""
    column = {id_: i for i, id_ in enumerate(rule.labels)}
    chosen = np.zeros(probabilities.shape, np.bool_)
    for row, values in enumerate(probabilities):
        chosen[row, [column[id_] for id_ in rule.choose(values)]] = True
    return chosen
