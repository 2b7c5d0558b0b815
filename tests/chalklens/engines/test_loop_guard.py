from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.engines.loop_guard import MIN_PERIODS, repetition_start


def tokens(text: str) -> list[int]:
    return [ord(character) for character in text]


def test_the_same_words_over_and_over_are_noticed() -> None:
    once = tokens("The sheet shows ")
    words = tokens("ten apples and ")
    start = repetition_start(once + words * 20, 192)
    assert start is not None
    # The space before the first round belongs to the pattern as well.
    assert start == len(once) - 1 + len(words)


def test_one_token_for_ever_is_noticed() -> None:
    assert repetition_start([1, 2, 3] + [9] * 200, 192) == 4


def test_a_list_of_numbers_is_no_loop() -> None:
    assert repetition_start(tokens(", ".join(str(n) for n in range(2000))), 192) is None


def test_a_table_whose_rows_differ_is_no_loop() -> None:
    rows = "".join(f"| {n} | + | {n + 1} | = |   |\n" for n in range(100))
    assert repetition_start(tokens(rows), 192) is None


def test_a_table_with_a_few_empty_rows_is_no_loop() -> None:
    assert repetition_start(tokens("| a | b |\n" + "|   |   |\n" * 12), 640) is None


def test_an_old_repetition_that_ended_is_no_loop() -> None:
    assert repetition_start([7] * 300 + [1, 2, 3], 192) is None


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 5), min_size=1, max_size=40)
)
def test_what_is_cut_is_a_repetition_of_what_stays(head: list[int], period: list[int]) -> None:
    rounds = max(MIN_PERIODS, 192 // len(period) + 1)
    ids = head + period * rounds
    start = repetition_start(ids, 192)
    assert start is not None
    assert start <= len(head) + len(period)
    size = next(
        p for p in range(1, start + 1) if all(ids[i] == ids[i - p] for i in range(start, len(ids)))
    )
    assert size <= len(period)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 2), max_size=100))
def test_nothing_shorter_than_the_least_length_is_ever_cut(ids: list[int]) -> None:
    assert repetition_start(ids, 101) is None
