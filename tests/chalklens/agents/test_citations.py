import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.agents.citations import find_marks, find_problems, occurs, remove_unsupported
from chalklens.agents.sentences import split_sentences
from tests.chalklens.agents.passages import make_draft, make_passages

ENGLISH = "One **visual token** covers\n32 x 32 pixels: it's “merged” two by two — `always`."
CHINESE = "中文按单字和相邻双字检索，不需要词典。\n自带的向量模型只懂英文。"
PASSAGES = make_passages(ENGLISH, CHINESE)


@pytest.mark.parametrize(
    "quote",
    [
        "One visual token covers 32 x 32 pixels",
        "ONE VISUAL  TOKEN covers",
        "it’s \"merged\" two by two - 'always'",
        '"One visual token covers 32 x 32 pixels."',
        "One visual token … 32 x 32 pixels",
        "One visual token [...] two by two",
        "Ｏｎｅ ｖｉｓｕａｌ ｔｏｋｅｎ",
    ],
)
def test_a_quotation_is_found_whatever_its_signs_case_and_spaces(quote: str) -> None:
    assert occurs(quote, ENGLISH)


@pytest.mark.parametrize(
    "quote",
    [
        "不需要词典",
        "相邻双字检索,不需要词典",
        "不需要词典。自带的向量模型",
        "中文按 单字 和相邻双字",
    ],
)
def test_a_chinese_quotation_is_found_across_lines_and_widths(quote: str) -> None:
    assert occurs(quote, CHINESE)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("One visual token covers 28 x 28 pixels", ENGLISH),
        ("two by two … One visual token", ENGLISH),
        ("token", ENGLISH),
        ("", ENGLISH),
        ("…", ENGLISH),
        ('"."', ENGLISH),
        ("需要词典吗", CHINESE),
        ("词典", CHINESE),
    ],
)
def test_words_that_are_not_there_or_say_nothing_are_no_quotation(quote: str, text: str) -> None:
    assert not occurs(quote, text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a [1] b [2].", [(1,), (2,)]),
        ("a [1, 3] b [2;4]", [(1, 3), (2, 4)]),
        ("a [1-3] b [4–2]", [(1, 2, 3), (4, 2)]),
        ("中文【2】和［1］", [(2,), (1,)]),
        ("see [1](http://example.org) and [ 7 ]", [(7,)]),
        ("in [0, 5] or [1000]", []),
        ("`row[1]` and\n```\nx[2]\n```\n[3]", [(3,)]),
        ("[0]", [(0,)]),
    ],
)
def test_marks_are_read_in_all_their_forms(text: str, numbers: list[tuple[int, ...]]) -> None:
    assert [mark.numbers for mark in find_marks(text)] == numbers


def test_a_supported_answer_has_no_problems_and_stays_as_it_is() -> None:
    draft = make_draft(
        "It covers 32 x 32 pixels [1]. 不需要词典 [2].",
        (1, "covers 32 x 32 pixels"),
        (2, "不需要词典"),
    )
    assert find_problems(draft, PASSAGES) == ()
    cleaned = remove_unsupported(draft, PASSAGES)
    assert (cleaned.answer, cleaned.removed, cleaned.dropped) == (draft.answer, 0, 0)


def test_each_kind_of_problem_is_named() -> None:
    draft = make_draft(
        'A [9]. B [1]. C [2]. It says "nobody ever wrote this" [2].',
        (2, "not in there at all"),
    )
    problems = "\n".join(find_problems(draft, PASSAGES))
    assert "[9] does not exist: there are 2 passages." in problems
    assert "[1] is cited without words that occur in that passage." in problems
    assert '"not in there at all" does not occur in passage [2].' in problems
    assert '"nobody ever wrote this" does not occur in passage [2].' in problems


def test_a_quotation_beside_a_mark_backs_it_and_one_far_away_does_not() -> None:
    near = make_draft('As "covers 32 x 32 pixels" [1] says.')
    far = make_draft(
        'It "covers 32 x 32 pixels" where a great many other words stand in between them [1].'
    )
    before = make_draft("[1] says: “covers 32 x 32 pixels”.")
    assert find_problems(near, PASSAGES) == find_problems(before, PASSAGES) == ()
    assert find_problems(far, PASSAGES)


