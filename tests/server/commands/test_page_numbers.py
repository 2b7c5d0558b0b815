import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.errors import InputError
from server.commands.page_numbers import read_pages, read_range


@pytest.mark.parametrize(
    ("texts", "pages"),
    [
        (["3"], [3]),
        (["2-4,7"], [2, 3, 4, 7]),
        ([" 2 - 4 , 7 "], [2, 3, 4, 7]),
        (["7", "2-3"], [7, 2, 3]),
        (["5-5"], [5]),
        ([], None),
        (None, None),
    ],
)
def test_pages_are_read_in_the_order_they_are_named(
    texts: list[str] | None, pages: list[int] | None
):
    assert read_pages(texts, 50) == pages


@pytest.mark.parametrize("text", ["", "0", "three", "3-", "-3", "1-2-3", "1000000", "2,,3", "1.5"])
def test_what_is_no_page_is_explained(text: str):
    with pytest.raises(InputError, match="not a page") as raised:
        read_pages([text], 50)
    assert "--page 3" in raised.value.hint


def test_a_range_that_runs_backwards_is_refused():
    with pytest.raises(InputError, match="Page 7 comes after page 3"):
        read_range("7-3")


def test_more_pages_than_a_call_takes_are_counted_before_they_are_listed():
    with pytest.raises(InputError, match="100,000 pages are named; one call takes 8"):
        read_pages(["1-100000"], 8)


@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 5)), min_size=1, max_size=9))
def test_what_is_written_is_what_is_read(runs: list[tuple[int, int]]):
    text = ",".join(f"{first}-{first + more}" if more else str(first) for first, more in runs)
    expected = [page for first, more in runs for page in range(first, first + more + 1)]
    assert read_pages([text], 100) == expected
