import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.lines import HEAD_BYTES, Line, LineSplitter, OverlongLine


def split(chunks: list[bytes], max_line_bytes: int) -> list[Line]:
    lines = LineSplitter(max_line_bytes)
    found = [line for chunk in chunks for line in lines.feed(chunk)]
    return [*found, *lines.finish()]


def test_lines_are_put_together_from_chunks_and_blank_ones_dropped() -> None:
    assert split([b"a", b"b\n\r\n  \ncd", b"\nend"], 10) == [b"ab", b"cd", b"end"]


def test_a_line_over_the_bound_is_reported_once_and_skipped() -> None:
    lines = LineSplitter(4)
    assert list(lines.feed(b"123")) == []
    assert list(lines.feed(b"45")) == [OverlongLine(b"12345")]
    assert list(lines.feed(b"6" * 1000)) == []
    assert lines.held_bytes == 0
    assert list(lines.feed(b"7\nnext\n")) == [b"next"]


def test_a_line_of_exactly_the_bound_is_kept() -> None:
    assert split([b"1234\n12345\n"], 4) == [b"1234", OverlongLine(b"12345")]


def test_the_head_of_an_overlong_line_is_bounded() -> None:
    (overlong,) = split([b"x" * (3 * HEAD_BYTES)], 2 * HEAD_BYTES)
    assert isinstance(overlong, OverlongLine)
    assert len(overlong.head) == HEAD_BYTES


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=10), st.integers(1, 20))
def test_where_chunks_end_makes_no_difference(chunks: list[bytes], bound: int) -> None:
    def kinds(lines: list[Line]) -> list[bytes | None]:
        return [None if isinstance(line, OverlongLine) else bytes(line) for line in lines]

    assert kinds(split(chunks, bound)) == kinds(split([b"".join(chunks)], bound))


@pytest.mark.parametrize("data", [b"", b"\n\n", b" \r\n"])
def test_nothing_gives_no_line(data: bytes) -> None:
    assert split([data], 10) == []
