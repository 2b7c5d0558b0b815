"""Pages as facts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.page_facts import FACT_NAMES, compute_facts
from chalklens.types import Box, TextLine
from tests.chalklens.labelling.text_lines import column, rows


def facts(lines: list[TextLine]) -> dict[str, float]:
    return dict(zip(FACT_NAMES, compute_facts(lines).tolist(), strict=True))


def true_facts(*texts: str) -> set[str]:
    return {name for name, value in facts(rows(*texts)).items() if value > 0}


TEXT = st.text(max_size=30) | st.text("0123456789+-×÷=?/.,$% xincm:", max_size=20)
LINE = st.builds(TextLine, TEXT, st.builds(Box, *[st.integers(-9, 700)] * 4), st.just(0.9))


@given(st.lists(LINE, max_size=25))
@settings(max_examples=50, deadline=None)
def test_every_fact_of_any_page_is_between_zero_and_one(lines: list[TextLine]) -> None:
    row = compute_facts(lines)
    assert row.shape == (len(FACT_NAMES),)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()
    assert ((row >= 0) & (row <= 1)).all()


def test_there_are_at_most_two_hundred_columns_with_names_of_their_own() -> None:
    assert len(FACT_NAMES) == len(set(FACT_NAMES)) <= 200


def test_a_page_without_text_says_only_that() -> None:
    assert {name for name, value in facts([]).items() if value} == {"no_text"}


def test_the_size_of_the_picture_plays_no_part() -> None:
    small = rows("Find the sum.", "14 | + | 7 | = | ?")
    large = [
        TextLine(n.text, Box(*(3 * v for v in (n.box.x0, n.box.y0, n.box.x1, n.box.y1))), 1.0)
        for n in small
    ]
    assert compute_facts(small) == pytest.approx(compute_facts(large), abs=1e-6)


def test_facts_of_a_calculation_do_not_depend_on_its_layout() -> None:
    row = facts(rows("34 | + | 20 | = | 54"))
    upright = facts(column("34", "+20", "54"))
    names = [n for n in FACT_NAMES if n.startswith(("core_", "operands_", "operator_", "unknown_"))]
    assert {n: row[n] for n in names} == {n: upright[n] for n in names}
    assert (row["column_arithmetic"], upright["column_arithmetic"]) == (0, 1)


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("14 + 7 = ?", "core_max_above_20", "core_max_above_100"),
        ("14 + 6 = ?", "core_max_above_10", "core_max_above_20"),
        ("60 + 50 = __", "core_max_above_100", "all_max_above_100"),
        ("5 + 0 = 5", "core_zero", "all_negative"),
        ("3 + 4 + 5 = ?", "operands_3", "operands_2"),
        ("3 + 4 + 5 + 6", "operands_4", "operands_5_or_more"),
        ("12 - 7 = ?", "operator_minus", "operator_plus"),
        ("3 × 4 = 12", "true_equation", "false_equation"),
        ("3 × 4 = 13", "false_equation", "true_equation"),
        ("? + 4 = 9", "unknown_first", "unknown_result"),
        ("5 + ? = 9", "unknown_later", "unknown_first"),
        ("5 + 4 = ?", "unknown_result", "all_solved"),
        ("3 < 5", "relation_less", "relation_greater"),
        ("2/8 + 3/8", "common_denominator", "common_numerator"),
        ("1/3 and 1/4", "common_numerator", "improper_fractions"),
        ("9/4 meters", "improper_fractions", "mixed_numbers"),
        ("2 1/4 in", "mixed_numbers", "improper_fractions"),
        ("0.25 and 0.5", "decimal_places_2", "integers_only"),
        ("It is 3:30 p.m.", "clock_half_hours", "decimals"),
        ("$2.50", "units_money", "units_length_metric"),
        ("6 cm", "units_length_metric", "units_length_customary"),
        ("40 + 30 = ?", "operands_tens", "operand_zero"),
        ("Explain why.", "verb_explain", "verb_round"),
        ("STEP 25", "capital_lines", "all_max_above_5"),
    ],
)
def test_what_a_line_says_is_in_the_facts(text: str, present: str, absent: str) -> None:
    found = true_facts(text)
    assert absent not in found
    assert present in found
    assert absent in FACT_NAMES


@pytest.mark.parametrize(
    ("text", "step"), [("1|2|3|4", 1), ("10|12|14|16", 2), ("5|10|15|20", 5), ("30|40|50", 10)]
)
def test_steps_of_a_row_are_facts(text: str, step: int) -> None:
    assert f"step_{step}" in true_facts(text)
