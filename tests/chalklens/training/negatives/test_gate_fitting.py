"""From pages to a gate, on small worksheets of our own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chalklens.labelling.corpus import Corpus
from chalklens.labelling.material_gate import SIGNS, describe_pages
from chalklens.reading.cache import ReadingCache
from chalklens.training.negatives.catalogue import FITTING_KINDS, draw_negatives
from chalklens.training.negatives.gate_fitting import FittedGate, GateSettings, fit_gate
from chalklens.training.negatives.gate_pages import (
    MAX_CHARACTERS,
    GateMaterial,
    GatePage,
    collect_sheets,
    draw_sheets,
    gather_negatives,
    gather_sheets,
    make_page,
    read_pages,
    vary_sheets,
    write_pages,
)
from chalklens.types import Picture, TextReading
from tests.chalklens.labelling.sheets import (
    READER,
    LetterEncoder,
    make_reading,
    make_texts,
    write_corpus,
)

KINDS = ("letter", "prose_page", "chat", "noise", "newspaper", "contract")
MATERIAL = GateMaterial(per_view=2, varied_per_view=2)
SETTINGS = GateSettings(folds=4, refused_share=0.05)


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> list[GatePage]:
    corpus = Corpus(write_corpus(tmp_path_factory.mktemp("corpus")).folder)
    worksheets = corpus.worksheets("train")
    readings = [make_reading(text) for text, _, _ in make_texts()]
    pages = collect_sheets(worksheets, readings, corpus.load, MATERIAL)
    return pages + vary_sheets(worksheets, readings, MATERIAL)


@pytest.fixture(scope="module")
def negatives() -> list[GatePage]:
    return write_pages(draw_negatives(KINDS, 4))


@pytest.fixture(scope="module")
def fitted(sheets: list[GatePage], negatives: list[GatePage]) -> FittedGate:
    return fit_gate(sheets, negatives, LetterEncoder(), SETTINGS)


def test_sheets_pass_and_other_pages_are_refused(fitted: FittedGate) -> None:
    texts = [
        "Add the numbers. 7 + 9 =",
        "My dear Clara, the captain sighted a lonely whale at sea.",
    ]
    readings = [make_reading(text) for text in texts]
    refused = fitted.gate.refuse(LetterEncoder().encode(texts), readings, [None, None])
    assert refused.tolist() == [False, True]


def test_what_was_measured_is_told_per_view_and_kind(fitted: FittedGate) -> None:
    assert set(KINDS) < set(fitted.refused_by_group)
    assert fitted.refused_by_group["noise"] == 1.0
    assert fitted.refused_sheets <= 0.2
    assert fitted.refused_negatives >= 0.8
    assert set(fitted.facts()) == {"refused_sheets", "refused_negatives", "limit"}


def test_the_same_pages_give_the_same_gate(
    fitted: FittedGate, sheets: list[GatePage], negatives: list[GatePage]
) -> None:
    again = fit_gate(sheets, negatives, LetterEncoder(), SETTINGS).gate.to_arrays()
    assert all((again[name] == value).all() for name, value in fitted.gate.to_arrays().items())


def test_a_larger_share_that_may_be_refused_raises_the_limit(
    fitted: FittedGate, sheets: list[GatePage], negatives: list[GatePage]
) -> None:
    freer = fit_gate(sheets, negatives, LetterEncoder(), replace(SETTINGS, refused_share=0.4))
    assert freer.gate.limit > fitted.gate.limit
    assert freer.refused_sheets > fitted.refused_sheets


def test_views_give_at_most_so_many_pages_clean_and_altered(tmp_path: Path) -> None:
    corpus = Corpus(write_corpus(tmp_path).folder)
    worksheets = corpus.worksheets("train")
    readings = [make_reading(text) for text, _, _ in make_texts()]
    plain = collect_sheets(worksheets, readings, corpus.load, replace(MATERIAL, altered_share=0))
    doubled = collect_sheets(worksheets, readings, corpus.load, replace(MATERIAL, altered_share=1))
    assert len(plain) == 6 * 2
    assert len(doubled) == 2 * len(plain)
    assert {page.group for page in plain} == {sheet.view for sheet in worksheets}


def test_varied_sheets_have_text_of_their_view_and_no_pixels(sheets: list[GatePage]) -> None:
    varied = [page for page in sheets if np.isnan(page.signs).any()]
    assert len(varied) == 6 * 2
    for page in varied:
        assert ("Add" in page.text) == page.group.startswith("sums") or "clock" in page.text


def test_written_lines_stay_within_what_is_encoded() -> None:
    pages = write_pages(draw_negatives(("prose_page", "newspaper"), 6))
    assert all(0 < len(page.text) <= MAX_CHARACTERS + 40 for page in pages)
    assert all(np.isfinite(page.signs).all() for page in pages)


def test_read_negatives_carry_what_the_reader_saw(tmp_path: Path) -> None:
    drawn = list(draw_negatives(("logo",), 2))
    cache = ReadingCache(tmp_path / "readings.jsonl", READER)

    def read(picture: Picture) -> TextReading:
        return make_reading(f"width {picture.width_px}")

    pages = read_pages(drawn, cache, read, lambda done, total, message: None, 2)
    assert [page.text for page in pages] == [f"width {n.picture.width}" for n in drawn]
    assert {page.group for page in pages} == {"logo"}
    assert len(cache) == 2


def test_a_page_without_text_is_silent() -> None:
    page = make_page(TextReading((), READER), None, "blank_page")
    assert page.silent
    assert page.signs.shape == (SIGNS,)
    assert np.array_equal(
        page.signs, describe_pages([TextReading((), READER)], [None])[0], equal_nan=True
    )


def test_our_own_templates_give_sheets_with_lines_of_text() -> None:
    pages = draw_sheets(GateMaterial(drawn=12, altered_share=0.5))
    assert len({page.group for page in pages}) == 12
    assert all(page.group.startswith("template ") for page in pages)
    assert sum(not page.silent for page in pages) >= 10
    seen = {bool(np.isnan(page.signs).any()) for page in pages}
    assert seen == {True, False}


def test_all_fitting_kinds_and_no_others_are_gathered(tmp_path: Path) -> None:
    cache = ReadingCache(tmp_path / "readings.jsonl", READER)
    material = GateMaterial(read_per_kind=1, written_per_kind=0)
    pages = gather_negatives(
        cache, lambda picture: make_reading("x"), lambda done, total, message: None, material
    )
    assert [page.group for page in pages] == list(FITTING_KINDS)


def test_sheets_of_the_corpus_varied_ones_and_drawn_ones_are_gathered(tmp_path: Path) -> None:
    corpus = Corpus(write_corpus(tmp_path).folder)
    worksheets = corpus.worksheets("train")
    readings = [make_reading(text) for text, _, _ in make_texts()]
    material = replace(MATERIAL, altered_share=0.0, drawn=5)
    pages = gather_sheets(worksheets, readings, corpus.load, material)
    assert len(pages) == 6 * 2 + 6 * 2 + 5
