# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""From text to numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from chalklens.labelling.features import (
    PageFeatures,
    TermWeights,
    mask_digits,
    normalize_text,
    split_terms,
)
from tests.chalklens.labelling.sheets import LetterEncoder

TEXTS = ["3 + 4 = 7", "14 + 5 = 19", "count the apples", "count the apples and the pears"]


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


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_any_text_becomes_one_finite_row(text: str) -> None:
    fitted = TermWeights.fit(TEXTS, min_pages=1, max_terms=1000)
    features = PageFeatures(LetterEncoder(), fitted, fitted, 1.5)
    rows = features.compute([text])
    assert rows.shape == (1, features.width)
    assert np.isfinite(rows.toarray()).all()
