from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.tokens import (
    ASCII_WORDS,
    IS_CJK,
    MAX_WORD_CHARACTERS,
    WORDS,
    fold,
    tokenize,
    tokenize_phrase,
    tokenize_query,
)


def test_forms_of_a_word_share_a_token() -> None:
    assert tokenize("Fraction") == tokenize("fractions") == tokenize("ＦＲＡＣＴＩＯＮＳ")


def test_a_chinese_run_becomes_characters_and_pairs() -> None:
    assert tokenize("面积的") == ["面", "积", "的", "面积", "积的"]


def test_chinese_and_latin_part_where_they_meet() -> None:
    assert tokenize("用BM25检索") == ["用", "bm25", "检", "索", "检索"]


def test_accents_of_latin_letters_make_no_difference() -> None:
    assert tokenize("Café Ångström naïve") == tokenize("cafe angstrom naive")


def test_marks_of_other_scripts_stay() -> None:
    assert tokenize("хороший") == ["хороший"]
    assert tokenize("हिन्दी") == ["हिन्दी"]


def test_an_apostrophe_of_either_kind_belongs_to_its_word() -> None:
    assert tokenize("Newton's laws") == tokenize("Newton’s laws") == ["newton", "law"]


def test_passages_keep_stop_words_and_questions_lose_them() -> None:
    assert tokenize("what is a fraction") == ["what", "is", "a", "fraction"]
    assert tokenize_query("what is a fraction") == ["fraction"]


def test_a_question_of_stop_words_only_keeps_them() -> None:
    assert tokenize_query("To be, or not to be") == ["to", "to", "be", "be", "or", "not"]


def test_a_word_said_often_weighs_more_but_not_as_often() -> None:
    asked = tokenize_query("area of area models, " + "triangle " * 10)
    assert Counter(asked) == {"area": 2, "model": 1, "triangl": 5}


def test_a_run_without_end_is_no_word() -> None:
    assert tokenize("x" * MAX_WORD_CHARACTERS) == ["x" * MAX_WORD_CHARACTERS]
    assert tokenize("x" * (MAX_WORD_CHARACTERS + 1)) == []


def test_phrase_tokens_stand_side_by_side_in_a_passage_that_has_the_phrase() -> None:
    assert tokenize_phrase("mean value of 检索的BM25 score") == [
        ("mean", "valu", "of"),
        ("检", "索", "的"),
        ("bm25", "score"),
    ]


def test_folding_makes_compatibility_forms_equal() -> None:
    assert fold("ﬁne ①") == "fine 1"


def _is_side_by_side(run: tuple[str, ...], tokens: list[str]) -> bool:
    return any(tuple(tokens[i : i + len(run)]) == run for i in range(len(tokens)))


@settings(max_examples=60, deadline=None)
@given(st.text("ab 的一三é'，.", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_every_run_of_a_part_of_a_chinese_or_whole_word_text_is_found(
    text: str, start: int, length: int
) -> None:
    words = text.split()
    phrase = " ".join(words[start : start + length])
    tokens = tokenize(text)
    assert all(_is_side_by_side(run, tokens) for run in tokenize_phrase(phrase))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_tokens_without_white_space(text: str) -> None:
    for token in tokenize(text):
        assert token
        assert not any(character.isspace() for character in token)
        assert len(token) <= 2 or not IS_CJK.match(token)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_the_short_way_through_ascii_finds_the_same_words(text: str) -> None:
    assert ASCII_WORDS.findall(fold(text)) == WORDS.findall(fold(text))
