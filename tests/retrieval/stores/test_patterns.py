import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.stores.patterns import write_regex

ALPHABET = st.sampled_from(list('abz*?[]!-^\\.$|(){}+"~#@&<> /_名\n'))


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("guides/[a-c]*.pdf", r"guides/[a-c].*\.pdf"),
        ("a?c", "a.c"),
        ("[!x]", "[^x]"),
        ("[", r"\["),
        ("[]]", r"[\]]"),
        ("100%_~#", r"100%_\~\#"),
    ],
)
def test_patterns_become_expressions(pattern: str, expression: str) -> None:
    assert write_regex(pattern) == expression


@settings(max_examples=400)
@given(st.text(ALPHABET, max_size=8), st.text(ALPHABET, max_size=6))
def test_expressions_match_what_the_pattern_matches(pattern: str, name: str) -> None:
    matched = re.fullmatch(write_regex(pattern), name, re.DOTALL) is not None
    assert matched == fnmatchcase(name, pattern)
