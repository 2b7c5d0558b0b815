# pyright: reportMissingTypeStubs=false
"""Takes the labeller apart: what each block of features and each source of pages is worth.

How it is used: `run_ablation(recipe, progress)` -> one row per variant, also in `metrics.jsonl`. Each
variant differs from the recipe's candidate in one thing and is scored like it, on whole views left
out. What it leaves out: the familiar heads, and anything fitted on `val` or `dev_views`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.special import expit

from chalklens.labelling.decision import DecisionRule, find_contradictions
from chalklens.labelling.observations import Encoder
from chalklens.reading.cache import ReadingCache
from chalklens.training.labeller.assembly import Candidate
from chalklens.training.labeller.calibration import (
    Flags,
    Floats,
    Judged,
    fit_sigmoid,
    measure_calibration_error,
    measure_micro_f1,
    pick_threshold,
    select_supported,
)
from chalklens.training.labeller.cross_validation import Validation
from chalklens.training.labeller.preparation import Prepared, prepare
from chalklens.training.labeller.settings import LabellerRecipe, Progress

AS_SHIPPED = "as shipped"


@dataclass(frozen=True, slots=True)
class AblationRow:
    """One variant on supported pages of views left out, similar templates left out with them.

    Attributes:
        name: What is different.
        micro_f1: Of the general heads with their best threshold.
        error: Their calibration error.
    """

    name: str
    micro_f1: float
    error: float


def list_variants(candidate: Candidate) -> dict[str, Candidate]:
    """The candidate and its one-step neighbours, by name."""
    blocks = candidate.blocks
    toggled = {"facts": 0.3, "figures": 0.5}
    variants = {
        AS_SHIPPED: candidate,
        "without rendered sheets": replace(candidate, rendered=0.0),
        "rendered sheets without reader noise": replace(candidate, noise=False),
        "without sentence vector": replace(candidate, blocks=replace(blocks, sentence=0.0)),
    }
    for block, usual in toggled.items():
        weight = getattr(blocks, block)
        name = f"without {block}" if weight else f"with {block}"
        changed = replace(blocks, **{block: 0.0 if weight else usual})
        variants[name] = replace(candidate, blocks=changed)
    return variants


def run_ablation(
    recipe: LabellerRecipe,
    progress: Progress,
    *,
    encoder: Encoder | None = None,
    readings: ReadingCache | None = None,
) -> list[AblationRow]:
    """Score every variant; arguments and errors as of `recipe.train_labeller`."""
    prepared: dict[bool, Prepared] = {}
    rows: list[AblationRow] = []
    for name, candidate in list_variants(recipe.candidate).items():
        if candidate.noise not in prepared:
            own = replace(recipe, candidate=candidate)
            prepared[candidate.noise] = prepare(own, progress, encoder=encoder, readings=readings)
        rows += _score(prepared[candidate.noise], name, candidate, progress)
    return rows


def _score(
    prepared: Prepared, name: str, candidate: Candidate, progress: Progress
) -> list[AblationRow]:
    judged = _judge(prepared, candidate, progress)
    threshold = pick_threshold(judged)
    figure = measure_micro_f1(judged.probabilities >= threshold, judged.targets)
    rows = [AblationRow(name, figure, measure_calibration_error(judged))]
    if name == AS_SHIPPED:
        labels = prepared.worksheets.labels
        rule = DecisionRule(labels, threshold, 0.0, find_contradictions(labels))
        figure = measure_micro_f1(_decide(rule, judged.probabilities), judged.targets)
        rows.append(replace(rows[0], name="with contradictions resolved", micro_f1=figure))
    for row in rows:
        prepared.journal.write("ablation", **asdict(row))
    return rows


def _judge(prepared: Prepared, candidate: Candidate, progress: Progress) -> Judged:
    """Calibrated probabilities of the general heads on supported pages of views left out."""
    recipe = prepared.recipe
    validation = Validation(
        prepared.worksheets,
        prepared.rendered,
        recipe.fit_settings,
        recipe.folds,
        recipe.cache,
        progress,
    )
    scores = select_supported(validation.score_unseen(candidate, familiar=False))
    targets = prepared.worksheets.targets[scores.rows]
    slope, shift = fit_sigmoid(scores.general, targets)
    return Judged(expit(slope * scores.general + shift).astype(np.float32), targets)


def _decide(rule: DecisionRule, probabilities: Floats) -> Flags:
    """Which labels the rule chooses, (pages, labels)."""
    column: Mapping[str, int] = {id_: i for i, id_ in enumerate(rule.labels)}
    chosen = np.zeros(probabilities.shape, np.bool_)
    for row, values in enumerate(probabilities):
        chosen[row, [column[id_] for id_ in rule.choose(values)]] = True
    return chosen
