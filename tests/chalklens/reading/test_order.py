from hypothesis import given
from hypothesis import strategies as st

from chalklens.reading.order import sort_lines
from chalklens.types import Box, TextLine


def make_box(x: int, y: int, width: int, height: int) -> Box:
    return Box(x, y, x + width, y + height)


BOXES = st.builds(
    make_box,
    st.integers(0, 500),
    st.integers(0, 500),
    st.integers(1, 200),
    st.integers(1, 40),
)


def line(text: str, x0: int, y0: int, x1: int, y1: int) -> TextLine:
    return TextLine(text, Box(x0, y0, x1, y1), 1.0)


def test_lines_of_one_row_are_read_from_left_to_right() -> None:
    lines = [line("7", 90, 12, 100, 30), line("3 + 4", 10, 10, 60, 30), line("=", 70, 14, 80, 28)]
    assert [item.text for item in sort_lines(lines)] == ["3 + 4", "=", "7"]


def test_rows_are_read_from_top_to_bottom() -> None:
    lines = [line("below", 0, 40, 50, 60), line("above", 30, 10, 80, 30)]
    assert [item.text for item in sort_lines(lines)] == ["above", "below"]


def test_a_row_that_overlaps_by_less_than_half_is_a_row_of_its_own() -> None:
    lines = [line("second", 0, 25, 50, 45), line("first", 60, 10, 90, 30)]
    assert [item.text for item in sort_lines(lines)] == ["first", "second"]


@given(st.lists(BOXES, max_size=12))
def test_sorting_keeps_every_line_(boxes: list[Box]) -> None:
    lines = [TextLine(str(i), box, 1.0) for i, box in enumerate(boxes)]
    assert sorted(x.text for x in sort_lines(lines)) == sorted(x.text for x in lines)
