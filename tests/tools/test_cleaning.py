import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.cleaning import clean_text

UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters()))
@settings(max_examples=200)
def test_nothing_unseen_is_left_in_any_text(text: str) -> None:
    cleaned = clean_text(text)
    assert all(c in "\n\t" or unicodedata.category(c) not in UNSEEN for c in cleaned)
    assert clean_text(cleaned) == cleaned
    cleaned.encode()


def test_every_unseen_character_of_unicode_is_caught() -> None:
    every = (chr(code) for code in range(sys.maxunicode + 1))
    unseen = [c for c in every if unicodedata.category(c) in UNSEEN and c not in "\n\t"]
    assert [hex(ord(c)) for c in unseen if clean_text(c) == c] == []


@pytest.mark.parametrize("text", ["3 + 4 = 7", "Wie viele Äpfel?\n\tZwölf", "数一数 🍎", "÷ × ≤ ½"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("half \ud800", "half \\ud800"),
        ("one\r\ntwo", "one\ntwo"),
    ],
)
def test_hidden_characters_become_visible(text: str, shown: str) -> None:
    assert clean_text(text) == shown