def test_a_quotation_of_one_passage_is_no_support_for_another() -> None:
    draft = make_draft("It is 32 [2].", (1, "covers 32 x 32 pixels"))
    assert remove_unsupported(draft, PASSAGES).answer == "It is 32."
    crossed = make_draft('It "covers 32 x 32 pixels" [2].')
    assert remove_unsupported(crossed, PASSAGES).answer == ""


def test_a_row_of_a_table_is_found_with_and_without_its_lines() -> None:
    table = "| what | limit |\n|---|---|\n| PDF file | 50 MiB |"
    assert occurs("PDF file 50 MiB", table)
    assert occurs("| PDF file | 50 MiB |", table)


def test_only_the_sentence_with_the_false_quotation_goes() -> None:
    draft = make_draft(
        'First [1]. Then it says "nobody ever wrote this" [1]. Last [1, 9].',
        (1, "covers 32 x 32 pixels"),
    )
    cleaned = remove_unsupported(draft, PASSAGES)
    assert cleaned.answer == "First [1]. Last [1]."
    assert (cleaned.removed, cleaned.dropped) == (2, 1)


def test_code_and_layout_stay() -> None:
    answer = "Use `a[7]` so:\n\n```python\nx[8] = 1. y\n```\n\n- one [9]\n- two [1]"
    cleaned = remove_unsupported(make_draft(answer, (1, "covers 32 x 32 pixels")), PASSAGES)
    assert cleaned.answer == answer.replace(" [9]", "")


def test_without_passages_every_mark_goes() -> None:
    cleaned = remove_unsupported(make_draft("So [1] and [2].", (1, "covers 32 x 32")), ())
    assert (cleaned.answer, cleaned.removed) == ("So and.", 2)


PIECES = st.sampled_from(
    [
        "It covers ",
        '"covers 32 x 32 pixels"',
        '"nobody wrote it down"',
        "“不需要词典”",
        " [1]",
        "[2]",
        "[3]",
        "[1, 9]",
        "【2】",
        "[0]",
        "[1-4]",
        ". ",
        "。",
        "\n",
        "`x[5]`",
        "```\n[6]\n```",
        "`",
        " ",
        '"',
    ]
)
QUOTES = st.lists(
    st.tuples(
        st.integers(-1, 9),
        st.sampled_from(["covers 32 x 32 pixels", "不需要词典", "nobody wrote it down", ""]),
    ),
    max_size=4,
)


@given(pieces=st.lists(PIECES, max_size=24), quotes=QUOTES)
def test_whatever_a_model_writes_no_unsupported_citation_is_left(
    pieces: list[str], quotes: list[tuple[int, str]]
) -> None:
    draft = make_draft("".join(pieces), *quotes)
    cleaned = remove_unsupported(draft, PASSAGES)
    texts = {1: ENGLISH, 2: CHINESE}
    true = [(n, quote) for n, quote in quotes if n in texts and occurs(quote, texts[n])]
    kept = make_draft(cleaned.answer, *true)
    cited = {number for mark in find_marks(cleaned.answer) for number in mark.numbers}
    assert cited <= {1, 2}
    assert [p for p in find_problems(kept, PASSAGES) if "passage" in p] == []
    assert remove_unsupported(kept, PASSAGES).removed == 0


@given(st.text() | st.lists(PIECES).map("".join))
def test_sentences_together_are_the_text(text: str) -> None:
    sentences = split_sentences(text)
    assert "".join(sentences) == text
    assert all(sentences)


def test_sentences_end_where_people_end_them() -> None:
    text = 'It is 3.5 cm [1]. "Is it?" [2] Yes。不是！ 好的。【1】\nNext'
    assert [re.sub(r"\s+$", "", s) for s in split_sentences(text)] == [
        "It is 3.5 cm [1].",
        '"Is it?" [2]',
        "Yes。",
        "不是！",
        "好的。【1】",
        "Next",
    ]
