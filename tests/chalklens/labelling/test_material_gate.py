"""Pages that are not elementary mathematics."""

from dataclasses import replace

import numpy as np
import pytest

from chalklens.labelling.material_gate import (
    MAX_DEVIATION,
    SIGNS,
    MaterialGate,
    describe_pages,
    has_text,
    standardize,
)
from chalklens.labelling.page_signs import TEXT_SIGNS
from chalklens.types import Box, Picture, TextLine, TextReading

WIDTH = 3
PICTURE = Picture("p", "", "image/png", 2, 2, bytes(12), 2, 2)


def make_gate(bias: float = 0.0, limit: float = 0.5) -> MaterialGate:
    """Trusts the first number of a vector and nothing else."""
    weights = np.zeros(WIDTH + SIGNS, np.float32)
    weights[0] = 4
    return MaterialGate(
        weights, np.zeros(SIGNS, np.float32), np.ones(SIGNS, np.float32), bias, limit
    )


def reading(text: str) -> TextReading:
    return TextReading((TextLine(text, Box(0, 0, 9, 9), 1.0),), "test")


def test_pages_below_the_limit_and_pages_without_a_letter_or_digit_are_refused() -> None:
    vectors = np.asarray([[1, 0, 0], [-1, 0, 0], [1, 0, 0], [1, 0, 0]], np.float32)
    readings = [reading("3 + 4"), reading("Dear Anna"), reading("-- . --"), TextReading((), "test")]
    refused = make_gate().refuse(vectors, readings, [PICTURE, PICTURE, PICTURE, None])
    assert refused.tolist() == [False, True, True, True]


def test_a_higher_limit_refuses_more() -> None:
    vectors = np.asarray([[0.1, 0, 0]], np.float32)
    strict, mild = (
        replace(make_gate(), limit=limit).refuse(vectors, [reading("3")], [None])
        for limit in (0.9, 0.1)
    )
    assert strict.tolist() == [True]
    assert mild.tolist() == [False]


def test_without_a_picture_the_pixels_count_as_average() -> None:
    signs = describe_pages([reading("3 + 4")], [None])
    assert np.isnan(signs[0, TEXT_SIGNS:]).all()
    steps = standardize(signs, np.full(SIGNS, 0.3, np.float32), np.ones(SIGNS, np.float32))
    assert (steps[0, TEXT_SIGNS:] == 0).all()


def test_no_single_sign_goes_beyond_its_bound() -> None:
    signs = np.full((1, SIGNS), 1e6, np.float32)
    steps = standardize(signs, np.zeros(SIGNS, np.float32), np.ones(SIGNS, np.float32))
    assert (steps == MAX_DEVIATION).all()


def test_a_gate_survives_the_way_to_arrays_and_back() -> None:
    gate = make_gate(bias=0.25, limit=0.75)
    again = MaterialGate.from_arrays({**gate.to_arrays(), "other": np.zeros(2, np.float32)})
    assert again.bias == 0.25
    assert again.limit == 0.75
    assert all((again.to_arrays()[name] == value).all() for name, value in gate.to_arrays().items())


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("gate_weights", (SIGNS,)),
        ("gate_centre", (3,)),
        ("gate_spread", (3,)),
        ("gate_limits", (1,)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name: str, shape: tuple[int, ...]) -> None:
    arrays = {**make_gate().to_arrays(), name: np.zeros(shape, np.float32)}
    with pytest.raises(ValueError, match="material gate"):
        MaterialGate.from_arrays(arrays)


def test_a_missing_array_is_named() -> None:
    arrays = make_gate().to_arrays()
    del arrays["gate_spread"]
    with pytest.raises(KeyError, match="gate_spread"):
        MaterialGate.from_arrays(arrays)


@pytest.mark.parametrize(("text", "found"), [("3", True), ("é", True), ("…", False), ("", False)])
def test_text_is_a_letter_or_a_digit(text: str, found: bool) -> None:
    assert has_text(reading(text)) is found
