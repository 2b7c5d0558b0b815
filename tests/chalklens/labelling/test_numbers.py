"""From read text to tokens."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.labelling.numbers import MAX_CHARACTERS, Number, Token, tokenize

MARKS = "0123456789OolISt+-×x÷=<>?□_()/,.:$¢% ½abin"
HARD = ["1,", "1/", "O", "?", "(", " 1", "1.", "12:3", "_", "a-b", "l1", "½", "1 1/", "9", "x"]


def numbers(text: str) -> list[Number]:
    return [token.number for token in tokenize(text) if token.number]


def values(text: str) -> list[Fraction | None]:
    return [number.value for number in numbers(text)]


def kinds(text: str) -> list[str]:
    return [token.kind for token in tokenize(text)]


def texts(text: str, kind: str) -> list[str]:
    return [token.text for token in tokenize(text) if token.kind == kind]


def check_places(tokens: list[Token], text: str) -> None:
    ends = [0, *(token.end for token in tokens)]
    assert all(end <= token.start < token.end for end, token in zip(ends, tokens, strict=False))
    assert ends[-1] <= len(text)


@given(st.text(max_size=200) | st.text(MARKS, max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_becomes_tokens_in_order(text: str) -> None:
    check_places(tokenize(text), text)


@pytest.mark.parametrize("piece", HARD)
def test_long_repetitions_are_read_to_the_limit_and_no_further(piece: str) -> None:
    tokens = tokenize(piece * (2 * MAX_CHARACTERS))
    assert tokens[-1].end <= MAX_CHARACTERS
    assert tokens[-1].end > MAX_CHARACTERS - 20


@given(st.integers(0, 10**15 - 1), st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_whole_number_keeps_its_value(value: int, grouped: bool) -> None:
    text = f"{value:,}" if grouped else str(value)
    assert values(f"What is {text} ?") == [value]
    assert numbers(text)[0].grouped == ("," in text)


@given(st.decimals(0, 10**6, places=3))
@settings(max_examples=50, deadline=None)
def test_a_decimal_keeps_its_value_and_places(value: object) -> None:
    [number] = numbers(f"{value}")
    assert (number.value, number.decimal_places) == (Fraction(str(value)), 3)


@given(st.integers(0, 99), st.integers(1, 99), st.integers(1, 999))
@settings(max_examples=50, deadline=None)
def test_fractions_and_mixed_numbers_keep_their_values(whole: int, top: int, bottom: int) -> None:
    assert values(f"{top}/{bottom}") == [Fraction(top, bottom)]
    [mixed] = numbers(f"{whole} {top}/{bottom} in")
    assert (mixed.value, mixed.form) == (whole + Fraction(top, bottom), "mixed")
    assert (mixed.numerator, mixed.denominator) == (top, bottom)


@pytest.mark.parametrize(("text", "value"), [("½", "1/2"), ("2⅝", "21/8"), ("10 ⅓", "31/3")])
def test_one_character_fractions_have_values(text: str, value: str) -> None:
    assert values(text) == [Fraction(value)]


def test_a_fraction_with_an_unknown_part_has_no_value() -> None:
    [number] = numbers("?/8")
    assert (number.value, number.numerator, number.denominator) == (None, None, 8)


def test_a_denominator_of_zero_is_no_value() -> None:
    assert values("3/0") == [None]


@pytest.mark.parametrize(
    ("read", "printed"),
    [("1 × t0", [1, 10]), ("O.20", [Fraction(1, 5)]), ("1O + S3", [10, 53]), ("θ", [0])],
)
def test_letters_read_for_digits_count_as_digits(read: str, printed: list[object]) -> None:
    assert values(read) == printed


@pytest.mark.parametrize("text", ["0000", "00", "9" * 40])
def test_drawn_dots_and_endless_digits_are_no_numbers(text: str) -> None:
    assert kinds(text) == ["mark"]


@pytest.mark.parametrize(("read", "sign"), [("一", "-"), ("十", "+"), ("–", "-"), ("＋", "+")])
def test_a_lone_look_alike_is_the_sign(read: str, sign: str) -> None:
    assert [(t.kind, t.text) for t in tokenize(read)] == [("operator", sign)]


def test_a_chinese_word_keeps_its_characters() -> None:
    assert kinds("一共") == ["word"]


@pytest.mark.parametrize("text", ["3 x 4", "3X4", "3 × 4", "3 * 4", "3 times 4", "3 ✕ 4"])
def test_every_spelling_of_times_is_one_operator(text: str) -> None:
    assert texts(text, "operator") == ["×"]


def test_a_hyphen_between_words_or_names_is_no_minus() -> None:
    assert texts("ONE-STEP STEP 1-DIVIDE grid - 10 parts A-2/4", "operator") == []


def test_a_question_mark_is_unknown_only_in_place_of_a_number() -> None:
    assert texts("3 + 4 = ?", "unknown") == ["?"]
    assert texts("?", "unknown") == ["?"]
    assert texts("How many? What is 3 + 4?", "unknown") == []


@pytest.mark.parametrize("text", ["3 + □ = 7", "3 + __ = 7", "3 + ? = 7"])
def test_boxes_and_lines_are_unknowns(text: str) -> None:
    assert kinds(text) == ["number", "operator", "unknown", "relation", "number"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("7units", "unit"),
        ("3,000g", "gram"),
        ("180 min", "minute"),
        ("1L", "liter"),
        ("2 1/2 in", "inch"),
        ("3% In", "inch"),
        ("30c", "¢"),
        ("$2.75", "$"),
        ("90º", "°"),
        ("5 kilometres", "kilometer"),
        ("Length (cm)", "centimeter"),
        ("how many feet", "foot"),
    ],
)
def test_units_go_by_their_full_name(text: str, unit: str) -> None:
    assert unit in texts(text, "unit")


def test_short_words_are_units_only_after_numbers() -> None:
    assert texts("write 8 In the box, I am in a m", "unit") == []


@pytest.mark.parametrize(("text", "hours"), [("3:45", "15/4"), ("at 12:05 p.m.", "145/12")])
def test_clock_times_are_one_token(text: str, hours: str) -> None:
    [time] = [token for token in tokenize(text) if token.kind == "time"]
    assert time.number
    assert time.number.value == Fraction(hours)


def test_a_digit_in_a_name_is_attached() -> None:
    assert [t.attached for t in tokenize("STEP1 A0B 7") if t.number] == [True, True, False]
