"""What labels say about themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.edugraph.ontology import Ontology
from chalklens.labelling.label_texts import MATCHES, LabelTexts, split_name, stem_name
from tests.chalklens.labelling.sheets import LetterEncoder

LABELS = ("Addition", "NumbersSmaller100", "BarGraph")
ENCODER = LetterEncoder()
TEXTS = LabelTexts.build(LABELS, ENCODER)


def match(*texts: str) -> np.ndarray:
    return TEXTS.match(texts, ENCODER.encode(texts))


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        ("NumbersSmaller100", ["numbers", "smaller", "100"]),
        ("Base10", ["base", "10"]),
        ("BarGraph", ["bar", "graph"]),
        ("PartToWhole", ["part", "to", "whole"]),
    ],
)
def test_names_are_split_where_a_new_word_begins(id_: str, words: list[str]) -> None:
    assert split_name(id_) == words


def test_every_label_of_the_ontology_has_a_word_to_look_for() -> None:
    ontology = Ontology.load()
    ids = [id_ for name in ("Area", "Scope", "Ability") for id_ in ontology.ids(name)]
    assert all(stem_name(id_) for id_ in ids)


def test_a_page_that_has_the_words_of_a_name_matches_it_in_any_form() -> None:
    [page] = match("Look at the bar graphs.\nAdd the numbers.")
    assert page[:, 0].tolist() == [0.0, 0.0, 1.0]
    [half] = match("three bars")
    assert half[2, 0] == 0.5


def test_cosines_are_those_of_page_and_definition() -> None:
    [page] = match("Make a bar graph.")
    vector = ENCODER.encode(["Make a bar graph."])[0]
    assert page[:, 1] == pytest.approx(TEXTS.definitions @ vector, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=3))
def test_any_text_gives_numbers_from_nothing_to_one(texts: list[str]) -> None:
    found = match(*texts)
    assert found.shape == (len(texts), len(LABELS), MATCHES)
    assert ((found[..., 0] >= 0) & (found[..., 0] <= 1)).all()
