# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""From observations to numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from chalklens.labelling.features import (
    BlockWeights,
    PageFeatures,
    TermWeights,
    mask_digits,
    normalize_text,
    scale_figures,
    split_terms,
)
from chalklens.labelling.observations import Observations, Observer, Page
from tests.chalklens.labelling.sheets import LetterEncoder, make_reading, paint, to_picture
from tests.chalklens.labelling.small_model import AXES, make_features, make_pages, make_tower

TEXTS = ["3 + 4 = 7", "14 + 5 = 19", "count the apples", "count the apples and the pears"]
OBSERVER = Observer(LetterEncoder())


@pytest.fixture(scope="module")
def seen() -> Observations:
    return Observer(LetterEncoder(), make_tower()).observe(make_pages())


@pytest.fixture(scope="module")
def features(seen: Observations) -> PageFeatures:
    return make_features(seen)


def test_tf_idf_is_that_of_scikit_learn() -> None:
    ours = TermWeights.fit(TEXTS, min_pages=1, max_terms=1000)
    options: dict[str, Any] = {"analyzer": split_terms, "sublinear_tf": True}
    theirs = TfidfVectorizer(**options)
    expected = theirs.fit_transform(TEXTS).toarray()
    assert list(ours.terms) == theirs.get_feature_names_out().tolist()
    assert ours.transform(TEXTS).toarray() == pytest.approx(expected, abs=1e-6)


def test_a_term_on_too_few_pages_is_left_out() -> None:
    weights = TermWeights.fit(TEXTS, min_pages=2, max_terms=1000)
    assert "apples" in weights.terms
    assert "pears" not in weights.terms


def test_the_most_frequent_terms_are_kept() -> None:
    assert TermWeights.fit(["a b", "a b", "a c"], min_pages=1, max_terms=1).terms == ("a",)


def test_signs_and_pairs_are_terms() -> None:
    assert split_terms("3+4") == ["3", "+", "4", "3 +", "+ 4"]


def test_numbers_of_the_same_shape_become_the_same_text() -> None:
    assert mask_digits("14 + 7") == mask_digits("25 + 3") == "00 + 0"


def test_minus_signs_and_wide_letters_are_spelt_alike() -> None:
    assert normalize_text("９ − 2") == normalize_text("9 – 2") == "9 - 2"


def test_a_row_is_terms_sentence_facts_figures_and_thumbnail_in_this_order(
    seen: Observations, features: PageFeatures
) -> None:
    rows, weights = features.compute(seen).toarray(), features.weights
    facts = features.term_width + features.sentence_width
    figures = facts + seen.facts.shape[1]
    assert rows.shape == (len(seen), features.width)
    sentences = rows[:, features.term_width : facts]
    assert sentences == pytest.approx(weights.sentence * seen.sentences, abs=1e-6)
    deviations = seen.facts - features.fact_means
    assert rows[:, facts:figures] == pytest.approx(weights.facts * deviations, abs=1e-6)
    shown = rows[:, figures : features.general_width]
    assert shown == pytest.approx(weights.figures * scale_figures(seen.figures), abs=1e-6)
    assert rows[:, features.general_width :].shape[1] == AXES


def test_figures_count_by_their_log_odds_and_certainty_is_bounded() -> None:
    found = scale_figures(np.asarray([0, 0.001, 0.2, 0.5, 0.8, 1], np.float32))
    assert found == pytest.approx([0, 0, 0.361, 0.5, 0.639, 1], abs=1e-3)


@pytest.mark.parametrize("block", ["facts", "figures", "thumbnail"])
def test_a_block_of_weight_zero_has_no_columns(
    seen: Observations, features: PageFeatures, block: str
) -> None:
    changed: dict[str, float] = {block: 0.0}
    without = replace(features, weights=replace(features.weights, **changed))
    assert without.compute(seen).get_shape() == (len(seen), without.width)
    widths = {"facts": seen.facts.shape[1], "figures": seen.figures.shape[1], "thumbnail": AXES}
    assert features.width - without.width == widths[block]


def test_what_a_page_looks_like_as_a_whole_changes_its_last_columns_only(
    features: PageFeatures,
) -> None:
    [page] = make_pages()[:1]
    other = Page(to_picture(paint(3, "another layout")), page.reading)
    plain = replace(features, weights=BlockWeights(facts=0.0), figure_kinds=0)
    one, two = plain.compute(OBSERVER.observe([page, other])).toarray()
    assert (one[: plain.general_width] == two[: plain.general_width]).all()
    assert (one[plain.general_width :] != two[plain.general_width :]).any()


def test_thumbnail_codes_have_length_one_and_a_blank_page_has_none(
    seen: Observations, features: PageFeatures
) -> None:
    assert np.linalg.norm(features.encode_thumbnails(seen), axis=1) == pytest.approx(1, abs=1e-4)
    blank = replace(seen, thumbnails=np.zeros_like(seen.thumbnails))
    assert not features.encode_thumbnails(blank).any()


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=200))
def test_any_text_becomes_one_finite_row(text: str) -> None:
    known = Observer(LetterEncoder()).observe(make_pages()[:4])
    features = make_features(known)
    page = Page(to_picture(paint(0, "sums-0")), make_reading(text))
    rows = features.compute(OBSERVER.observe([page]))
    assert rows.get_shape() == (1, features.width)
    assert np.isfinite(rows.toarray()).all()
