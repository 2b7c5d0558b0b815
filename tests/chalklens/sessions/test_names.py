import re
import unicodedata
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.sessions.names import MAX_SLUG_BYTES, candidate_names, make_slug

DAY = "2026-11-27"
HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "/abs/x",
    "a/../../etc/passwd",
    "C:\\Windows\\system32",
    "\\\\server\\share",
    "CON",
    "nul.md",
    "LPT1",
    "--help",
    "-rf",
    "~root",
    "$(id)",
    "`id`",
    "a\nb",
    "a\0b",
    "x.md.",
    "x.MD",
    "trailing space ",
    "x" * 500,
    "总" * 500,
    "\u202eexe.gpj",
    "\u200b\u200d\ufeff",
    "\u3164\u115f",
    "\ud800",
    "%2e%2e%2f",
    "name:stream",
    '<>:"/\\|?*',
    "😀" * 80,
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_gives_a_plain_name(title: str) -> None:
    for name in candidate_names(title, DAY):
        assert re.fullmatch(rf"{DAY}-[^\W_]+(-[^\W_]+)*\.md", name), ascii(name)
        assert len(name.encode()) < 200


@given(st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_no_title_gives_a_name_that_leads_elsewhere_or_hides_something(title: str) -> None:
    slug = make_slug(title)
    assert 1 <= len(slug) <= 60
    assert len(slug.encode()) <= MAX_SLUG_BYTES
    assert all(c == "-" or c.isalnum() for c in slug)
    assert not slug.startswith("-")
    assert not slug.endswith("-")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("é", "e\u0301"),
        ("Ａ１", "a1"),
        ("STRASSE", "straße"),
        ("ﬁsh", "FISH"),
        ("한", "\u1112\u1161\u11ab"),
    ],
)
def test_spellings_of_one_title_are_one_name(one: str, other: str) -> None:
    assert make_slug(one) == make_slug(other)
    assert unicodedata.is_normalized("NFC", make_slug(one))


def test_chinese_titles_keep_their_words() -> None:
    assert make_slug("总结：分数 第3周") == "总结-分数-第3周"


def test_names_go_on_when_the_plain_ones_are_taken() -> None:
    names = list(candidate_names("Fractions", DAY))
    assert names[:3] == [
        "2026-11-27-fractions.md",
        "2026-11-27-fractions-2.md",
        "2026-11-27-fractions-3.md",
    ]
    assert len(set(names)) == len(names)
    again = list(islice(candidate_names("Fractions", DAY), 9, None))
    assert not set(again) & set(names)
