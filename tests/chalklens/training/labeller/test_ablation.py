"""The labeller taken apart."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.labelling.features import BlockWeights
from chalklens.training.labeller.ablation import AblationRow, list_variants, run_ablation
from chalklens.training.labeller.assembly import Candidate
from tests.chalklens.labelling.sheets import LetterEncoder, write_corpus
from tests.chalklens.training.labeller.small_pages import ignore
from tests.chalklens.training.labeller.small_recipe import recipe_for

SHIPPED = Candidate(blocks=BlockWeights(facts=0.3, figures=0.0))


def test_every_variant_differs_in_one_thing() -> None:
    variants = list_variants(SHIPPED)
    assert variants.pop("as shipped") == SHIPPED
    assert variants == {
        "without rendered sheets": replace(SHIPPED, rendered=0.0),
        "rendered sheets without reader noise": replace(SHIPPED, noise=False),
        "without sentence vector": replace(SHIPPED, blocks=replace(SHIPPED.blocks, sentence=0.0)),
        "without facts": replace(SHIPPED, blocks=replace(SHIPPED.blocks, facts=0.0)),
        "with figures": replace(SHIPPED, blocks=replace(SHIPPED.blocks, figures=0.5)),
    }


@pytest.mark.parametrize(("weight", "name"), [(0.0, "with facts"), (0.7, "without facts")])
def test_what_ships_is_taken_away_and_what_does_not_is_added(weight: float, name: str) -> None:
    candidate = Candidate(blocks=BlockWeights(facts=weight))
    changed = list_variants(candidate)[name].blocks.facts
    assert (changed == 0) == (weight > 0)


def test_every_variant_is_scored_once_and_told_in_the_journal(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path)
    recipe = replace(recipe_for(corpus, "ablation"), candidate=SHIPPED, folds=2)
    # unsupported pages are not scored: a label needs more pages than the small corpus has
    text = (corpus.folder / "train.jsonl").read_text("utf-8")
    (corpus.folder / "train.jsonl").write_text(text * 8, "utf-8")
    rows = run_ablation(recipe, ignore, encoder=LetterEncoder(), readings=corpus.readings)
    names = [row.name for row in rows]
    assert names == [
        "as shipped",
        "with contradictions resolved",
        *[name for name in list_variants(SHIPPED) if name != "as shipped"],
    ]
    assert all(0 <= row.micro_f1 <= 1 for row in rows)
    events = (recipe.cache / "metrics.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(event) for event in events]
    assert [
        AblationRow(row["name"], row["micro_f1"], row["error"])
        for row in told
        if row["event"] == "ablation"
    ] == rows
