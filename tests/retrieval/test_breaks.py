import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.breaks import (
    BLOCK_COST,
    CLAUSE_COST,
    LINE_COST,
    LOOSE_LINE_COST,
    LOOSE_SENTENCE_COST,
    PARAGRAPH_COST,
    SENTENCE_COST,
    WORD_COST,
    WRAPPED_LINE_COST,
    Piece,
    list_pieces,
    weigh,
)


def pieces_of(text: str, piece_weight: float = 1000, block_weight: float = 1000) -> list[Piece]:
    return list(
        list_pieces(
            text, 0, len(text), wide_weight=2, piece_weight=piece_weight, block_weight=block_weight
        )
    )


@pytest.mark.parametrize(
    ("before", "after", "cost"),
    [
        ("One.\n\n", "Two.", PARAGRAPH_COST),
        ("One.\n", "Two.", LINE_COST),
        ("one\n", "- two", LINE_COST),
        ("one\n", "name: two", LINE_COST),
        ("one\n", "Two", LOOSE_LINE_COST),
        ("one\n", "two", WRAPPED_LINE_COST),
        ("One. ", "Two", SENTENCE_COST),
        ('"One?" ', "Two", SENTENCE_COST),
        ("One! ", "2 more", SENTENCE_COST),
        ("one. ", "two", LOOSE_SENTENCE_COST),
        ("一。", "二", SENTENCE_COST),
        ("“一！”", "二", SENTENCE_COST),
        ("一；", "二", LOOSE_SENTENCE_COST),
        ("好吗?", "好", SENTENCE_COST),
    ],
)
def test_a_cut_costs_by_what_it_cuts(before: str, after: str, cost: float) -> None:
    assert pieces_of(before + after)[0] == Piece(len(before), weigh(before, 2), cost)


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Who",
        "J. Smith",
        "the U.S. army",
        "e.g. This",
        "Fig. 3",
        "et al. (1999)",
        "3.5 m",
        "a... b? c",
    ],
)
def test_a_dot_is_not_always_the_end(text: str) -> None:
    assert len(pieces_of(text.replace("? c", ""))) <= 1 + text.startswith("a...")


def test_finer_places_are_used_only_where_needed() -> None:
    text = "alpha beta, gamma delta epsilon"
    assert [piece.cost for piece in pieces_of(text, 20)] == [CLAUSE_COST, 0.0]
    assert [piece.cost for piece in pieces_of(text, 13)] == [CLAUSE_COST, WORD_COST, WORD_COST, 0.0]


def test_places_inside_code_cost_more_when_it_fits() -> None:
    text = "Start.\n\n```\na\n\nb\n```\n\nEnd."
    inside = [piece.cost for piece in pieces_of(text) if 10 < piece.end < text.index("End")]
    assert inside
    assert all(cost > BLOCK_COST for cost in inside)
    assert all(piece.cost < BLOCK_COST for piece in pieces_of(text, block_weight=5))


def test_wide_characters_weigh_more() -> None:
    assert weigh("ab中文", 2.5) == 7
    assert weigh("é", 2.5) == 1


@settings(max_examples=80, deadline=None)
@given(
    st.text("ab .,。，\n`|\u0301", max_size=200),
    st.integers(0, 50),
    st.sampled_from([8.0, 30.0, 500.0]),
)
def test_pieces_cover_a_span_and_are_light(text: str, start: int, piece_weight: float) -> None:
    start = min(start, len(text))
    pieces = list(
        list_pieces(
            text, start, len(text), wide_weight=2, piece_weight=piece_weight, block_weight=100
        )
    )
    ends = [start, *(piece.end for piece in pieces)]
    assert ends[-1] == len(text)
    for (first, last), piece in zip(itertools.pairwise(ends), pieces, strict=True):
        assert first < last
        assert piece.weight == weigh(text[first:last], 2) <= piece_weight + 16
