"""The labeller taken apart."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chalklens.labelling.decision import DecisionRule
from chalklens.labelling.features import BlockWeights
from chalklens.labelling.page_facts import FACT_NAMES
from chalklens.training.labeller.ablation import (
    LAYOUT_FACTS,
    Variant,
    decide,
    find_threshold,
    hide_facts,
    keep,
    list_variants,
    run_ablation,
)
from chalklens.training.labeller.ablation_rows import AblationRow
from chalklens.training.labeller.assembly import Candidate
from chalklens.training.labeller.calibration import Judged, pick_threshold
from chalklens.training.labeller.pages import TrainingPages
from chalklens.training.labeller.sentence_tuning import TuningSettings
from chalklens.training.labeller.settings import Progress
from tests.chalklens.labelling.sheets import LetterEncoder, SmallCorpus, write_corpus
from tests.chalklens.training.labeller.small_pages import ignore, make_worksheets
from tests.chalklens.training.labeller.small_recipe import recipe_for

SHIPPED = Candidate(blocks=BlockWeights(facts=0.3, figures=0.5))
NAMES = [
    "as shipped",
    "without label names and definitions",
    "contradictions not resolved",
    "implied labels added",
    "ancestors added",
    "ancestors dropped",
    "without sentence vector",
    "without facts",
    "without layout facts",
    "without rendered sheets",
    "rendered sheets without reader noise",
    "as shipped (folds 1 to 2)",
    "with a fine-tuned sentence encoder (folds 1 to 2)",
    "with fine-tuned sentence vectors beside the usual ones (folds 1 to 2)",
]


def encode_late_letters(
    pages: TrainingPages,
    definitions: NDArray[np.float32],
    asked: Sequence[str],
    progress: Progress,
    settings: TuningSettings,
) -> NDArray[np.float32]:
    """Stands for fine-tuning, which takes minutes."""
    return LetterEncoder().encode([text[12:] for text in asked])


def test_every_variant_differs_in_one_thing() -> None:
    blocks = SHIPPED.blocks
    assert list_variants(SHIPPED, figures=True) == {
        "without sentence vector": Variant(replace(SHIPPED, blocks=replace(blocks, sentence=0.0))),
        "without facts": Variant(replace(SHIPPED, blocks=replace(blocks, facts=0.0))),
        "without figures": Variant(replace(SHIPPED, blocks=replace(blocks, figures=0.0))),
        "without layout facts": Variant(SHIPPED, LAYOUT_FACTS),
        "without rendered sheets": Variant(replace(SHIPPED, rendered=0.0)),
    }


def test_what_is_not_there_is_not_taken_away() -> None:
    bare = Candidate(blocks=BlockWeights(facts=0.0), rendered=0.0)
    assert list(list_variants(bare, figures=False)) == ["without sentence vector"]


def test_hidden_facts_are_zero_and_the_others_stay() -> None:
    pages = make_worksheets()
    hidden = hide_facts(pages, LAYOUT_FACTS).observed.facts
    layout = np.asarray([name in LAYOUT_FACTS for name in FACT_NAMES])
    assert 5 < layout.sum() < len(layout) / 2
    assert pages.observed.facts[:, layout].any()
    assert not hidden[:, layout].any()
    assert (hidden[:, ~layout] == pages.observed.facts[:, ~layout]).all()


GENERATOR = np.random.default_rng(6)
TRUTH = GENERATOR.random((80, 7)) < 0.3
GUESSES = np.clip(0.35 * TRUTH + 0.6 * GENERATOR.random(TRUTH.shape), 0, 1).astype(np.float32)


def test_without_a_closure_the_threshold_is_the_recipes() -> None:
    judged = Judged(GUESSES, TRUTH)
    assert find_threshold(judged, keep) == pick_threshold(judged)


def test_the_threshold_is_the_best_for_closed_sets() -> None:
    def add_first(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return chosen | chosen[:, 1:]

    judged = Judged(
        np.asarray([[0.1, 0.5], [0.2, 0.2]], np.float32), np.asarray([[True] * 2, [False] * 2])
    )
    assert find_threshold(judged, keep) <= 0.1  # or the first label is missed
    assert 0.2 <= find_threshold(judged, add_first) <= 0.5


def test_labels_are_decided_as_the_labeller_does() -> None:
    labels = tuple("abcdefg")
    rule = DecisionRule(labels, 0.5, 0.0, frozenset({frozenset(("a", "b"))}))
    chosen = decide(rule, GUESSES)
    assert [{id_ for id_, given in zip(labels, row, strict=True) if given} for row in chosen] == [
        set(rule.choose(values)) for values in GUESSES
    ]
    assert not (chosen[:, 0] & chosen[:, 1]).any()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> SmallCorpus:
    """The small corpus eight times over: unsupported pages are not scored."""
    return write_corpus(tmp_path_factory.mktemp("corpus"), copies=8)


def measure(corpus: SmallCorpus, progress: Progress) -> list[AblationRow]:
    recipe = replace(recipe_for(corpus, "ablation"), candidate=SHIPPED, folds=2, tower_pages=0)
    return run_ablation(
        recipe,
        progress,
        encoder=LetterEncoder(),
        readings=corpus.readings,
        tune=encode_late_letters,
    )


@pytest.fixture(scope="module")
def rows(corpus: SmallCorpus) -> list[AblationRow]:
    return measure(corpus, ignore)


def test_every_variant_is_measured_beside_what_ships(rows: list[AblationRow]) -> None:
    assert [row.name for row in rows] == NAMES
    assert all(0 < row.micro_f1 <= 1 for row in rows)
    assert all(row.low <= row.difference <= row.high for row in rows)
    assert {(row.pages, row.layouts) for row in rows} == {(48, 2)}  # the others lose a label
    shipped = rows[0]
    assert shipped.difference == 0
    for row in rows[:-3]:
        assert row.difference == pytest.approx(row.micro_f1 - shipped.micro_f1)


def test_every_variant_has_fits_of_its_own(corpus: SmallCorpus, rows: list[AblationRow]) -> None:
    names = [file.name for file in (corpus.folder / "ablation-cache").glob("fold-*")]
    fitted = {"as shipped", *NAMES[6:11]}
    assert sum("tuned" not in name for name in names) == 2 * len(fitted)
    assert sum("tuned" in name for name in names) == 2


def test_rows_are_told_in_the_journal_and_the_table(
    corpus: SmallCorpus, rows: list[AblationRow]
) -> None:
    cache = corpus.folder / "ablation-cache"
    told = [json.loads(line) for line in (cache / "metrics.jsonl").read_text("utf-8").splitlines()]
    events = [event for event in told if event["event"] == "ablation"]
    assert [{key: event[key] for key in asdict(rows[0])} for event in events[: len(rows)]] == [
        asdict(row) for row in rows
    ]
    table = (cache / "ablation.md").read_text("utf-8")
    assert all(f"| {name} |" in table for name in NAMES)


def test_an_interrupted_ablation_goes_on_where_it_was(
    corpus: SmallCorpus, rows: list[AblationRow]
) -> None:
    cache = corpus.folder / "ablation-cache"
    before = {file.name: file.stat().st_mtime_ns for file in cache.glob("fold-*")}
    assert measure(corpus, ignore) == rows
    assert {file.name: file.stat().st_mtime_ns for file in cache.glob("fold-*")} == before


def test_progress_names_the_variant(tmp_path: Path) -> None:
    told: list[str] = []

    def tell(done: int, total: int, what: str) -> None:
        told.append(what)
        if what.startswith("without sentence vector"):
            raise KeyboardInterrupt

    small = write_corpus(tmp_path, copies=8)
    with pytest.raises(KeyboardInterrupt):
        measure(small, tell)
    assert "as shipped: cross-validating over views" in told
    table = (small.folder / "ablation-cache" / "ablation.md").read_text("utf-8")
    assert "| ancestors dropped |" in table
    assert "| without sentence vector |" not in table
